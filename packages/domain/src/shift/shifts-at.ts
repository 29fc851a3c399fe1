import type { Instant } from '../kernel/instant.ts'
import type { ShiftTimeline } from './changes.ts'
import { nextChange, planAt } from './changes.ts'
import type { Crew } from './crew.ts'
import { nameOf } from './crew.ts'
import type { HandOver } from './plan.ts'
import { handOversAt, onShiftAt } from './plan.ts'
import type { ShiftState } from './shift.ts'
import { unrelievedIn } from './shift.ts'

/** Who is on shift at an instant, and what comes next. */
export type ShiftsAt = {
  readonly onShift: readonly Crew[]
  /** When others are on shift; undefined when that never is. */
  readonly changesAt: Instant | undefined
  /** Whose open conversations go to whom then; to nobody where they stay until somebody takes over. */
  readonly handOvers: readonly HandOver[]
}

/**
 * Who is on shift at an instant by the plans, and what happens at the next change; `recorded` tells from whom nobody has taken over yet.
 */
export function shiftsAt(timeline: ShiftTimeline, at: Instant, recorded: ShiftState = { status: 'absent' }): ShiftsAt {
  const onShift = crewsAt(timeline, at)
  const changesAt = nextChange(timeline, { at, onShift })
  const plan = changesAt && planAt(timeline, changesAt)
  return {
    onShift,
    changesAt,
    handOvers: plan ? handOversAt(plan, onShift, unrelievedIn(recorded), changesAt) : [],
  }
}

function crewsAt(timeline: ShiftTimeline, at: Instant): readonly Crew[] {
  const plan = planAt(timeline, at)
  return plan ? onShiftAt(plan, at).map(nameOf) : []
}
