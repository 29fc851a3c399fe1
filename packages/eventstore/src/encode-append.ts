import type { Append, EventCatalogue, ExpectedVersion, StoredEvent } from '@guichet/domain'
import { commandIdLength, encodeEvent, eventIdLength, isLongerThan, streamNameLength } from '@guichet/domain'

/** An append that any store accepts: identifiers within their limits, events checked and encoded. */
export type EncodedAppend = {
  readonly stream: string
  readonly expectedVersion: ExpectedVersion
  readonly commandId: string
  readonly fingerprint: string | undefined
  readonly correlationId: string
  readonly causationId: string
  readonly events: readonly StoredEvent[]
}

const maxFingerprintLength = 64

/**
 * Encodes an append for storage.
 * @throws RangeError for an append without events, an impossible version, or an id or fingerprint that is empty or too
 * long; CorruptHistory as `encodeEvent` does.
 */
export function encodeAppend(catalogue: EventCatalogue, append: Append): EncodedAppend {
  const { stream, expectedVersion, commandId, fingerprint, events } = append
  const { correlationId = commandId, causationId = commandId } = append
  if (events.length === 0) throw new RangeError('an append needs at least one event')
  checkLength('stream', stream, streamNameLength)
  checkLength('command id', commandId, commandIdLength)
  if (fingerprint !== undefined) checkLength('fingerprint', fingerprint, maxFingerprintLength)
  if (correlationId !== commandId) checkLength('correlation id', correlationId, commandIdLength)
  if (causationId !== commandId) checkLength('causation id', causationId, eventIdLength)
  checkVersion(expectedVersion)
  return {
    stream,
    expectedVersion,
    commandId,
    fingerprint,
    correlationId,
    causationId,
    events: events.map((event) => encodeEvent(catalogue, event)),
  }
}

function checkVersion(expected: ExpectedVersion): void {
  if (typeof expected === 'number' && (!Number.isSafeInteger(expected) || expected < 0)) {
    throw new RangeError(`not a version: ${expected}`)
  }
}

function checkLength(what: string, id: string, maxLength: number): void {
  if (id === '' || isLongerThan(id, maxLength)) throw new RangeError(`a ${what} has 1 to ${maxLength} characters`)
}
