import type { Alarm } from '@guichet/eventstore'
import { createAlarm } from '@guichet/eventstore'
import type { Holder } from './lease.ts'
import type { Pace, Projection } from './projection.ts'

/** Projections that follow the history together, on a connection of their own. */
type Group = {
  /** The name that operators see. */
  readonly name: string
  readonly projections: readonly Projection[]
  readonly holder: Holder
  readonly alarm: Alarm
  /** Milliseconds for which events are gathered after a batch. */
  readonly gatherMs: number
}

/** Short enough to go unnoticed, long enough for a busy desk's events to share statements. */
const defaultGatherMs: Readonly<Record<Pace, number>> = { prompt: 3, relaxed: 50, separate: 50 }

/** All groups of a runner. */
type Groups = {
  readonly all: readonly Group[]
  /** Wakes them, as for new events. */
  ring(): void
  /** Lets them look at their leases again. */
  changeLeases(): void
  /** Counts the changes after which they look at their leases again. */
  leaseChanges(): number
}

type GroupOptions = {
  /** Whether all projections are of one group. */
  readonly followsTogether: boolean
  readonly gatherMs: Partial<Readonly<Record<Pace, number>>> | undefined
  readonly signal: AbortSignal
}

/** Groups projections by their pace; each group holds its own leases. */
export function createGroups(projections: readonly Projection[], holder: Holder, options: GroupOptions): Groups {
  const { followsTogether, signal } = options
  const gatherMs = { ...defaultGatherMs, ...options.gatherMs }
  const paces: readonly Pace[] = ['prompt', 'separate', 'relaxed']
  const paceOf = ({ pace = 'relaxed' }: Projection): Pace => (followsTogether ? 'prompt' : pace)
  const all = paces.flatMap((pace): readonly Group[] => {
    const members = projections.filter((projection) => paceOf(projection) === pace)
    if (members.length === 0) return []
    return [
      {
        name: `read models (${pace})`,
        projections: members,
        holder: { ...holder, owner: `${holder.owner}/${pace}` },
        alarm: createAlarm(signal),
        gatherMs: gatherMs[pace],
      },
    ]
  })
  let leaseChanges = 0
  const ring = (): void => {
    for (const { alarm } of all) alarm.ring()
  }
  return {
    all,
    ring,
    changeLeases: () => {
      leaseChanges++
      ring()
    },
    leaseChanges: () => leaseChanges,
  }
}
