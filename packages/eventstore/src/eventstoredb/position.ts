import type { Position } from '@guichet/domain'

/** A place in the log of EventStoreDB. */
export type Place = { readonly commit: bigint; readonly prepare: bigint }

const shape = /^C:(\d{1,20})\/P:(\d{1,20})$/

/** Formats a place as EventStoreDB's own tools do: no position of another store has this form. */
export const toPosition = ({ commit, prepare }: Place): Position => `C:${commit}/P:${prepare}` as Position

/** Whether a text has the form of this adapter's positions. */
export const isPosition = (text: string): text is Position => shape.test(text)

/**
 * Parses a position of this adapter.
 * @throws RangeError for any other text, such as the position of another store.
 */
export function toPlace(text: Position): Place {
  const [, commit, prepare] = shape.exec(text) ?? []
  if (commit === undefined || prepare === undefined) throw new RangeError(`not a position in EventStoreDB: ${text}`)
  return { commit: BigInt(commit), prepare: BigInt(prepare) }
}

/** Negative, zero or positive when `a` is before, at or after `b`. */
export const comparePositions = (a: Position, b: Position): number => (a === b ? 0 : compare(toPlace(a), toPlace(b)))

/** The same for places. */
export function compare(a: Place, b: Place): number {
  return sign(a.commit - b.commit) || sign(a.prepare - b.prepare)
}

const sign = (difference: bigint): number => (difference < 0n ? -1 : difference > 0n ? 1 : 0)
