import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { days, later, utcDay } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import { retryAfterLockFailure } from '../lock-failure.ts'

/**
 * The activities, in a table for each day (UTC) in which they happened; `critical` are those that may mean trouble: a
 * search after which an article was opened is none. Few are: the index of theirs and of searches costs little, and an
 * analysis reads no others, however many a person has.
 *
 * Beside them: how many there are (`activity_count`, empty texts for none), who was active on which day and with how
 * many critical ones, repeats included (`active_person`), and who had which trouble on which day, repeats counted once
 * (`trouble`: `counted_at` is the latest one that counts, `first_at` and `last_at` are the first and the last of all).
 *
 * `analysis` has the people with critical activities: when the latest ones happened (`critical_at`, the latest first,
 * as many as make an analysis due), and when their analysis is due, not before `quiet_until`. A change of `revision`
 * while one is under way makes the next one due. `likely_incident` has the trouble of many people, once for each day;
 * `first_day` is the first of the days on which it was so without a pause.
 *
 * `without_repeats` counts moments, given in order, without those within a time of one that counts, as an analysis does
 * (`withoutRepeats` of the domain); `latest` is the latest one that counted before. Those that come late, from before
 * it, are counted among themselves.
 */
const activities = `
create table guichet_activity.activity (
  day date not null,
  person_id text collate "C" not null,
  id text collate "C" not null,
  kind text collate "C" not null,
  code text collate "C" not null,
  at timestamptz not null,
  critical boolean not null,
  page text,
  version text,
  browser text,
  detail json not null,
  primary key (person_id, id, day)
) partition by range (day);
create index on guichet_activity.activity (person_id, at);
create index on guichet_activity.activity (person_id, at) where critical or kind = 'faq_search';

create table guichet_activity.activity_count (
  day date not null,
  kind text collate "C" not null,
  page text collate "C" not null,
  version text collate "C" not null,
  count bigint not null,
  primary key (day, kind, page, version)
) with (fillfactor = 70);

create table guichet_activity.active_person (
  person_id text collate "C" not null,
  day date not null,
  by_visitor boolean not null,
  critical integer not null,
  primary key (person_id, day)
) with (fillfactor = 90);
create index on guichet_activity.active_person (day);

create table guichet_activity.trouble (
  kind text collate "C" not null,
  code text collate "C" not null,
  day date not null,
  person_id text collate "C" not null,
  by_visitor boolean not null,
  count integer not null,
  first_at timestamptz not null,
  counted_at timestamptz not null,
  last_at timestamptz not null,
  primary key (kind, code, day, person_id)
) with (fillfactor = 90);
create index on guichet_activity.trouble (day);
create index on guichet_activity.trouble (person_id);

create function guichet_activity.without_repeats(
  moments timestamptz[], latest timestamptz, apart interval, out counted integer, out counted_at timestamptz
) language plpgsql stable as $$
declare
  moment timestamptz;
  late timestamptz;
begin
  counted := 0;
  counted_at := latest;
  foreach moment in array moments loop
    if counted_at is null or moment > counted_at + apart then
      counted := counted + 1;
      counted_at := moment;
    elsif moment < counted_at - apart and (late is null or moment > late + apart) then
      counted := counted + 1;
      late := moment;
    end if;
  end loop;
end $$;

create table guichet_activity.analysis (
  person_id text collate "C" primary key,
  critical_at timestamptz[] not null,
  due_at timestamptz,
  quiet_until timestamptz,
  revision bigint not null default 0,
  lease uuid,
  leased_until timestamptz,
  attempts integer not null default 0,
  error text,
  analysed_at timestamptz
) with (fillfactor = 70);
create index on guichet_activity.analysis (due_at) where due_at is not null;

create table guichet_activity.likely_incident (
  fingerprint text collate "C" not null,
  day date not null,
  first_day date not null,
  updated_at timestamptz not null,
  incident json not null,
  primary key (fingerprint, day)
);
`

/** Whoever looks for the troubles of a person looks for one of them on some days, too. */
const troublesOfPeople = `
drop index guichet_activity.trouble_person_id_idx;
create index on guichet_activity.trouble (person_id, kind, code, day);
`

/** The activities of people, what is counted of them, and the analyses that are due. */
export const activitySchema: SchemaPart = {
  schema: 'guichet_activity',
  part: 'activities',
  steps: [activities, troublesOfPeople],
}

/** How many days before and after today have a table: activities may be reported up to a day after they happened. */
const daysAround = { before: 2, ahead: 7 } as const

/**
 * Creates the tables of the days around an instant, unless they are there. Any number of processes may do so at once.
 * It holds up neither reading nor writing.
 */
export async function addDays(pool: Pool, now: Instant): Promise<void> {
  const first = utcDay(later(now, -days(daysAround.before)))
  const last = utcDay(later(now, days(daysAround.ahead)))
  await pool.query(`
    do $$
    declare
      partition_day date;
      name text;
    begin
      perform pg_advisory_xact_lock(hashtextextended('days of guichet_activity', 0));
      for partition_day in select generate_series(date '${first}', date '${last}', interval '1 day')::date loop
        name := 'activity_' || to_char(partition_day, 'YYYYMMDD');
        if not exists (
          select from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = 'guichet_activity' and c.relname = name
        ) then
          execute format('create table guichet_activity.%I (like guichet_activity.activity including all)', name);
          execute format(
            'alter table guichet_activity.activity attach partition guichet_activity.%I for values from (%L) to (%L)',
            name, partition_day, partition_day + 1);
        end if;
      end loop;
    end $$`)
}

/**
 * Removes what was counted on the days before a day, and drops their tables. Of a table that is in use it gives up
 * after a tenth of a second, so that nobody waits behind it for longer, and tries again some times.
 * @throws the errors of the database; what was removed by then stays removed.
 */
export async function dropDays(pool: Pool, before: string): Promise<void> {
  const first = /^\d{4}-\d\d-\d\d$/.exec(before)?.[0]
  if (first === undefined) throw new RangeError(`not a day: ${before}`)
  for (const table of ['activity_count', 'active_person', 'trouble', 'likely_incident']) {
    await retryAfterLockFailure(() => pool.query(`delete from guichet_activity.${table} where day < $1::date`, [first]))
  }
  await retryAfterLockFailure(() =>
    pool.query(
      `delete from guichet_activity.analysis
       where due_at is null and greatest(analysed_at, critical_at[1], quiet_until) < $1::date`,
      [first],
    ),
  )
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'guichet_activity.activity'::regclass
       and c.relname < 'activity_' || to_char($1::date, 'YYYYMMDD')
     order by c.relname`,
    [first],
  )
  for (const { name } of rows) await retryAfterLockFailure(() => dropTable(pool, name))
}

/** Drops a table of a day. Whoever records or reads activities waits for it, and it waits for them. */
async function dropTable(pool: Pool, name: string): Promise<void> {
  await pool.query(`
    do $$
    begin
      perform set_config('lock_timeout', '100ms', true);
      perform pg_advisory_xact_lock(hashtextextended('days of guichet_activity', 0));
      drop table if exists guichet_activity.${name};
    end $$`)
}
