import type { Position } from '@guichet/domain'

/** The two parts of a position, as decimals: too large for a JavaScript number. */
export type Place = { readonly transactionId: string; readonly position: string }

const shape = /^(\d{1,20})-(\d{1,19})$/

/** The place before the first event. */
export const beginning: Place = { transactionId: '0', position: '0' }

/** Writes a place as the opaque position that leaves the adapter. */
export const toPosition = (transactionId: string, position: string): Position =>
  `${transactionId}-${position}` as Position

/** Whether a text is written as this adapter writes positions. */
export const isPosition = (text: string): text is Position => shape.test(text)

/**
 * Reads a position that this adapter has made.
 * @throws RangeError for any other text.
 */
export function toPlace(text: Position): Place {
  const [, transactionId, position] = shape.exec(text) ?? []
  if (transactionId === undefined || position === undefined) {
    throw new RangeError(`not a position of the Postgres event store: ${text}`)
  }
  return { transactionId, position }
}

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a === b) return 0
  const [one, other] = [toPlace(a), toPlace(b)]
  return compareDecimals(one.transactionId, other.transactionId) || compareDecimals(one.position, other.position)
}

function compareDecimals(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}
