import { isDeepStrictEqual } from 'node:util'
import type { EventEnvelope } from '@guichet/domain'

/** What is kept of an event wherever it is stored. */
const kept = ({ event, version, commandId, correlationId, causationId }: EventEnvelope): unknown => ({
  event,
  version,
  commandId,
  correlationId,
  causationId,
})

/** Where two copies of a stream differ first, in words; undefined when they are the same but for where and when they were stored. */
export function compareStreams(one: readonly EventEnvelope[], other: readonly EventEnvelope[]): string | undefined {
  if (one.length !== other.length) return `${one.length} events here, ${other.length} there`
  const different = one.find((envelope, index) => {
    const copy = other[index]
    return !copy || !isDeepStrictEqual(kept(envelope), kept(copy))
  })
  return different && `${different.event.type} at version ${different.version}`
}
