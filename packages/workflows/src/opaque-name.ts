import { createHash } from 'node:crypto'
import type { StreamName } from '@guichet/domain'
import { aggregates, parseStream, personId } from '@guichet/domain'

/** The categories of streams that are named by a person, whose id may be an e-mail address. */
const ofPersons: ReadonlySet<string> = new Set(
  Object.entries<{ readonly id: unknown }>(aggregates).flatMap(([category, { id }]) =>
    id === personId ? [category] : [],
  ),
)

/** Whether the id in the name of a stream is that of a person. */
export const isNamedByPerson = (stream: StreamName): boolean => ofPersons.has(parseStream(stream).category)

/** The id in the name of a stream, or the hash of a person's: what is never encrypted holds no personal data. */
export function opaqueIdOf(stream: StreamName): string {
  const { id } = parseStream(stream)
  return isNamedByPerson(stream) ? createHash('sha256').update(id).digest('hex').slice(0, 32) : id
}

/** The name of a stream for logs and the Temporal UI, with the hash of a person's id. */
export const opaqueStreamName = (stream: StreamName): string => `${parseStream(stream).category}-${opaqueIdOf(stream)}`
