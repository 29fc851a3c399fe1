import type { EventStore, Position } from '@guichet/domain'

const longest = 100

/** Whether a text from outside is a position of this store, be it ahead of the last event. */
export function isPosition({ comparePositions }: Pick<EventStore, 'comparePositions'>, text: string): text is Position {
  if (text.length > longest) return false
  try {
    comparePositions(text as Position, text as Position)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
