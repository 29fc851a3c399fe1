import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import type { Instant } from '@guichet/domain'
import { isVisitorId, later, silenceAfterArticle } from '@guichet/domain'
import { inTransaction } from '@guichet/eventstore'
import { createReader, idsOfPersons, readSchema } from '@guichet/projections'
import { retryAfterLockFailure } from '../lock-failure.ts'
import type { DeflectionGroup, DeflectionRecord, DeflectionSessions } from './deflection-port.ts'

type Reader = ReturnType<typeof createReader>

/** The most sessions of a person within 72 hours: whoever makes up more changes no figure. */
const mostSessions = 50

/** How many sessions are counted in a transaction. */
const mostSettled = 2_000

/** How many tickets and chats of a person count for a session in which the effect is measured. */
const mostContacts = 5

/** How much later a session is counted for good, in milliseconds: the clocks of processes differ. */
const lateness = 3_600_000

/** Opens the sessions of a database that has `readershipSchema`. Figures read tickets and chats from its read models. */
export function postgresDeflection(pool: Pool, now: () => Instant): DeflectionSessions {
  const reader = createReader(pool)
  return {
    record: (record) => retryAfterLockFailure(() => inTransaction(pool, (client) => store(client, record))),

    figures: async (period, articleId) => {
      const rows = await reader.rows(sql<CountedRow>`
        select held_back, ${sql.join(counts.map((name) => sql`sum(${sql.ref(name)})::float8 as ${sql.ref(name)}`))}
        from (
          select held_back, day, language, article_id, ${countColumns} from guichet_knowledge.deflection_day
          union all
          select held_back, day, language, article_id, ${countColumns}
          from (${outcomesOf(sql`select * from guichet_knowledge.deflection_session`, now())}) o, ${countsOfOutcome}
        ) d
        where d.day between ${period.from}::date and ${period.to}::date
          ${period.language === undefined ? sql`` : sql`and d.language = ${period.language}`}
          ${articleId === undefined ? sql`` : sql`and d.article_id = ${articleId}`}
        group by held_back`)
      const group = (isHeldBack: boolean): DeflectionGroup => toGroup(rows.find((row) => row.held_back === isHeldBack))
      return { suggested: group(false), heldBack: group(true) }
    },

    settle: async (isUpToDate) => {
      const until = later(now(), -(silenceAfterArticle + lateness))
      if (!(await isAnyDue(reader, until)) || !(await isUpToDate())) return
      while (await isAnyDue(reader, until)) await retryAfterLockFailure(() => settleSome(reader, until, now()))
    },

    erase: async (customerIds) => {
      await pool.query(
        'delete from guichet_knowledge.deflection_session where viewer_id = any($1::text[]) or person_id = any($1::text[])',
        [customerIds],
      )
    },
  }
}

/** What is first said of a session stays; the article is the last one. Sessions of a person wait for each other, so that one is the first. */
async function store(client: PoolClient, record: DeflectionRecord): Promise<boolean> {
  const { sessionId, viewerId, personId, language, isHeldBack, articleId, step, at } = record
  const when = (of: DeflectionRecord['step']): Instant | null => (step === of ? at : null)
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`deflection ${personId}`])
  const { rowCount } = await client.query(
    `insert into guichet_knowledge.deflection_session as s
       (viewer_id, session_id, person_id, language, held_back, began_at, article_id, opened_at, solved_at, sent_at,
        is_visitor, is_first)
     select $1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $9::timestamptz, $10::timestamptz, $11,
       not exists (select from guichet_knowledge.deflection_session where person_id = $3)
     where exists (select from guichet_knowledge.deflection_session where viewer_id = $1 and session_id = $2)
       or (select count(*) from guichet_knowledge.deflection_session where viewer_id = $1) < ${mostSessions}
     on conflict (viewer_id, session_id) do update set
       article_id = coalesce(excluded.article_id, s.article_id), opened_at = coalesce(s.opened_at, excluded.opened_at),
       solved_at = coalesce(s.solved_at, excluded.solved_at), sent_at = coalesce(s.sent_at, excluded.sent_at)`,
    [
      viewerId,
      sessionId,
      personId,
      language,
      isHeldBack,
      at,
      articleId ?? null,
      when('opened'),
      when('solved'),
      when('sent'),
      isVisitorId(personId),
    ],
  )
  return rowCount === 1
}

async function isAnyDue(reader: Reader, until: Instant): Promise<boolean> {
  const rows = await reader.rows(sql<object>`
    select from guichet_knowledge.deflection_session where began_at <= ${until} limit 1`)
  return rows.length > 0
}

async function settleSome(reader: Reader, until: Instant, now: Instant): Promise<void> {
  await reader.rows(sql<object>`
    with due as materialized (
      delete from guichet_knowledge.deflection_session s where (s.viewer_id, s.session_id) in (
        select d.viewer_id, d.session_id from guichet_knowledge.deflection_session d
        where d.began_at <= ${until} limit ${mostSettled} for update skip locked
      ) returning s.*
    )
    insert into guichet_knowledge.deflection_day as d (held_back, day, language, article_id, ${countColumns})
    select held_back, day, language, article_id, ${sql.join(counts.map((name) => sql`sum(${sql.ref(name)})`))}
    from (${outcomesOf(sql`select * from due`, now)}) o, ${countsOfOutcome}
    group by 1, 2, 3, 4 order by 2, 3, 1, 4
    on conflict (day, language, held_back, article_id) do update
      set ${sql.join(counts.map((name) => sql`${sql.ref(name)} = ${sql.ref(`d.${name}`)} + ${sql.ref(`excluded.${name}`)}`))}`)
}

const counts = [
  'sessions',
  'opened',
  'solved',
  'silent',
  'sent',
  'left_off',
  'pending',
  'settled',
  'customers',
  'customer_contacts',
  'visitors',
  'visitor_contacts',
  'settled_opened',
  'settled_opened_sent',
] as const

const countColumns = sql.join(counts.map((name) => sql.ref(name)))

/** What each session counts as: what its person did goes before what they have said. */
function outcomesOf(sessions: RawBuilder<unknown>, now: Instant): RawBuilder<unknown> {
  const table = (name: string): RawBuilder<unknown> => sql`${sql.id(readSchema, name)}`
  const silence = sql`make_interval(secs => ${silenceAfterArticle / 1_000}::float8)`
  return sql`
    select s.held_back, (s.began_at at time zone 'UTC')::date as day, s.language, coalesce(s.article_id, '') as article_id,
      s.opened_at is not null as is_opened, c.begun, f.is_settled,
      s.is_first, s.is_visitor,
      case when c.begun > 0 then 'sent' when s.solved_at is not null then 'solved' when not f.is_settled then 'pending'
        when s.opened_at is not null then 'silent' else 'left' end as outcome
    from (${sessions}) s
    cross join lateral (select s.began_at + ${silence} <= ${now}::timestamptz as is_settled) f
    cross join lateral (select ${idsOfPersons(sql`array[s.viewer_id, s.person_id]`)} as ids) p
    cross join lateral (
      select greatest(count(*), case when s.sent_at is null then 0 else 1 end) as begun from (
        select from ${table('ticket')} t where t.customer_id = any(p.ids)
          and t.opened_at >= s.began_at and t.opened_at < s.began_at + ${silence}
          and not exists (select from ${table('chat')} o where o.ticket_id = t.id)
        union all select from ${table('chat')} t where t.customer_id = any(p.ids)
          and t.started_at >= s.began_at and t.started_at < s.began_at + ${silence}
      ) b
    ) c`
}

/** The counts of a session, whose outcome is called `o`. */
const countsOfOutcome = sql`lateral (
  select 1 as sessions, o.is_opened::int as opened, (o.outcome = 'solved')::int as solved,
    (o.outcome = 'silent')::int as silent, (o.outcome = 'sent')::int as sent, (o.outcome = 'left')::int as left_off,
    (o.outcome = 'pending')::int as pending, o.is_settled::int as settled,
    (m.is_measured and not o.is_visitor)::int as customers,
    case when m.is_measured and not o.is_visitor then m.contacts else 0 end as customer_contacts,
    (m.is_measured and o.is_visitor)::int as visitors,
    case when m.is_measured and o.is_visitor then m.contacts else 0 end as visitor_contacts,
    (o.is_settled and o.is_opened)::int as settled_opened,
    (o.is_settled and o.is_opened and o.outcome = 'sent')::int as settled_opened_sent
  from (select o.is_settled and o.is_first as is_measured, least(o.begun, ${mostContacts}) as contacts) m
) n`

type CountedRow = Readonly<Record<(typeof counts)[number], number>> & { readonly held_back: boolean }

const toGroup = (row: CountedRow | undefined): DeflectionGroup => ({
  sessions: row?.sessions ?? 0,
  opened: row?.opened ?? 0,
  solved: row?.solved ?? 0,
  silent: row?.silent ?? 0,
  sent: row?.sent ?? 0,
  left: row?.left_off ?? 0,
  pending: row?.pending ?? 0,
  settled: row?.settled ?? 0,
  ofCustomers: { sessions: row?.customers ?? 0, contacts: row?.customer_contacts ?? 0 },
  ofVisitors: { sessions: row?.visitors ?? 0, contacts: row?.visitor_contacts ?? 0 },
  settledOpened: row?.settled_opened ?? 0,
  settledOpenedSent: row?.settled_opened_sent ?? 0,
})
