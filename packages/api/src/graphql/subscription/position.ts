import type { Position } from '@guichet/domain'
import { edgeError } from '../../errors/index.ts'
import type { Services } from '../schema/services.ts'

const longest = 100

/**
 * Reads a position that a client sends back, or throws `position_invalid`. One after the last readable event is given
 * the time that `models`, the read models that its reader is shown, may still take to get there.
 */
export async function toPosition(
  { store, runner, reachTimeoutMs }: Services,
  text: string,
  models: readonly string[],
): Promise<Position> {
  const position = text as Position
  const head = await store.head()
  if (text.length > longest || head === undefined) throw edgeError('position_invalid')
  const known = compared(() => store.comparePositions(position, head) <= 0)
  if (known === undefined) throw edgeError('position_invalid')
  if (!known && !(await runner.reached(position, reachTimeoutMs, models))) throw edgeError('position_invalid')
  return position
}

/** What a comparison says; undefined for a text that is no position of the store. */
function compared(compare: () => boolean): boolean | undefined {
  try {
    return compare()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
