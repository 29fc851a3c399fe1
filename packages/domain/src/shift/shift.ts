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
import { isAmong, isSameCrew, nameOf } from './crew.ts'
import type { ShiftChanged, ShiftEvent } from './events.ts'
import { handOversAt, onShiftAt } from './plan.ts'

/** The shifts of a desk whose changes are recorded. */
export type FollowedShifts = {
  readonly status: 'followed'
  /** The instant of the last change. */
  readonly at: Instant
  /** How many changes there were: the cycle of the next. */
  readonly changes: number
  readonly onShift: readonly Crew[]
  /** Since when each crew that is not on shift is not, and whether nobody has taken over from it yet. */
  readonly offShift: readonly { readonly crew: Crew; readonly since: Instant; readonly unrelieved: boolean }[]
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
  status === 'absent' ? undefined : { status, late: false, outstanding: false }

/** The shifts after one more change: who is on, who is off since when, and whether somebody has taken over from them. */
export function evolveShift(state: ShiftState, event: ShiftEvent): ShiftState {
  const { dueAt, onShift, offShift, handOvers, at: updatedAt } = event
  const before = state.status === 'absent' ? [] : state.offShift
  const off = (crew: Crew): FollowedShifts['offShift'][number] => {
    const known = before.find((each) => isSameCrew(each.crew, crew))
    const handOver = handOvers.find(({ from }) => isSameCrew(from, crew))
    return {
      crew,
      since: known?.since ?? dueAt,
      unrelieved: handOver ? handOver.to === undefined : (known?.unrelieved ?? false),
    }
  }
  return {
    status: 'followed',
    at: dueAt,
    changes: state.status === 'absent' ? 0 : state.changes + 1,
    onShift,
    offShift: offShift.map(off),
    updatedAt,
  }
}

function decideShift(command: ShiftCommand & Issued, state: ShiftState, timeline: ShiftTimeline): Result<ShiftEvent[]> {
  if (command.by.kind !== 'system') return deny(refusal('not_for_this_actor', { field: 'by' }))
  if (command.type === 'follow') {
    return accept(state.status === 'absent' ? [changed(command, command.at, state, timeline)] : [])
  }
  if (state.status === 'absent') return accept([])
  const [due] = shiftDeadlines(state, timeline)
  if (due?.kind !== command.kind || due.cycle !== command.cycle || due.dueAt !== command.dueAt) return accept([])
  const at = latest(command.at, state.updatedAt)
  const dueAt = due.dueAt > at ? undefined : latestChange(timeline, state, at)
  if (dueAt === undefined) return accept([])
  const event = changed({ ...command, at }, dueAt, state, timeline)
  return accept([due.dueAt < dueAt ? { ...event, missedSince: due.dueAt } : event])
}

/** Who is on shift at an instant, and who takes over from those who are not any more, or from whom nobody has yet. */
function changed(
  { at, by }: Pick<Issued, 'at' | 'by'>,
  dueAt: Instant,
  state: ShiftState,
  timeline: ShiftTimeline,
): ShiftChanged {
  const before = state.status === 'absent' ? [] : state.onShift
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
    handOvers: plan ? [...handOversAt(plan, before, unrelievedIn(state), dueAt)] : [],
    policyVersion: planVersionAt(timeline, dueAt)?.policy.version ?? '',
  }
}

/** The crews from which nobody has taken over yet, as far as is recorded. */
export const unrelievedIn = (state: ShiftState): readonly Crew[] =>
  state.status === 'absent' ? [] : state.offShift.flatMap(({ crew, unrelieved }) => (unrelieved ? crew : []))
