/**
 * What is delivered outside: a row from the moment it is decided, in the transaction of the projection that decides it. A row that
 * waits is taken by whoever moves `try_at` on for as long as a try may take.
 *
 * `daily_report` tells up to which day reports have been published, for good: a report is never published twice.
 * `desk` goes into the keys: nobody else can guess them, and those of two databases never meet.
 */
export const delivery = `
create table guichet_workflows.delivery (
  key text collate "C" primary key,
  id text not null,
  channel text not null,
  kind text not null,
  recipient_id text,
  content json not null,
  state text not null default 'waiting' check (state in ('waiting', 'delivered', 'refused')),
  created_at timestamptz not null default now(),
  waiting_since timestamptz not null default now(),
  try_at timestamptz not null default now(),
  attempts integer not null default 0,
  error text,
  settled_at timestamptz
) with (fillfactor = 70);
create index on guichet_workflows.delivery (channel, try_at) where state = 'waiting';
create index on guichet_workflows.delivery (settled_at) where state = 'delivered';
create index on guichet_workflows.delivery (created_at) where state = 'refused';
create index on guichet_workflows.delivery (created_at);

create table guichet_workflows.daily_report (
  sole boolean primary key default true check (sole),
  published_until date not null
);

create table guichet_workflows.desk (
  sole boolean primary key default true check (sole),
  id uuid not null default gen_random_uuid()
);
insert into guichet_workflows.desk default values;
`
