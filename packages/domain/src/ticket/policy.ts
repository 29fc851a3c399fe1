import { z } from 'zod'
import type { CategoryFacts } from '../category.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, msOf } from '../kernel/time.ts'
import { priorities, timeZoneSchema } from '../kernel/values.ts'
import type { LevelSettings } from '../level.ts'
import type { BusinessTime } from '../sla/business-time.ts'
import { aroundTheClock, businessTimeOn } from '../sla/business-time.ts'
import type { ServiceLevels } from '../sla/terms.ts'
import { language } from './vocabulary.ts'

const duration = z.int().positive()

const ascending = (numbers: readonly number[]): boolean => numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0))

/** The numbers by which tickets are run, all durations in milliseconds of elapsed time. */
export const ticketPolicySchema = z
  .object({
    /** Named in every event that the policy decided, so that an auditor can explain a deadline years later. */
    version: z.string().min(1).max(100),
    /** After how long without a word the customer is chased, counted from the start of the wait; ascending. */
    chaseAfter: z.array(duration).max(10),
    /** After how long without a word the ticket is closed with a message, counted from the start of the wait. */
    closeUnansweredAfter: duration,
    closeResolvedAfter: duration,
    /** After how long in progress without agent activity the assignee is alerted. */
    stagnationAfter: duration,
    /** How often the customer of an urgent ticket is to hear from the desk, unless its SLA policy says so itself. */
    urgentUpdateEvery: duration,
    targets: z.object({
      /** The calendars of the service levels that targets are counted on in reports; around the clock without. */
      calendars: z.object({ firstResponse: z.string().optional() }).optional(),
      firstResponse: duration,
      nextResponse: duration,
      resolution: duration,
      resolutionShare: z.number().min(0).max(1),
      firstContactShare: z.number().min(0).max(1),
    }),
    /** The desk's day, for reports: an IANA time zone. */
    timeZone: timeZoneSchema,
    defaultLanguage: language,
    /** How automatic messages are signed. */
    signature: z.string().trim().min(1).max(200),
    /** What the desk promises its customers; without it, nothing. */
    serviceLevels: z.custom<ServiceLevels>().optional(),
    /** What the support levels are measured by, and who they are; the product's own without it. */
    levels: z.custom<LevelSettings>().optional(),
    /** The priorities that customers may give their tickets; without the list, any. */
    customerPriorities: z.array(z.enum(priorities)).optional(),
    /** The categories that tickets may have, by path; without them, or with none, any. */
    categories: z.custom<ReadonlyMap<string, CategoryFacts>>().optional(),
    /** The plans that customers may have; without them, or with none, any. */
    plans: z.custom<ReadonlySet<string>>().optional(),
    /** The teams that people may escalate tickets to; without them, or with none, any. */
    teams: z.custom<ReadonlySet<string>>().optional(),
  })
  .refine((policy) => ascending([...policy.chaseAfter, policy.closeUnansweredAfter]), {
    message: 'the chases must come in ascending order, and before the close',
    path: ['chaseAfter'],
  })

export type TicketPolicy = Readonly<z.infer<typeof ticketPolicySchema>>

/** 003's numbers (the FAQ on customers who do not reply, « Objectifs de Performance », « Ticket Urgent »). */
export const defaultTicketPolicy: TicketPolicy = {
  version: 'guichet-default-1',
  chaseAfter: [days(3), days(5)],
  closeUnansweredAfter: days(7),
  closeResolvedAfter: hours(24),
  stagnationAfter: hours(24),
  urgentUpdateEvery: hours(2),
  targets: {
    firstResponse: hours(2),
    nextResponse: hours(4),
    resolution: hours(24),
    resolutionShare: 0.8,
    firstContactShare: 0.9,
  },
  timeZone: 'Europe/Paris',
  defaultLanguage: 'fr',
  signature: 'Équipe Support',
}

/** What the reports are counted by. */
export type ObjectivePolicy = Pick<TicketPolicy, 'targets' | 'serviceLevels'>

/** How time passes for reports, which count back as well. */
type MeasuredTime = BusinessTime & Pick<Required<BusinessTime>, 'subtract'>

const canCountBack = (time: BusinessTime): time is MeasuredTime => time.subtract !== undefined

/**
 * How the time to a first response passes in reports.
 * @throws RangeError when its calendar is not there, or cannot be counted back on.
 */
export function firstResponseTime({ targets, serviceLevels }: ObjectivePolicy): MeasuredTime {
  const name = targets.calendars?.firstResponse
  if (name === undefined) return aroundTheClock
  const calendar = serviceLevels?.calendars[name]
  if (!calendar) throw new RangeError(`the first response is measured on a calendar that is not there: ${name}`)
  const time = 'between' in calendar ? calendar : businessTimeOn(calendar)
  if (!canCountBack(time))
    throw new RangeError(`the first response is measured on a calendar that cannot be counted back on: ${name}`)
  return time
}

/** A policy and when it comes into force; the first one of a timeline has been in force since ever. */
export type PolicyVersion = { readonly from: Instant | undefined; readonly policy: TicketPolicy }

/** The policies that tickets are, were and will be run by, in the order in which they come into force. */
export type PolicyTimeline = readonly [PolicyVersion, ...PolicyVersion[]]

/** The timeline of a policy that never changes. */
export const constantPolicy = (policy: TicketPolicy): PolicyTimeline => [{ from: undefined, policy }]

/** The policies of a timeline that have come into force by an instant. */
export const inForceBy = ([first, ...rest]: PolicyTimeline, at: Instant): PolicyTimeline => [
  first,
  ...rest.filter(({ from }) => from === undefined || msOf(from) <= msOf(at)),
]

/**
 * What falls due under a timeline, on something that goes on since `since`: under each policy from when it comes into force, and not
 * before. What a policy would have let fall due earlier falls due when it comes into force; what falls due while it is in
 * force does, whatever policy follows. Undefined when nothing falls due under the last policy.
 * @param dueUnder what falls due under a policy, never before `notBefore`; what has no instant yet is given to wait for a later policy.
 */
export function dueOver<D extends { readonly dueAt?: number | undefined }>(
  timeline: PolicyTimeline,
  since: number,
  dueUnder: (policy: TicketPolicy, notBefore: number) => D | undefined,
): D | undefined {
  const first = timeline.findLastIndex(({ from }) => from === undefined || msOf(from) <= since)
  let due: D | undefined
  for (let index = Math.max(first, 0); index < timeline.length; index++) {
    const { from, policy } = timeline[index] ?? timeline[0]
    const next = timeline[index + 1]?.from
    due = dueUnder(policy, Math.max(since, from === undefined ? since : msOf(from)))
    if (due?.dueAt !== undefined && (next === undefined || due.dueAt < msOf(next))) return due
  }
  return due
}
