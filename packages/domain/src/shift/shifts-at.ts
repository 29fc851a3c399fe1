import type { Instant } from '../kernel/instant.ts'
import type { ShiftTimeline } from './changes.ts'
import { nextChange, planAt } from './changes.ts'
import type { Crew } from './crew.ts'
import { isAmong } from './crew.ts'
import { onShiftAt, takesOver } from './plan.ts'

/** Who is on shift at an instant, and what comes next. */
export type ShiftsAt = {
  readonly onShift: readonly Crew[]
  /** When others are on shift; undefined when that never is. */
  readonly changesAt: Instant | undefined
  /** Whose open conversations go to whom then; to nobody where they stay. */
  readonly handOvers: readonly { readonly from: Crew; readonly to?: Crew | undefined }[]
}

/** Who is on shift at an instant by the plans, and what happens at the next change. */
export function shiftsAt(timeline: ShiftTimeline, at: Instant): ShiftsAt {
  const onShift = crewsAt(timeline, at)
  const changesAt = nextChange(timeline, { at, onShift })
  const plan = changesAt && planAt(timeline, changesAt)
  if (!plan) return { onShift, changesAt, handOvers: [] }
  const after = onShiftAt(plan, changesAt)
  const ended = onShift.filter((crew) => isAmong(plan.crews, crew) && !isAmong(after, crew))
  return {
    onShift,
    changesAt,
    handOvers: ended.map((from) => ({ from, to: takesOver(plan, from, changesAt) })),
  }
}

function crewsAt(timeline: ShiftTimeline, at: Instant): readonly Crew[] {
  const plan = planAt(timeline, at)
  return plan ? onShiftAt(plan, at).map(({ kind, name }) => ({ kind, name })) : []
}
