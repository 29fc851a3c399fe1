/** How far each reaction has come, which process holds it until when, and why it does not move on. */
export const reactions = `
create table guichet_workflows.reactions (
  name text primary key,
  position text,
  owner text,
  leased_until timestamptz,
  error text,
  failed_at timestamptz
);
`
