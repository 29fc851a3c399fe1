import type { EventCatalogue, EventEnvelope, FirstOutcome, Position, ReadAll, StreamName } from '@guichet/domain'
import type { Pool } from 'pg'
import { beginning, toPlace, toPosition } from './position.ts'
import type { Row } from './rows.ts'
import { asText, columns, toEnvelope, toFirstOutcome } from './rows.ts'

type Source = { readonly pool: Pool; readonly schema: string }
type Readable = Source & { readonly catalogue: EventCatalogue }

/** The events of a stream from version `from` on. */
export async function readStream(
  { pool, schema, catalogue }: Readable,
  stream: StreamName,
  from = 1,
): Promise<readonly EventEnvelope[]> {
  const { rows } = await pool.query<Row>({
    name: `${schema}.read_stream`,
    text: `select ${columns} from ${schema}.read_stream($1, $2)`,
    values: [stream, from],
    rowMode: 'array',
    types: asText,
  })
  return rows.map((row) => toEnvelope(catalogue, row))
}

/** Up to `limit` readable events after a position, in global order. */
export async function readAll(
  { pool, schema, catalogue }: Readable,
  { after, limit }: ReadAll,
): Promise<readonly EventEnvelope[]> {
  const { transactionId, position } = after === undefined ? beginning : toPlace(after)
  const { rows } = await pool.query<Row>({
    name: `${schema}.read_all`,
    text: `select ${columns} from ${schema}.read_all($1, $2, $3)`,
    values: [transactionId, position, limit],
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
