import type { ClientBase, Pool } from 'pg'
import type { Append, AppendOutcome, EventCatalogue, ExpectedVersion, StoredEvent } from '@guichet/domain'
import { encodeAppend } from '../encode-append.ts'
import { AppendOutcomeUnknown, AppendRejected, StoreUnavailable } from '../failure.ts'
import { appendFailure } from './pool.ts'
import { asText, toFirstOutcome } from './read.ts'

type Answer = [
  stream: string,
  outcome: string,
  version: string,
  transactionId: string | null,
  position: string | null,
  fingerprint: string | null,
]

/** `busy` when another transaction is writing to the stream, and waiting for it would have delayed the others. */
type StoreOutcome = AppendOutcome | 'busy'

/**
 * Sends appends to different streams in one round trip, which is one transaction. Each append is checked and answered
 * separately; when the promise resolves, everything appended is durable.
 * @returns the outcomes in the order of the appends.
 * @throws AppendRejected, StoreUnavailable (nothing was written) or AppendOutcomeUnknown, for all of them together.
 */
export async function sendAppends(
  pool: Pool,
  schema: string,
  appends: readonly Storable[],
): Promise<readonly StoreOutcome[]> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new StoreUnavailable('the database cannot be reached', { cause })
  })
  client.on('error', reportedByTheQuery)
  let failure: Error | undefined
  try {
    return await appendWithin(client, schema, appends)
  } catch (error) {
    failure = appendFailure(error)
    throw failure
  } finally {
    client.off('error', reportedByTheQuery)
    client.release(failure instanceof AppendOutcomeUnknown)
  }
}

const reportedByTheQuery = (): void => undefined

/** Appends within the transaction of a connection, which must be unused so far; its owner commits. */
export async function appendWithin(
  client: ClientBase,
  schema: string,
  appends: readonly Storable[],
): Promise<readonly StoreOutcome[]> {
  const { rows } = await client.query<Answer>({
    name: `${schema}.append`,
    text: `select * from ${schema}.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    values: columns(appends),
    rowMode: 'array',
    types: asText,
  })
  const outcomes = new Map(rows.map((row) => [row[0], toOutcome(row)]))
  return appends.map(({ stream }) => {
    const outcome = outcomes.get(stream)
    if (!outcome) throw new Error(`the database gave no answer for ${stream}`)
    return outcome
  })
}

function toOutcome([, outcome, version, transactionId, position, fingerprint]: Answer): StoreOutcome {
  if (outcome === 'busy') return 'busy'
  if (transactionId === null || position === null) return { kind: 'conflict', actualVersion: Number(version) }
  const kind = outcome === 'duplicate' ? 'duplicate' : 'appended'
  return { kind, ...toFirstOutcome(version, transactionId, position, fingerprint) }
}

function columns(appends: readonly Storable[]): Buffer[] {
  const rows = appends.flatMap((append) =>
    append.events.map((event, ordinal) => ({ append, event, ordinal, ends: ordinal === append.events.length - 1 })),
  )
  return [
    textArray(rows.map(({ append }) => append.stream)),
    integerArray(rows.map(({ append }) => append.expected)),
    integerArray(rows.map(({ ordinal }) => ordinal)),
    booleanArray(rows.map(({ ends }) => ends)),
    textArray(rows.map(({ event }) => event.type)),
    integerArray(rows.map(({ event }) => event.schemaVersion)),
    jsonArray(rows.map(({ event }) => event.json)),
    bigintArray(rows.map(({ event }) => event.atMs)),
    textArray(rows.map(({ event }) => event.by.kind)),
    textArray(rows.map(({ event }) => event.by.id)),
    textArray(rows.map(({ event }) => event.by.name ?? null)),
    textArray(rows.map(({ append }) => append.commandId)),
    textArray(rows.map(({ append, ends }) => (ends ? append.fingerprint : null))),
    textArray(rows.map(({ append }) => append.correlationId)),
    textArray(rows.map(({ append }) => append.causationId)),
  ]
}

/** An append whose events are encoded and ready to be sent. */
export type Storable = {
  readonly stream: string
  readonly expected: number
  readonly commandId: string
  readonly fingerprint: string | null
  readonly correlationId: string | null
  readonly causationId: string | null
  readonly events: readonly StorableEvent[]
}

/** Whether the data of an append's events have more bytes together than a limit. */
export const isLargerThan = ({ events }: Storable, limit: number): boolean =>
  events.reduce((sum, { json }) => sum + json.length, 0) > limit / 3 &&
  events.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0) > limit

/** A stored event with its data already written as JSON. */
type StorableEvent = Omit<StoredEvent, 'at' | 'data'> & { readonly atMs: number; readonly json: string }

const maxVersion = 2_147_483_647

/**
 * Characters that Postgres cannot store: NUL, and halves of surrogate pairs, as they appear in JSON and in plain text.
 */
const suspectJson = /\\u(?:0000|d[89a-f])/

const unstorableText = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * Encodes an append and checks it, so that it cannot fail the batch that carries it.
 * @throws RangeError and CorruptHistory as `encodeAppend` does; AppendRejected for text that Postgres cannot store.
 */
export function toStorable(catalogue: EventCatalogue, append: Append): Storable {
  const encoded = encodeAppend(catalogue, append)
  const { stream, commandId, fingerprint = null, correlationId, causationId } = encoded
  checkText('the stream', stream)
  checkText('the command id', commandId)
  if (fingerprint !== null) checkText('the fingerprint', fingerprint)
  if (correlationId !== commandId) checkText('the correlation id', correlationId)
  if (causationId !== commandId) checkText('the causation id', causationId)
  return {
    stream,
    expected: expectedCode(encoded.expectedVersion),
    commandId,
    fingerprint,
    correlationId: correlationId === commandId ? null : correlationId,
    causationId: causationId === commandId ? null : causationId,
    events: encoded.events.map(toStorableEvent),
  }
}

function toStorableEvent({ type, schemaVersion, at, by, data }: StoredEvent): StorableEvent {
  const json = JSON.stringify(data)
  if (suspectJson.test(json)) checkDeep(type, data)
  checkText('the id of who caused it', by.id)
  if (by.name !== undefined) checkText('the name of who caused it', by.name)
  return { type, schemaVersion, atMs: Date.parse(at), by, json }
}

function expectedCode(expected: ExpectedVersion): number {
  if (expected === 'any') return -1
  if (expected === 'stream_exists') return -2
  if (expected === 'no_stream') return 0
  return Math.min(expected, maxVersion)
}

function checkText(what: string, text: string): void {
  if (unstorableText.test(text)) {
    throw new AppendRejected(`${what} holds a NUL character or half a surrogate pair, which Postgres cannot keep`)
  }
}

function checkDeep(path: string, value: unknown): void {
  if (typeof value === 'string') checkText(path, value)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      checkText(`a key of ${path}`, key)
      checkDeep(`${path}.${key}`, inner)
    }
  }
}

/**
 * Postgres arrays in their binary format: neither side has to quote, escape or parse text.
 * The layout is that of `array_send`: dimensions, null flag, element type, length, lower bound, then each element
 * after its size.
 */
const headerSize = 20

function header(size: number, elementType: number, length: number, hasNull = false): Buffer {
  const buffer = Buffer.allocUnsafe(size)
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(hasNull ? 1 : 0, 4)
  buffer.writeInt32BE(elementType, 8)
  buffer.writeInt32BE(length, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}

/** A `text[]`; null elements are SQL nulls. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let size = headerSize + 4 * values.length
  let hasNull = false
  const lengths = values.map((value) => {
    if (value === null) hasNull = true
    const length = value === null ? -1 : Buffer.byteLength(value)
    if (length > 0) size += length
    return length
  })
  const buffer = header(size, 25, values.length, hasNull)
  let offset = headerSize
  for (const [index, value] of values.entries()) {
    offset = buffer.writeInt32BE(lengths[index] ?? -1, offset)
    if (value !== null) offset += buffer.write(value, offset)
  }
  return buffer
}

/** A `jsonb[]` of documents already written as JSON. */
export function jsonArray(documents: readonly string[]): Buffer {
  const lengths = documents.map((document) => Buffer.byteLength(document))
  const size = lengths.reduce((sum, length) => sum + length + 5, headerSize)
  const buffer = header(size, 3802, documents.length)
  let offset = headerSize
  for (const [index, document] of documents.entries()) {
    offset = buffer.writeInt32BE((lengths[index] ?? 0) + 1, offset)
    offset = buffer.writeInt8(1, offset)
    offset += buffer.write(document, offset)
  }
  return buffer
}

/** An `integer[]`. */
export function integerArray(values: readonly number[]): Buffer {
  const buffer = header(headerSize + 8 * values.length, 23, values.length)
  let offset = headerSize
  for (const value of values) {
    offset = buffer.writeInt32BE(4, offset)
    offset = buffer.writeInt32BE(value, offset)
  }
  return buffer
}

/** A `bigint[]` of numbers that JavaScript holds exactly. */
export function bigintArray(values: readonly number[]): Buffer {
  const buffer = header(headerSize + 12 * values.length, 20, values.length)
  let offset = headerSize
  for (const value of values) {
    offset = buffer.writeInt32BE(8, offset)
    offset = buffer.writeBigInt64BE(BigInt(value), offset)
  }
  return buffer
}

/** A `boolean[]`. */
export function booleanArray(values: readonly boolean[]): Buffer {
  const buffer = header(headerSize + 5 * values.length, 16, values.length)
  let offset = headerSize
  for (const value of values) {
    offset = buffer.writeInt32BE(1, offset)
    offset = buffer.writeInt8(value ? 1 : 0, offset)
  }
  return buffer
}
