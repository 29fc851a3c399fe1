import type { EventStore, Position } from '@guichet/domain'
import { edgeError } from '../../errors/index.ts'

/** Reads a position that a client sends back, or throws `position_invalid`. */
export function toPosition(store: EventStore, text: string): Position {
  const position = text as Position
  try {
    if (text.length <= 100 && !Number.isNaN(store.comparePositions(position, position))) return position
  } catch {
    // Not a position of this store.
  }
  throw edgeError('position_invalid')
}
