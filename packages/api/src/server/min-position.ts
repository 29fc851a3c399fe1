import type { EventStore, Position } from '@guichet/domain'
import type { IncomingHttpHeaders } from 'node:http'
import { edgeError } from '../errors/index.ts'

/** In this header a request names a position, out of the answer of a mutation, that what it reads has to show. */
const header = 'guichet-min-position'

/** The position that a request asks to see at the least, if any; throws `position_invalid` for a text that is none. */
export function minPositionOf(
  { isPosition }: Pick<EventStore, 'isPosition'>,
  headers: IncomingHttpHeaders,
): Position | undefined {
  const text = headers[header]
  if (text === undefined) return undefined
  if (typeof text !== 'string' || !isPosition(text)) throw edgeError('position_invalid')
  return text
}
