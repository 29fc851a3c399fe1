import type { Pool } from 'pg'
import type { EventEnvelope, GuichetEvent, Instant, Position, StreamName } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { pauseAfter } from '@guichet/eventstore'

/** An event that a reaction has gone on without. */
export type ParkedEvent = {
  readonly reaction: string
  readonly eventId: string
  readonly stream: StreamName
  /** The version of the event on its stream. */
  readonly version: number
  readonly position: Position
  /** The type of the event. */
  readonly type: string
  /** How often the reaction failed at it; 0 for one that waits behind an earlier event of its stream. */
  readonly attempts: number
  /** What kind of error it was and where, without its message, which may hold personal data. */
  readonly error: string | undefined
  readonly parkedAt: Instant
  /** When it is tried again; undefined for one that waits behind another. */
  readonly retryAt: Instant | undefined
}

/** The parked events of all reactions, as operators see them. */
export type ParkedEvents = {
  /** The oldest of them, at most `limit`. */
  list(limit: number): Promise<readonly ParkedEvent[]>
  /** Has one event, or all of them, tried again at once. @returns how many. */
  resume(eventId?: string): Promise<number>
  /** For how many reactions an event is parked. */
  count(eventId: string): Promise<number>
  /** Gives one event up for good; the next one of its stream is tried. @returns for how many reactions. */
  dismiss(eventId: string): Promise<number>
}

/** The parked events of one reaction, as the process that runs it sees them. */
export type ParkedOfReaction = {
  /** Reads which events and streams are parked, at the beginning and after changes other than `park`. */
  load(): Promise<void>
  readonly size: () => number
  readonly has: (eventId: string) => boolean
  readonly hasOf: (stream: StreamName) => boolean
  /** Parks an event at which the reaction failed, or, without an error, one that waits behind such an event. */
  park(
    event: EventEnvelope<GuichetEvent>,
    failed?: { readonly attempts: number; readonly error: unknown },
  ): Promise<void>
  /** The events that are due to be tried again, in the order of their delivery; at most `limit`. */
  due(limit: number): Promise<readonly ParkedEvent[]>
  /** Records that an event failed again. */
  failedAgain(event: ParkedEvent, error: unknown): Promise<void>
  /** Removes an event that was processed; the next one of its stream is due then. */
  processed(event: ParkedEvent): Promise<void>
}

/** The pauses before a parked event is tried again, in milliseconds. */
const pauses = { first: 5_000, last: 3_600_000 }

/** After how many milliseconds an event is tried again that failed so often. */
const pauseOf = (attempts: number): number => pauseAfter(attempts, pauses)

/** The parked events of one reaction. */
export function parkedOfReaction(pool: Pool, reaction: string): ParkedOfReaction {
  let events: ReadonlySet<string> = new Set()
  let streams: ReadonlySet<string> = new Set()
  const load = async (): Promise<void> => {
    const { rows } = await pool.query<{ event_id: string; stream: string }>(
      'select event_id, stream from guichet_workflows.parked_events where reaction = $1',
      [reaction],
    )
    events = new Set(rows.map(({ event_id: id }) => id))
    streams = new Set(rows.map(({ stream }) => stream))
  }
  return {
    load,
    size: () => events.size,
    has: (eventId) => events.has(eventId),
    hasOf: (stream) => streams.has(stream),
    park: async ({ id, stream, version, position, event }, failed) => {
      await pool.query(
        `insert into guichet_workflows.parked_events
           (reaction, event_id, stream, version, position, type, attempts, error, retry_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, now() + $9 * interval '1 millisecond')
         on conflict do nothing`,
        [
          reaction,
          id,
          stream,
          version,
          position,
          event.type,
          failed?.attempts ?? 0,
          failed ? describe(failed.error) : null,
          failed ? pauseOf(1) : null,
        ],
      )
      events = new Set([...events, id])
      streams = new Set([...streams, stream])
    },
    due: async (limit) => {
      const { rows } = await pool.query<Row>(
        `select * from guichet_workflows.parked_events p
         where reaction = $1 and (retry_at <= now() or ${waitsBehindNone}) order by id limit $2`,
        [reaction, limit],
      )
      return rows.map(toParkedEvent)
    },
    failedAgain: async ({ eventId, attempts }, error) => {
      await pool.query(
        `update guichet_workflows.parked_events
         set attempts = $3, error = $4, retry_at = now() + $5 * interval '1 millisecond'
         where reaction = $1 and event_id = $2`,
        [reaction, eventId, attempts + 1, describe(error), pauseOf(attempts + 1)],
      )
    },
    processed: async ({ eventId }) => {
      await pool.query(removing('event_id = $1 and reaction = $2'), [eventId, reaction])
    },
  }
}

/** The parked events of every reaction in the database. */
export const parkedEvents = (pool: Pool): ParkedEvents => ({
  list: async (limit) => {
    const { rows } = await pool.query<Row>('select * from guichet_workflows.parked_events order by id limit $1', [
      limit,
    ])
    return rows.map(toParkedEvent)
  },
  resume: async (eventId) => {
    const { rowCount } = await pool.query(
      `update guichet_workflows.parked_events p set retry_at = now()
       where (retry_at is not null or ${waitsBehindNone}) and ($1::text is null or event_id = $1)`,
      [eventId ?? null],
    )
    return rowCount ?? 0
  },
  count: async (eventId) => {
    const { rows } = await pool.query<{ count: number }>(
      'select count(*)::integer as count from guichet_workflows.parked_events where event_id = $1',
      [eventId],
    )
    return rows[0]?.count ?? 0
  },
  dismiss: async (eventId) => {
    const { rows } = await pool.query<{ removed: number }>(removing('event_id = $1'), [eventId])
    return rows[0]?.removed ?? 0
  },
})

/**
 * Whether a row waits behind another that is gone: a process that did not know yet that the other had been processed or
 * given up has written it.
 */
const waitsBehindNone = `(p.retry_at is null and not exists (
  select from guichet_workflows.parked_events earlier
  where (earlier.reaction, earlier.stream) = (p.reaction, p.stream) and earlier.id < p.id
))`

/** Removes rows, and has the next event of each of their streams tried, in one statement. */
const removing = (which: string): string => `
  with removed as (
    delete from guichet_workflows.parked_events where ${which} returning reaction, stream, id
  ), next as (
    update guichet_workflows.parked_events p set retry_at = now()
    from removed r
    where p.retry_at is null and (p.reaction, p.stream) = (r.reaction, r.stream) and p.id = (
      select min(n.id) from guichet_workflows.parked_events n
      where (n.reaction, n.stream) = (r.reaction, r.stream) and n.id <> r.id
    )
  )
  select count(*)::int as removed from removed`

type Row = {
  reaction: string
  event_id: string
  stream: StreamName
  version: number
  position: Position
  type: string
  attempts: number
  error: string | null
  parked_at: Date
  retry_at: Date | null
}

const toParkedEvent = (row: Row): ParkedEvent => ({
  reaction: row.reaction,
  eventId: row.event_id,
  stream: row.stream,
  version: row.version,
  position: row.position,
  type: row.type,
  attempts: row.attempts,
  error: row.error ?? undefined,
  parkedAt: instant(row.parked_at),
  retryAt: row.retry_at ? instant(row.retry_at) : undefined,
})

/**
 * The kind of an error, its code, and the place in the program where it was thrown: enough to find it, and nothing of the
 * event. Its message stays in the log of the process.
 */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code } = error as { readonly code?: unknown }
  const [, place] = /\n\s{1,10}at [^\n]{0,300}?([\w.-]{1,100}\.(?:ts|js|mjs):\d{1,7})/.exec(error.stack ?? '') ?? []
  return [error.name, typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : '', place ? `at ${place}` : '']
    .filter(Boolean)
    .join(' ')
}

/** The events that reactions have gone on without; `id` is the order of their delivery. */
export const parkedEventsTable = `
create table guichet_workflows.parked_events (
  id bigint generated always as identity,
  reaction text not null,
  event_id text not null,
  stream text not null,
  version integer not null,
  position text not null,
  type text not null,
  attempts integer not null,
  error text,
  parked_at timestamptz not null default now(),
  retry_at timestamptz,
  primary key (reaction, event_id)
);
`
