/**
 * What each clock in Temporal was started with, so that no process starts one again that stands as it did: a digest of that, empty where it
 * is not known, and when it is due. The outbox is claimed by when streams are due, and each row by one process at a time: `leased_until`
 * stays when the row is noted anew.
 */
export const clocks = `
create table guichet_workflows.clocks (
  stream text collate "C" primary key,
  digest text not null,
  due_at timestamptz,
  labelled boolean not null,
  started_at timestamptz not null default now()
);
create index on guichet_workflows.clocks (due_at);

alter table guichet_workflows.clock_outbox add column leased_until timestamptz;
drop index guichet_workflows.clock_outbox_try_at_idx;
create index on guichet_workflows.clock_outbox (due_at);
create index on guichet_workflows.clock_outbox (mark);
`
