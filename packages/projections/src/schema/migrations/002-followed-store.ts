/** Which event store the read models follow. */
export const followedStore = `
create table guichet_projections.followed_store (
  identity text    not null,
  only_row boolean primary key default true check (only_row)
);
`
