import { z } from 'zod'
import type { Agent } from '../agent/events.ts'
import { closesAt, isOpen, nextOpening } from '../calendar/business-time.ts'
import type { Calendar } from '../calendar/spans.ts'
import type { HandOverSettings } from '../centre.ts'
import type { Instant } from '../kernel/time.ts'
import { canonicalInstant, days, inForceAt, later, latest } from '../kernel/time.ts'
import { line } from '../kernel/values.ts'

/** A crew with its hours, its minimum number of agents, and the languages and specialities of a centre. */
export type PlannedCrew = Crew & {
  readonly hours: Calendar
  readonly languages: readonly string[]
  readonly specialities?: readonly string[]
  readonly minimumCrew?: number | undefined
}

/** The shift plan of a version of the configuration. */
export type ShiftPlan = {
  /** The centres by priority, then the shifts in their order of succession. */
  readonly crews: readonly PlannedCrew[]
  /** Which open conversations are handed over at the end of a shift. */
  readonly handOver: HandOverSettings
}

/**
 * The crew whose hours somebody works by: their shift, or without one their centre. An unknown name counts as none.
 * Somebody without a crew is always on shift, so that a typing error keeps nobody from work.
 */
export function crewOf({ crews }: ShiftPlan, { centre, shift }: CrewMembership): PlannedCrew | undefined {
  const named = (kind: Crew['kind'], name: string | null) =>
    name === null ? undefined : crews.find((crew) => isSameCrew(crew, { kind, name }))
  return named('shift', shift) ?? named('centre', centre)
}

/** Whether somebody is on shift at an instant; always, for somebody without a crew. */
export function isOnShift(plan: ShiftPlan, placed: CrewMembership, at: Instant): boolean {
  const crew = crewOf(plan, placed)
  return crew === undefined || isOpen(crew.hours, at)
}

/** The crews on shift at an instant, in the order of the plan. */
export const onShiftAt = ({ crews }: ShiftPlan, at: Instant): readonly PlannedCrew[] =>
  crews.filter(({ hours }) => isOpen(hours, at))

/** The first instant after another at which a crew begins or ends; undefined if none ever does. */
export function changesAfter({ crews }: ShiftPlan, moment: Instant): Instant | undefined {
  const at = canonicalInstant(moment)
  const [first] = crews.flatMap((crew) => changeOf(crew, at) ?? []).sort()
  return first
}

/**
 * The crew that takes over from one that is off shift at an instant. From a centre: the first by priority of the
 * centres on shift that share a language. From a shift: the next one on shift, in order. Undefined when no crew is on
 * shift.
 */
export function takesOver(plan: ShiftPlan, crew: Crew, at: Instant): Crew | undefined {
  const from = plan.crews.findIndex((each) => isSameCrew(each, crew))
  const there = plan.crews.filter(
    (each) => each.kind === crew.kind && !isSameCrew(each, crew) && isOpen(each.hours, at),
  )
  const next =
    crew.kind === 'centre'
      ? firstSharing(there, plan.crews[from]?.languages ?? [])
      : (there.find((each) => plan.crews.indexOf(each) > from) ?? there[0])
  return next && nameOf(next)
}

/** A hand-over of a crew's open conversations at a change; without `to` they stay until a crew takes over. */
export type HandOver = { readonly from: Crew; readonly to?: Crew | undefined }

/**
 * The hand-overs at an instant: from the crews that were on shift `before` and are now off, and from those that nobody
 * has relieved yet, once a crew takes over.
 */
export function handOversAt(
  plan: ShiftPlan,
  before: readonly Crew[],
  unrelieved: readonly Crew[],
  at: Instant,
): readonly HandOver[] {
  const off = plan.crews.filter(({ hours }) => !isOpen(hours, at)).map(nameOf)
  return off.flatMap((from) => {
    const ended = isAmong(before, from)
    if (!ended && !isAmong(unrelieved, from)) return []
    const to = takesOver(plan, from, at)
    return ended || to ? [{ from, ...(to && { to }) }] : []
  })
}

/** The first that shares a language, else the first of all. */
const firstSharing = <T extends { readonly languages: readonly string[] }>(
  there: readonly T[],
  languages: readonly string[],
): T | undefined => there.find((each) => each.languages.some((one) => languages.includes(one))) ?? there[0]

/**
 * The period for which each crew is known not to change: the search through the centuries for a crew that never closes
 * happens once.
 */
const periods = new WeakMap<PlannedCrew, { readonly from: Instant; readonly until: Instant | undefined }>()

function changeOf(crew: PlannedCrew, at: Instant): Instant | undefined {
  const cached = periods.get(crew)
  if (cached && cached.from <= at && (cached.until === undefined || at < cached.until)) return cached.until
  const until = isOpen(crew.hours, at) ? closesAt(crew.hours, at) : nextOpening(crew.hours, at)
  periods.set(crew, { from: at, until })
  return until
}

/** A crew on shift with fewer agents at work than its minimum. */
export type ShortCrew = { readonly crew: Crew; readonly atWork: number; readonly minimum: number }

/**
 * The crews on shift that are short at an instant. An agent is at work who belongs to a crew, is on shift and is not
 * offline: busy, in a break and in training count.
 */
export function shortCrewsAt(plan: ShiftPlan, agents: readonly Agent[], at: Instant): readonly ShortCrew[] {
  const atWork = agents.filter(
    ({ status, availability, profile }) =>
      status === 'active' && availability !== 'offline' && isOnShift(plan, profile, at),
  )
  return onShiftAt(plan, at).flatMap((crew): ShortCrew[] => {
    const { minimumCrew: minimum = 0 } = crew
    const count = atWork.filter(({ profile }) => belongsTo(crew, profile)).length
    return count < minimum ? [{ crew: nameOf(crew), atWork: count, minimum }] : []
  })
}

/** Agents who begin and end work together: a centre, or a shift. */
export const crewKinds = ['centre', 'shift'] as const

/** A crew as it comes from outside: the id of a centre, or the name of a shift. */
export const crewSchema = z.strictObject({ kind: z.enum(crewKinds), name: line(200) })

/** A crew as history holds it. */
export const storedCrewSchema = z.object({ kind: z.enum(crewKinds), name: z.string() })

/** Agents who begin and end work together: a centre by its id, or a shift by the name of its calendar. */
export type Crew = Readonly<z.infer<typeof storedCrewSchema>>

/** A crew without the fields of a plan. */
export const nameOf = ({ kind, name }: Crew): Crew => ({ kind, name })

/** Whether two crews have the same kind and name, whatever their other fields. */
export const isSameCrew = (one: Crew, other: Crew): boolean => one.kind === other.kind && one.name === other.name

/** Whether a crew is one of several, by kind and name. */
export const isAmong = (crews: readonly Crew[], crew: Crew): boolean => crews.some((each) => isSameCrew(each, crew))

/** The centre and the shift of somebody. */
export type CrewMembership = { readonly centre: string | null; readonly shift: string | null }

/** Whether somebody belongs to a crew according to their profile. */
export const belongsTo = ({ kind, name }: Crew, { centre, shift }: CrewMembership): boolean =>
  (kind === 'centre' ? centre : shift) === name

/** The past, present and scheduled plans, in the order in which they come into force. */
export type ShiftTimeline = readonly {
  readonly from: Instant | undefined
  readonly policy: { readonly version: string }
  readonly shifts?: ShiftPlan
}[]

/** The crews on shift from an instant on. */
export type OnShift = { readonly at: Instant; readonly onShift: readonly Crew[] }

/** The version in force at an instant; undefined when there is none. */
export const planVersionAt = (timeline: ShiftTimeline, at: Instant): ShiftTimeline[number] | undefined =>
  inForceAt(timeline, at) ?? timeline[0]

/** The plan in force at an instant; undefined when there are no crews. */
export function planAt(timeline: ShiftTimeline, at: Instant): ShiftPlan | undefined {
  const plan = planVersionAt(timeline, at)?.shifts
  return plan && plan.crews.length > 0 ? plan : undefined
}

/**
 * When other crews are on shift than before: a crew begins or ends, or another plan comes into force under which other
 * crews are on shift. Undefined if never, as without crews.
 */
export function nextChange(timeline: ShiftTimeline, { at: since, onShift }: OnShift): Instant | undefined {
  const at = canonicalInstant(since)
  for (const [index, { from, shifts: plan }] of timeline.entries()) {
    const end = canonicalOf(timeline[index + 1]?.from)
    if ((end !== undefined && end <= at) || !plan || plan.crews.length === 0) continue
    const start = from === undefined ? at : latest(at, from)
    if (!areSame(onShiftAt(plan, start), onShift)) return start
    const next = changesAfter(plan, start)
    if (next !== undefined && (end === undefined || next < end)) return next
  }
  return undefined
}

/** The last change up to an instant; undefined when there is none. Earlier ones are skipped. */
export function latestChange(timeline: ShiftTimeline, since: OnShift, moment: Instant): Instant | undefined {
  const [origin, until] = [{ ...since, at: canonicalInstant(since.at) }, canonicalInstant(moment)]
  const changeFrom = (start: OnShift): Instant | undefined => {
    const change = nextChange(timeline, start)
    return change !== undefined && change <= until ? change : undefined
  }
  const lastFrom = (start: OnShift): Instant | undefined => {
    let last: Instant | undefined
    for (let next = changeFrom(start); next !== undefined; next = changeFrom(seenAt(next))) last = next
    return last
  }
  const seenAt = (at: Instant): OnShift => {
    const plan = planAt(timeline, at)
    return { at, onShift: plan ? onShiftAt(plan, at) : [] }
  }
  for (let back = days(1); later(until, -back) > origin.at; back *= 2) {
    const last = lastFrom(seenAt(later(until, -back)))
    if (last !== undefined) return last
  }
  return lastFrom(origin)
}

const canonicalOf = (from: Instant | undefined): Instant | undefined => from && canonicalInstant(from)

const areSame = (some: readonly Crew[], others: readonly Crew[]): boolean =>
  some.length === others.length && some.every((crew) => isAmong(others, crew))
