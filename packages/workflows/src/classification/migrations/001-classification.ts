/**
 * What people have said that tickets are about, newest by `revision`, and the model that has learnt it up to a revision. Texts stay in the
 * history: here are ids and categories only.
 */
export const classification = `
create sequence guichet_workflows.classification_revision;
create table guichet_workflows.classification_example (
  ticket_id text collate "C" primary key,
  category text not null,
  revision bigint not null default nextval('guichet_workflows.classification_revision')
);
create index on guichet_workflows.classification_example (revision);

create table guichet_workflows.classification_model (
  sole boolean primary key default true check (sole),
  version text not null,
  revision bigint not null,
  examples integer not null,
  trained_at timestamptz not null default now(),
  model bytea not null
);
`
