import { z } from 'zod'
import type { CategoryFacts } from '../category.ts'
import { limits } from '../kernel/limits.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, msOf } from '../kernel/time.ts'
import { language, priorities, share, text, timeZoneSchema } from '../kernel/values.ts'
import type { LevelSettings } from '../level.ts'
import { originalReaders } from '../message-original.ts'
import type { BusinessTime } from '../sla/business-time.ts'
import { aroundTheClock, businessTimeOn } from '../sla/business-time.ts'
import type { ServiceLevels } from '../sla/terms.ts'
import { policyVersionSchema } from './vocabulary.ts'

const duration = z.int().positive()

const ascending = (numbers: readonly number[]): boolean => numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? 0))

/** The numbers by which tickets are run, all durations in milliseconds of elapsed time. */
export const ticketPolicySchema = z
  .object({
    /** Recorded in every event that the policy decided, so that an auditor can explain a deadline years later. */
    version: policyVersionSchema,
    /** After how long without a reply the customer is chased, counted from the start of the wait; ascending. */
    chaseAfter: z.array(duration).max(10),
    /** After how long without a reply the ticket is closed with a message, counted from the start of the wait. */
    closeUnansweredAfter: duration,
    /** After how long a resolved ticket that nobody reopens is closed, counted from its resolution. */
    closeResolvedAfter: duration,
    /** After how long in progress without agent activity the assignee is alerted. */
    stagnationAfter: duration,
    /** How often the customer of an urgent ticket must receive an update, unless its SLA policy defines this. */
    urgentUpdateEvery: duration,
    /** The desk's aims, which reports measure: times in milliseconds, shares from 0 to 1. */
    targets: z.object({
      /** The calendars of the service levels on which reports count targets; around the clock by default. */
      calendars: z.object({ firstResponse: z.string().optional() }).optional(),
      /** From the opening to the first reply of an agent. */
      firstResponse: duration,
      /** From a later message of the customer to the next reply of an agent. */
      nextResponse: duration,
      /** From the opening to the resolution. */
      resolution: duration,
      /** The share of tickets to be resolved in time. */
      resolutionShare: share,
      /** The share of tickets to be solved with at most one reply. */
      firstContactShare: share,
    }),
    /** The desk's day, for reports: an IANA time zone. */
    timeZone: timeZoneSchema,
    defaultLanguage: language,
    /** The signature of automatic messages. */
    signature: text(limits.name),
    /** Who reads from what a message was translated; everybody who reads the message by default. */
    originals: z.enum(originalReaders).optional(),
    /** The desk's promises to its customers; none by default. */
    serviceLevels: z.custom<ServiceLevels>().optional(),
    /** The support levels, their members and their measures; the product's own by default. */
    levels: z.custom<LevelSettings>().optional(),
    /** The priorities that customers may give their tickets; any by default. */
    customerPriorities: z.array(z.enum(priorities)).optional(),
    /** The categories that tickets may have, by path; any when undefined or empty. */
    categories: z.custom<ReadonlyMap<string, CategoryFacts>>().optional(),
    /** The plans that customers may have; any when undefined or empty. */
    plans: z.custom<ReadonlySet<string>>().optional(),
    /** The teams that people may escalate tickets to; any when undefined or empty. */
    teams: z.custom<ReadonlySet<string>>().optional(),
  })
  .refine((policy) => ascending([...policy.chaseAfter, policy.closeUnansweredAfter]), {
    message: 'the chases must come in ascending order, and before the close',
    path: ['chaseAfter'],
  })

/** The policy of tickets in a configuration: times, targets, calendars, categories, plans and teams. */
export type TicketPolicy = Readonly<z.infer<typeof ticketPolicySchema>>

/**
 * Chases after 3 and 5 days, closes unanswered tickets after 7 days and resolved ones after 24 hours (source: 003, the FAQ
 * on customers who do not reply, « Objectifs de Performance », « Ticket Urgent »).
 */
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

/** The parts of the policy that reports use. */
export type ObjectivePolicy = Pick<TicketPolicy, 'targets' | 'serviceLevels'>

/** Business time for reports, which count backwards as well. */
type MeasuredTime = BusinessTime & Pick<Required<BusinessTime>, 'subtract'>

const canCountBack = (time: BusinessTime): time is MeasuredTime => time.subtract !== undefined

/**
 * The business time of a first response in reports.
 * @throws RangeError when its calendar is missing, or cannot count backwards.
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

/** A policy and when it comes into force; the first one of a timeline has always been in force. */
export type PolicyVersion = { readonly from: Instant | undefined; readonly policy: TicketPolicy }

/** The past, present and scheduled policies of tickets, in the order in which they come into force. */
export type PolicyTimeline = readonly [PolicyVersion, ...PolicyVersion[]]

/** The timeline of a policy that never changes. */
export const constantPolicy = (policy: TicketPolicy): PolicyTimeline => [{ from: undefined, policy }]

/** The policies of a timeline that have come into force by an instant. */
export const inForceBy = ([first, ...rest]: PolicyTimeline, at: Instant): PolicyTimeline => [
  first,
  ...rest.filter(({ from }) => from === undefined || msOf(from) <= msOf(at)),
]

/**
 * The deadline under a timeline, of something that lasts since `since`. Each policy applies from when it comes into
 * force. A deadline that a policy sets earlier than that falls due when it comes into force; one that falls due while
 * the policy is in force stays due, whatever policy follows. Undefined when nothing falls due under the last policy.
 * @param dueUnder the deadline under a policy, never before `notBefore`; one without an instant waits for a later
 * policy.
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
