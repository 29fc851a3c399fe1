import { z } from 'zod'
import { defineAggregate } from '../kernel/aggregate.ts'
import type { CommandOf } from '../kernel/command.ts'
import { defineCommand, fireSchema, senders } from '../kernel/command.ts'
import type { ClockLabels, CommandMetadata, Deadline } from '../kernel/decider.ts'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import { accept } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { storedInstantSchema } from '../kernel/time.ts'
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

/** The shifts of a desk that records their changes. */
export type FollowedShifts = {
  readonly status: 'followed'
  /** The instant of the last change. */
  readonly at: Instant
  /** The number of changes: the cycle of the next. */
  readonly changes: number
  readonly onShift: readonly Crew[]
  /** Since when each crew is off shift, and whether another one has yet to take over from it. */
  readonly offShift: readonly { readonly crew: Crew; readonly since: Instant; readonly unrelieved: boolean }[]
  readonly updatedAt: Instant
}

/** The state of the shifts of a desk; `absent` before it follows them. */
export type ShiftState = { readonly status: 'absent' } | FollowedShifts

type ShiftDeadline = Deadline<'shift_change'>

/** The id of the only stream of shifts: `shift-desk`. */
export const shiftId = 'desk'

/** The definition of every command of the shifts; only the desk itself sends them. */
const shiftCommands = {
  follow: defineCommand({
    description: 'Starts recording the changes of shift.',
    schema: z.strictObject({ type: z.literal('follow') }),
    sentBy: senders.system,
  }),
  fire: defineCommand({
    description: 'Fires a deadline that fell due.',
    schema: fireSchema,
    sentBy: senders.system,
  }),
} as const

/** Any command of the shifts, checked and with its defaults. */
export type ShiftCommand = CommandOf<typeof shiftCommands>

const crews = z.array(storedCrewSchema)

/** The definition of every event of the shifts: the shifts' part of the event catalogue. */
export const shiftEvents = {
  /** Other crews have been on shift since `dueAt`, whenever that is recorded. */
  ShiftChanged: defineEvent({
    schema: z.object({
      dueAt: storedInstantSchema,
      /** The first change before it that was not recorded in time, and is skipped. */
      missedSince: storedInstantSchema.optional(),
      onShift: crews,
      offShift: crews,
      began: crews,
      ended: crews,
      /**
       * A crew without `to` keeps its conversations, since nobody is on shift, until a later change names a crew that
       * takes over.
       */
      handOvers: z.array(z.object({ from: storedCrewSchema, to: storedCrewSchema.optional() })),
      policyVersion: z.string(),
    }),
    personal: {},
  }),
} as const

/** Every event of the shifts of a desk. */
export type ShiftEvent = EventOf<typeof shiftEvents>

/** The event of a change of shift, the only one of shifts. */
export type ShiftChanged = ShiftEvent

/**
 * The shifts of a desk and every change of them: the stream `shift-desk`. It begins when the desk has centres or
 * shifts; of the changes during an outage only the last is recorded, so that no conversation is handed back and forth.
 */
export const shiftAggregate = defineAggregate({
  category: 'shift',
  id: z.literal(shiftId),
  commands: shiftCommands,
  events: shiftEvents,
  initial: { status: 'absent' },
  begunBy: ['follow'],
  evolve: evolveShift,
  deadlineKinds: ['shift_change'],
  deadlines: (state, timelineAt: (at: Instant) => ShiftTimeline) =>
    state.status === 'absent' ? [] : shiftDeadlines(state, timelineAt(state.updatedAt)),
  labels: shiftLabels,
  rules: {
    follow: (command, state, timeline) =>
      accept(state.status === 'absent' ? [changed(command, command.at, state, timeline)] : []),

    fire: (command, state, timeline) => {
      const dueAt = latestChange(timeline, state, command.at)
      if (dueAt === undefined) return accept([])
      const event = changed(command, dueAt, state, timeline)
      return accept([command.dueAt < dueAt ? { ...event, missedSince: command.dueAt } : event])
    },
  },
})

/** The next change of shift. */
export function shiftDeadlines(state: ShiftState, timeline: ShiftTimeline): readonly ShiftDeadline[] {
  if (state.status === 'absent') return []
  const dueAt = nextChange(timeline, state)
  return dueAt === undefined ? [] : [{ kind: 'shift_change', dueAt, cycle: state.changes + 1 }]
}

/** The labels by which operators filter the clock of shifts. */
export function shiftLabels({ status }: ShiftState): ClockLabels | undefined {
  return status === 'absent' ? undefined : { status, late: false, outstanding: false }
}

/**
 * The shifts after one more change: which crews are on shift, since when others are off, and whether another one has
 * taken over from them.
 */
export function evolveShift(state: ShiftState, event: ShiftEvent): ShiftState {
  const { dueAt, onShift, offShift, handOvers, at: updatedAt } = event
  const before = state.status === 'absent' ? [] : state.offShift
  const off = (crew: Crew): FollowedShifts['offShift'][number] => {
    const entry = before.find((each) => isSameCrew(each.crew, crew))
    const handOver = handOvers.find(({ from }) => isSameCrew(from, crew))
    return {
      crew,
      since: entry?.since ?? dueAt,
      unrelieved: handOver ? handOver.to === undefined : (entry?.unrelieved ?? false),
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

/**
 * The crews on shift at an instant, and those that take over from crews that are off, or that nobody has relieved yet.
 */
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

/** The crews that nobody has relieved yet, as far as is recorded. */
const unrelievedIn = (state: ShiftState): readonly Crew[] =>
  state.status === 'absent' ? [] : state.offShift.flatMap(({ crew, unrelieved }) => (unrelieved ? crew : []))

/** The crews on shift at an instant, and the next change. */
export type ShiftsAt = {
  readonly onShift: readonly Crew[]
  /** When other crews are on shift; undefined if never. */
  readonly changesAt: Instant | undefined
  /** Which crew's open conversations go to which crew then; without a receiver they stay until a crew takes over. */
  readonly handOvers: readonly HandOver[]
}

/**
 * The crews on shift at an instant by the plans, and the next change; `recorded` has the crews that nobody has relieved
 * yet.
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
