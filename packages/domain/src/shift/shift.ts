import { z } from 'zod'
import type { Aggregate, ClockLabels, Deadline, CommandMetadata } from '../kernel/decider.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { instantSchema, latest, storedInstantSchema } from '../kernel/time.ts'
import type { Crew, HandOver, ShiftTimeline } from './plan.ts'
import {
  handOversAt,
  isAmong,
  isSameCrew,
  latestChange,
  nameOf,
  nextChange,
  onShiftAt,
  planAt,
  planVersionAt,
  storedCrewSchema,
} from './plan.ts'

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

function decideShift(
  command: ShiftCommand & CommandMetadata,
  state: ShiftState,
  timeline: ShiftTimeline,
): Result<ShiftEvent[]> {
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
  { at, by }: Pick<CommandMetadata, 'at' | 'by'>,
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
const unrelievedIn = (state: ShiftState): readonly Crew[] =>
  state.status === 'absent' ? [] : state.offShift.flatMap(({ crew, unrelieved }) => (unrelieved ? crew : []))

/** What the shifts of a desk are told; by the desk itself alone. */
export const shiftCommandSchema = z.discriminatedUnion('type', [
  /** From now on the changes of shift are recorded. */
  z.strictObject({ type: z.literal('follow') }),
  /** A deadline fell due: sent by the clock, which names the very deadline it waited for. */
  z.strictObject({
    type: z.literal('fire'),
    kind: z.string().max(200),
    cycle: z.int().nonnegative(),
    dueAt: instantSchema,
  }),
])

export type ShiftCommand = Readonly<z.output<typeof shiftCommandSchema>>

const crews = z.array(storedCrewSchema)

/** Every event of the shifts with all that is said of it: the shifts' part of the event catalogue. */
export const shiftEvents = {
  /** Others are on shift since `dueAt`, whenever that is recorded. */
  ShiftChanged: defineEvent({
    schema: z.object({
      dueAt: storedInstantSchema,
      /** The first change before it that nobody recorded in time, and that is passed over. */
      missedSince: storedInstantSchema.optional(),
      onShift: crews,
      offShift: crews,
      began: crews,
      ended: crews,
      /** A crew without `to` keeps its conversations, since nobody is there, until a later change names it with somebody who takes over. */
      handOvers: z.array(z.object({ from: storedCrewSchema, to: storedCrewSchema.optional() })),
      policyVersion: z.string(),
    }),
    personal: {},
  }),
} as const

/** Everything that can happen to the shifts of a desk. */
export type ShiftEvent = EventOf<typeof shiftEvents>

export type ShiftChanged = ShiftEvent

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
