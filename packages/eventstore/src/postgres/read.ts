import type { EventCatalogue, EventEnvelope, FirstOutcome, Position, ReadAll, StreamName } from '@guichet/domain'
import { CorruptHistory } from '@guichet/domain'
import type { Pool } from 'pg'
import { beginning, toPlace, toPosition } from './position.ts'
import type { Row } from './rows.ts'
import { asText, columns, toEnvelope, toFirstOutcome } from './rows.ts'

type Source = { readonly pool: Pool; readonly schema: string }
type Readable = Source & { readonly catalogue: EventCatalogue }

/** A stream from a version on, with a limit so many events of it. */
export type FromVersion = { readonly stream: StreamName; readonly from: number; readonly limit?: number | undefined }

/** The events of each of several streams, in their order, in one round trip; each stream is decoded when it is asked for. */
export async function readStreams(
  { pool, schema, catalogue }: Readable,
  wanted: readonly FromVersion[],
): Promise<readonly (() => readonly EventEnvelope[])[]> {
  const { rows } = await pool.query<[place: string, ...Row]>({
    name: `${schema}.read_streams`,
    text: `select w.place, ${columns}
           from unnest($1::text[], $2::integer[], $3::integer[]) with ordinality as w (name, from_version, most, place)
           cross join lateral (select * from ${schema}.read_stream(w.name, w.from_version) limit w.most) events
           order by w.place, version`,
    values: [
      wanted.map(({ stream }) => stream),
      wanted.map(({ from }) => from),
      wanted.map(({ limit }) => limit ?? null),
    ],
    rowMode: 'array',
    types: asText,
  })
  const found = wanted.map((): Row[] => [])
  for (const [place, ...row] of rows) found[Number(place) - 1]?.push(row)
  return found.map((ofStream) => () => ofStream.map((row) => toEnvelope(catalogue, row)))
}

/** What a page has at most where no bound is asked for. */
const anyBytes = Number.MAX_SAFE_INTEGER

/** Up to `limit` readable events after a position, in global order, or up to the one that reaches `maxBytes`. */
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

/** What became of a command on a stream when it was first carried out. */
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

/** What tells this history from every other. */
export async function identity({ pool, schema }: Source): Promise<string> {
  const { rows } = await pool.query<{ identity: string }>(`select identity from ${schema}.identity`)
  const [row] = rows
  if (!row) throw new CorruptHistory(`the table ${schema}.identity has lost its row`)
  return row.identity
}

/** Whether no transaction of this server can have written at a position yet. */
export async function isAhead({ pool, schema }: Source, position: Position): Promise<boolean> {
  const { rows } = await pool.query<[ahead: string]>({
    name: `${schema}.is_ahead`,
    text: `select $1::numeric - ${schema}.transaction_offset() >= pg_snapshot_xmax(pg_current_snapshot())::text::numeric`,
    values: [toPlace(position).transactionId],
    rowMode: 'array',
    types: asText,
  })
  return rows[0]?.[0] === 't'
}
