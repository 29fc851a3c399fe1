import type { CustomTypesConfig, Pool } from 'pg'
import type {
  Actor,
  EventCatalogue,
  EventEnvelope,
  FirstOutcome,
  Instant,
  Position,
  ReadAll,
  StreamName,
} from '@guichet/domain'
import { CorruptHistory, decodeEvent } from '@guichet/domain'
import { appendLock } from './migrations.ts'

type Source = { readonly pool: Pool; readonly schema: string }
type Readable = Source & { readonly catalogue: EventCatalogue }

/** The events of a stream from a version on, at most `limit` of them if there is a limit. */
export type FromVersion = { readonly stream: StreamName; readonly from: number; readonly limit?: number | undefined }

/** Reads the events of several streams, in their order, in one round trip; each stream is decoded on demand. */
export async function readStreams(
  { pool, schema, catalogue }: Readable,
  requests: readonly FromVersion[],
): Promise<readonly (() => readonly EventEnvelope[])[]> {
  const { rows } = await pool.query<[place: string, ...Row]>({
    name: `${schema}.read_streams`,
    text: `select w.place, ${columns}
           from unnest($1::text[], $2::integer[], $3::integer[]) with ordinality as w (name, from_version, most, place)
           cross join lateral (select * from ${schema}.read_stream(w.name, w.from_version) limit w.most) events
           order by w.place, version`,
    values: [
      requests.map(({ stream }) => stream),
      requests.map(({ from }) => from),
      requests.map(({ limit }) => limit ?? null),
    ],
    rowMode: 'array',
    types: asText,
  })
  const rowsByStream = requests.map((): Row[] => [])
  for (const [place, ...row] of rows) rowsByStream[Number(place) - 1]?.push(row)
  return rowsByStream.map((ofStream) => () => ofStream.map((row) => toEnvelope(catalogue, row)))
}

/** The bounds of a page by default. */
const anyBytes = Number.MAX_SAFE_INTEGER

/**
 * Returns up to `limit` readable events after a position, in global order, or up to the one that reaches `maxBytes`.
 */
export async function readAll(
  { pool, schema, catalogue }: Readable,
  { after, limit, maxBytes = anyBytes }: ReadAll,
): Promise<readonly EventEnvelope[]> {
  const { transactionId, position } = after === undefined ? beginning : toPlace(after)
  const { rows } = await pool.query<Row>({
    name: `${schema}.read_all`,
    text: `select ${columns} from ${schema}.read_all($1, $2, $3, $4)`,
    values: [transactionId, position, limit, maxBytes],
    rowMode: 'array',
    types: asText,
  })
  return rows.map((row) => toEnvelope(catalogue, row))
}

/** Finds the outcome of a command on a stream, as of its first execution. */
export async function findCommand(
  { pool, schema }: Source,
  stream: StreamName,
  commandId: string,
): Promise<FirstOutcome | undefined> {
  const { rows } = await pool.query<Parameters<typeof toFirstOutcome>>({
    name: `${schema}.find_command`,
    text: `select version, transaction_id, position, fingerprint from ${schema}.find_command($1, $2)`,
    values: [stream, commandId],
    rowMode: 'array',
    types: asText,
  })
  const [row] = rows
  return row && toFirstOutcome(...row)
}

/** The position of the last readable event. */
export async function head({ pool, schema }: Source): Promise<Position | undefined> {
  const { rows } = await pool.query<[transactionId: string, position: string]>({
    name: `${schema}.head`,
    text: `select transaction_id, position from ${schema}.head()`,
    rowMode: 'array',
    types: asText,
  })
  const [row] = rows
  return row && toPosition(row[0], row[1])
}

/** The identity of this history. */
export async function identity({ pool, schema }: Source): Promise<string> {
  const { rows } = await pool.query<{ identity: string }>(`select identity from ${schema}.identity`)
  const [row] = rows
  if (!row) throw new CorruptHistory(`the table ${schema}.identity has lost its row`)
  return row.identity
}

/** Whether no event at a position, or after it, is committed. */
export async function isAhead({ pool, schema }: Source, position: Position): Promise<boolean> {
  const place = toPlace(position)
  if (BigInt(place.transactionId) > lastTransactionId || BigInt(place.position) > lastPosition) return true
  const { rows } = await pool.query<[ahead: string]>({
    name: `${schema}.is_ahead`,
    text: `select not exists (
             select from ${schema}.events where (transaction_id, position) >= ($1::text::xid8, $2::bigint))`,
    values: [place.transactionId, place.position],
    rowMode: 'array',
    types: asText,
  })
  return rows[0]?.[0] === 't'
}

/** The largest values of the types of their columns. */
const lastTransactionId = 2n ** 64n - 1n
const lastPosition = 2n ** 63n - 1n

/** Values as Postgres writes them, independent of the process's global type parsers. */
export const asText: CustomTypesConfig = { getTypeParser: () => (value: string) => value }

/** The columns of an event, in the order of `Row`; times are milliseconds since 1970. */
const columns = `transaction_id, position, stream, version, type, schema_version, data,
  (date_part('epoch', occurred_at) * 1000)::bigint, actor_kind, actor_id, actor_name,
  (date_part('epoch', recorded_at) * 1000)::bigint, command_id, correlation_id, causation_id`

type Row = [
  transactionId: string,
  position: string,
  stream: string,
  version: string,
  type: string,
  schemaVersion: string,
  data: string,
  occurredMs: string,
  actorKind: Actor['kind'],
  actorId: string,
  actorName: string | null,
  recordedMs: string,
  commandId: string,
  correlationId: string | null,
  causationId: string | null,
]

/**
 * An event as it was stored, at today's schema version.
 * @throws CorruptHistory as `decodeEvent` does.
 */
function toEnvelope(catalogue: EventCatalogue, row: Row): EventEnvelope {
  const [transactionId, position, stream, version, type, schemaVersion, data, occurredMs, kind, id, name] = row
  const [, , , , , , , , , , , recordedMs, commandId, correlationId, causationId] = row
  const stored = {
    type,
    schemaVersion: Number(schemaVersion),
    at: toInstant(occurredMs),
    by: name === null ? { kind, id } : { kind, id, name },
    data: JSON.parse(data) as unknown,
  }
  const recordedAt = toInstant(recordedMs)
  return {
    event: decodeEvent(catalogue, stored, recordedAt),
    id: `${stream}/${version}`,
    stream,
    version: Number(version),
    position: toPosition(transactionId, position),
    recordedAt,
    commandId,
    correlationId: correlationId ?? commandId,
    causationId: causationId ?? commandId,
    schemaVersion: stored.schemaVersion,
  }
}

/** The position and version after a command, from its last event. */
export function toFirstOutcome(
  version: string,
  transactionId: string,
  position: string,
  fingerprint: string | null,
): FirstOutcome {
  const written = { version: Number(version), position: toPosition(transactionId, position) }
  return fingerprint === null ? written : { ...written, fingerprint }
}

const toInstant = (milliseconds: string): Instant => new Date(Number(milliseconds)).toISOString() as Instant

/** The two parts of a position, as decimals: too large for a JavaScript number. */
type Place = { readonly transactionId: string; readonly position: string }

const shape = /^(\d{1,20})-(\d{1,19})$/

/** The place before the first event. */
const beginning: Place = { transactionId: '0', position: '0' }

/** Writes a place as the opaque position that callers of the adapter receive. */
export const toPosition = (transactionId: string, position: string): Position =>
  `${transactionId}-${position}` as Position

/** Whether a text has the form of this adapter's positions. */
export const isPosition = (text: string): text is Position => shape.test(text)

/**
 * Parses a position of this adapter.
 * @throws RangeError for any other text.
 */
export function toPlace(text: Position): Place {
  const [, transactionId, position] = shape.exec(text) ?? []
  if (transactionId === undefined || position === undefined) {
    throw new RangeError(`not a position of the Postgres event store: ${text}`)
  }
  return { transactionId, position }
}

/** Negative, zero or positive when `a` is before, at or after `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a === b) return 0
  const [one, other] = [toPlace(a), toPlace(b)]
  return compareDecimals(one.transactionId, other.transactionId) || compareDecimals(one.position, other.position)
}

function compareDecimals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

/** How far readers are behind writers, and the cause of the delay. */
export type Lag = {
  /** The last event that readers may see. */
  readonly readable: Position | undefined
  /** The last event that is committed. */
  readonly newest: Position | undefined
  /**
   * Events that are committed but must wait for an older append to end, or for 200 ms at most for any older transaction
   * in the server.
   */
  readonly hiddenEvents: number
  /**
   * The oldest append under way. Age in milliseconds. The role needs `pg_read_all_stats` to see the appends of other
   * accounts.
   */
  readonly oldestWriter: { readonly ageMs: number; readonly description: string } | undefined
}

/** The position of the last event that is committed, which readers may not see yet. */
export async function newest(pool: Pool, schema: string): Promise<Position | undefined> {
  const { rows } = await pool.query<{ transaction: string; position: string }>(
    `select transaction_id::text as transaction, position::text from ${schema}.events
     order by events.transaction_id desc, events.position desc limit 1`,
  )
  const [last] = rows
  return last && toPosition(last.transaction, last.position)
}

/** Measures the lag; cheap enough for a call every few seconds. */
export async function measureLag(pool: Pool, schema: string): Promise<Lag> {
  const readable = await head({ pool, schema })
  const { transactionId, position } = readable === undefined ? beginning : toPlace(readable)
  const [last, hidden, writers] = await Promise.all([
    newest(pool, schema),
    pool.query<{ hidden: string }>(
      `select count(*)::text as hidden from ${schema}.events where (transaction_id, position) > ($1::xid8, $2::bigint)`,
      [transactionId, position],
    ),
    pool.query<{ age: number; description: string }>(`
      select extract(epoch from clock_timestamp() - xact_start)::float8 * 1000 as age,
        format('process %s of %s: %s', pid, usename, left(query, 200)) as description
      from pg_stat_activity
      where xact_start is not null and pid in (
        select pid from pg_locks where locktype = 'advisory' and objsubid = 2 and classid = ${appendLock}
          and objid = (hashtext('${schema}')::bigint & 4294967295)::oid
          and database = (select oid from pg_database where datname = current_database()))
      order by xact_start limit 1`),
  ])
  const [writer] = writers.rows
  return {
    readable,
    newest: last,
    hiddenEvents: Number(hidden.rows[0]?.hidden ?? 0),
    oldestWriter: writer && { ageMs: Math.max(0, writer.age), description: writer.description },
  }
}
