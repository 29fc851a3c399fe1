import type { Instant } from '../kernel/instant.ts'
import { canonicalInstant, days, inForceAt, latest, later } from '../kernel/instant.ts'
import type { Crew } from './crew.ts'
import { isAmong } from './crew.ts'
import type { ShiftPlan } from './plan.ts'
import { changesAfter, onShiftAt } from './plan.ts'

/** The plans that are, were and will be in force, in the order in which they come into force. */
export type ShiftTimeline = readonly {
  readonly from: Instant | undefined
  readonly policy: { readonly version: string }
  readonly shifts?: ShiftPlan
}[]

/** Who was on shift from an instant on. */
export type OnShift = { readonly at: Instant; readonly onShift: readonly Crew[] }

/** The version in force at an instant; undefined where none is. */
export const planVersionAt = (timeline: ShiftTimeline, at: Instant): ShiftTimeline[number] | undefined =>
  inForceAt(timeline, at) ?? timeline[0]

/** The plan in force at an instant; undefined where there are no crews. */
export function planAt(timeline: ShiftTimeline, at: Instant): ShiftPlan | undefined {
  const plan = planVersionAt(timeline, at)?.shifts
  return plan && plan.crews.length > 0 ? plan : undefined
}

/**
 * When others are on shift than before: where a crew begins or ends, or another plan comes into force under which others are
 * there. Undefined when that never is, as where there are no crews.
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

/** The last change up to an instant; undefined when there is none. Those before it are passed over. */
export function latestChange(timeline: ShiftTimeline, since: OnShift, moment: Instant): Instant | undefined {
  const [known, until] = [{ ...since, at: canonicalInstant(since.at) }, canonicalInstant(moment)]
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
  for (let back = days(1); later(until, -back) > known.at; back *= 2) {
    const last = lastFrom(seenAt(later(until, -back)))
    if (last !== undefined) return last
  }
  return lastFrom(known)
}

const canonicalOf = (from: Instant | undefined): Instant | undefined => from && canonicalInstant(from)

const areSame = (some: readonly Crew[], others: readonly Crew[]): boolean =>
  some.length === others.length && some.every((crew) => isAmong(others, crew))
