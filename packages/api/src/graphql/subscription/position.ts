import type { Position } from '@guichet/domain'
import { edgeError } from '../../errors/index.ts'
import type { Services } from '../schema/services.ts'

/**
 * Reads a position that a client sends back, or throws `position_invalid`. One after the last readable event is given
 * the time that `models`, the read models that its reader is shown, may still take to get there.
 */
export async function toPosition(
  { store, runner, reachTimeoutMs }: Services,
  text: string,
  models: readonly string[],
): Promise<Position> {
  const head = await store.head()
  if (!store.isPosition(text) || head === undefined) throw edgeError('position_invalid')
  const known = store.comparePositions(text, head) <= 0
  if (!known && !(await runner.reached(text, reachTimeoutMs, models))) throw edgeError('position_invalid')
  return text
}
