import type { Alarm } from '@guichet/eventstore'
import { createAlarm } from '@guichet/eventstore'
import type { Holder } from './lease.ts'
import type { Pace, Projection } from './projection.ts'

/** Projections that follow the history together, on a connection of their own. */
export type Group = {
  /** What operators read of it. */
  readonly name: string
  readonly projections: readonly Projection[]
  readonly holder: Holder
  readonly alarm: Alarm
  /** Milliseconds for which events are gathered after a batch. */
  readonly gatherMs: number
}

/** Short enough that nobody minds, long enough that a busy desk's events share their statements. */
const gatherMs: Readonly<Record<Pace, number>> = { prompt: 3, relaxed: 50, apart: 50 }

/** Divides projections by their pace; the groups hold leases of their own. */
export function groupsOf(
  projections: readonly Projection[],
  { owner, leaseMs }: Holder,
  signal: AbortSignal,
): readonly Group[] {
  const paces: readonly Pace[] = ['prompt', 'apart', 'relaxed']
  return paces.flatMap((pace) => {
    const own = projections.filter((projection) => (projection.pace ?? 'relaxed') === pace)
    if (own.length === 0) return []
    const holder = { owner: `${owner}/${pace}`, leaseMs }
    return [
      { name: `read models (${pace})`, projections: own, holder, alarm: createAlarm(signal), gatherMs: gatherMs[pace] },
    ]
  })
}
