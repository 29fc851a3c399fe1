import type { Append, EventCatalogue, ExpectedVersion, StoredEvent } from '@guichet/domain'
import { encodeAppend } from '../codec/encode-append.ts'
import { AppendRejected } from '../failure/index.ts'

/** An append whose events are encoded and fit to be sent. */
export type Storable = {
  readonly stream: string
  readonly expected: number
  readonly commandId: string
  readonly fingerprint: string | null
  readonly correlationId: string | null
  readonly causationId: string | null
  readonly events: readonly StorableEvent[]
}

/** A stored event with its data already written as JSON. */
export type StorableEvent = Omit<StoredEvent, 'at' | 'data'> & { readonly atMs: number; readonly json: string }

const maxVersion = 2_147_483_647
/** What Postgres cannot keep: NUL, and halves of surrogate pairs, as they look in JSON and in plain text. */
const suspectJson = /\\u(?:0000|d[89a-f])/
const unstorableText = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * Encodes an append, checked so that it cannot spoil the batch it travels in.
 * @throws RangeError and CorruptHistory as `encodeAppend` does; AppendRejected for text that Postgres cannot keep.
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
