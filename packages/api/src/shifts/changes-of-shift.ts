import type { Desk, EventEnvelope, ShiftChanged } from '@guichet/domain'
import { shiftId, streamName } from '@guichet/domain'

/** The changes of shift that a desk has recorded, the latest first. */
export async function changesOfShift(
  desk: Pick<Desk, 'read' | 'store'>,
  most: number,
): Promise<readonly ShiftChanged[]> {
  const { version } = await desk.read('shift', shiftId)
  if (version === 0) return []
  const events = await desk.store.readStream(streamName('shift', shiftId), Math.max(1, version - most + 1))
  return events.map(({ event }: EventEnvelope) => event as ShiftChanged).reverse()
}
