import type { ClockLabels, Deadline } from '../kernel/deadline.ts'
import type { Aggregate, Issued } from '../kernel/decider.ts'
import type { Instant } from '../kernel/instant.ts'
import { latest } from '../kernel/instant.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { accept, deny } from '../kernel/result.ts'
import type { ShiftTimeline } from './changes.ts'
import { latestChange, nextChange, planAt, planVersionAt } from './changes.ts'
import type { ShiftCommand } from './commands.ts'
import type { Crew } from './crew.ts'
import { isAmong, isSameCrew } from './crew.ts'
import type { ShiftChanged, ShiftEvent } from './events.ts'
import { onShiftAt, takesOver } from './plan.ts'

/** The shifts of a desk whose changes are recorded. */
export type FollowedShifts = {
  readonly status: 'followed'
  /** The instant of the last change. */
  readonly at: Instant
  /** How many changes there were: the cycle of the next. */
  readonly changes: number
  readonly onShift: readonly Crew[]
  /** Since when each crew that is not on shift is not. */
  readonly offShift: readonly { readonly crew: Crew; readonly since: Instant }[]
  readonly updatedAt: Instant
}

export type ShiftState = { readonly status: 'absent' } | FollowedShifts

export type ShiftAggregate = Aggregate<ShiftCommand, ShiftEvent, ShiftState>

export type ShiftDeadline = Deadline<'shift_change'>

/** The id of the only stream of shifts: `shift-desk`. */
export const shiftId = 'desk'

/**
 * Who is on shift at a desk, and every change of that: the stream `shift-desk`. It begins when the desk has centres or shifts; of the
 * changes that an outage has let pass only the last is recorded, so that nothing is handed to and fro.
 */
export function shiftAggregate(timeline: () => ShiftTimeline): ShiftAggregate {
  return {
    category: 'shift',
    initial: { status: 'absent' },
    evolve: evolveShift,
    decide: (command, state) => decideShift(command, state, timeline()),
    creates: ({ type }) => type === 'follow',
    deadlines: (state) => shiftDeadlines(state, timeline()),
    labels: shiftLabels,
  }
}

/** The next change of shift. */
export function shiftDeadlines(state: ShiftState, timeline: ShiftTimeline): readonly ShiftDeadline[] {
  if (state.status === 'absent') return []
  const dueAt = nextChange(timeline, state)
  return dueAt === undefined ? [] : [{ kind: 'shift_change', dueAt, cycle: state.changes + 1 }]
}

/** What operators filter the clock of shifts by. */
export const shiftLabels = ({ status }: ShiftState): ClockLabels | undefined =>
  status === 'absent' ? undefined : { status, late: false }

export function evolveShift(state: ShiftState, event: ShiftEvent): ShiftState {
  const { dueAt, onShift, offShift, at: updatedAt } = event
  const before = state.status === 'absent' ? [] : state.offShift
  return {
    status: 'followed',
    at: dueAt,
    changes: state.status === 'absent' ? 0 : state.changes + 1,
    onShift,
    offShift: offShift.map((crew) => before.find((known) => isSameCrew(known.crew, crew)) ?? { crew, since: dueAt }),
    updatedAt,
  }
}

function decideShift(command: ShiftCommand & Issued, state: ShiftState, timeline: ShiftTimeline): Result<ShiftEvent[]> {
  if (command.by.kind !== 'system') return deny(refusal('not_for_this_actor', { field: 'by' }))
  if (command.type === 'follow') {
    return accept(state.status === 'absent' ? [changed(command, command.at, [], timeline)] : [])
  }
  if (state.status === 'absent') return accept([])
  const [due] = shiftDeadlines(state, timeline)
  if (due?.kind !== command.kind || due.cycle !== command.cycle || due.dueAt !== command.dueAt) return accept([])
  const at = latest(command.at, state.updatedAt)
  const dueAt = due.dueAt > at ? undefined : latestChange(timeline, state, at)
  if (dueAt === undefined) return accept([])
  const event = changed({ ...command, at }, dueAt, state.onShift, timeline)
  return accept([due.dueAt < dueAt ? { ...event, missedSince: due.dueAt } : event])
}

/** Who is on shift at an instant, and who takes over from those of the crews before who are not any more. */
function changed(
  { at, by }: Pick<Issued, 'at' | 'by'>,
  dueAt: Instant,
  before: readonly Crew[],
  timeline: ShiftTimeline,
): ShiftChanged {
  const plan = planAt(timeline, dueAt)
  const onShift = plan ? onShiftAt(plan, dueAt).map(nameOf) : []
  const offShift = (plan?.crews ?? []).filter((crew) => !isAmong(onShift, crew)).map(nameOf)
  const ended = before.filter((crew) => isAmong(offShift, crew))
  return {
    type: 'ShiftChanged',
    at,
    by,
    dueAt,
    onShift,
    offShift,
    began: onShift.filter((crew) => !isAmong(before, crew)),
    ended,
    handOvers: ended.map((from) => {
      const to = plan && takesOver(plan, from, dueAt)
      return { from, ...(to && { to }) }
    }),
    policyVersion: planVersionAt(timeline, dueAt)?.policy.version ?? '',
  }
}

const nameOf = ({ kind, name }: Crew): Crew => ({ kind, name })
