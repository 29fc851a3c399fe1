import type { ChatHours } from '../chat/hours.ts'
import type { ChatSettings } from '../chat/settings.ts'
import type { CustomerSettings } from '../customer/details.ts'
import type { IncidentSettings } from '../incident/settings.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import { eventsFrom } from '../kernel/event.ts'
import type { Refusal, RefusalCode, Result } from '../kernel/refusal.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { inForceAt } from '../kernel/time.ts'
import type { NameSet, Priority } from '../kernel/values.ts'
import { isUnknownName, priorities } from '../kernel/values.ts'
import type { RoutingSettings } from '../routing/settings.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import type { Wording } from '../wording/wording.ts'
import type { TicketCommand, TicketCommandOf, TicketCommandType } from './commands.ts'
import type { TicketEvent, TicketEvents } from './events.ts'
import type { PolicyTimeline, PolicyVersion, TicketPolicy } from './policy.ts'
import type { Ticket } from './state.ts'

/** What rules use besides the command and the state. */
export type Terms = {
  /** The policy in force at the command's moment. */
  readonly policy: TicketPolicy
  /** Every past, present and scheduled policy: clocks run by them. */
  readonly timeline: PolicyTimeline
  readonly wording: Wording
}

export type Decision = Result<readonly TicketEvent[]>

/** A command on a ticket that exists, and the customer for whom its sender acts, if that is another one. */
export type CommandEnvelope<C = TicketCommand> = C & CommandMetadata & { readonly actsFor?: string }

/** The rules of a group of commands. */
export type Rules<T extends TicketCommandType> = {
  readonly [K in T]: (command: CommandEnvelope<TicketCommandOf<K>>, ticket: Ticket, terms: Terms) => Decision
}

/** An event that results from a command, with the command's moment and sender. */
export const eventFrom = eventsFrom<TicketEvents>()

/** The refusal when a ticket already has the most items of a kind that it may have. */
export const tooMany = (what: string, most: number): Decision =>
  deny(refusal('too_many', { message: `a ticket holds at most ${most} ${what}`, field: what }))

/**
 * The policy and the wording of tickets from an instant on; the first version of a timeline has always been in force.
 */
export type TermsVersion = PolicyVersion & {
  readonly wording: Wording
  /** The incident settings; `defaultIncidentSettings` by default. */
  readonly incidents?: IncidentSettings
  /** The settings of live chat; `defaultChatSettings` by default. */
  readonly chat?: ChatSettings
  /** The operating hours of its channels; around the clock by default. */
  readonly chatHours?: ChatHours
  /** The routing settings; `defaultRoutingSettings` by default. */
  readonly routing?: RoutingSettings
  /** The own fields of customers and organisations. */
  readonly customers?: CustomerSettings
  /** The shift plan; without it everybody is on shift at all times. */
  readonly shifts?: ShiftPlan
}

/** The past, present and scheduled terms of tickets, in the order in which they come into force. */
export type TermsTimeline = readonly [TermsVersion, ...TermsVersion[]]

/** The timeline of terms that never change. */
export const constantTerms = (terms: { readonly policy: TicketPolicy; readonly wording: Wording }): TermsTimeline => [
  { from: undefined, ...terms },
]

/** The terms in force at an instant. */
export function termsAt(timeline: TermsTimeline, at: Instant): Terms {
  const { policy, wording } = versionAt(timeline, at)
  return { policy, wording, timeline }
}

/** The version in force at an instant. */
export const versionAt = (timeline: TermsTimeline, at: Instant): TermsVersion => inForceAt(timeline, at) ?? timeline[0]

/** The refusal of a category that the desk does not have; the history of another helpdesk may have its own. */
export const refuseUnknownCategory = (
  command: { readonly category?: string | undefined; readonly anyCategory?: true | undefined },
  { categories }: Pick<TicketPolicy, 'categories'>,
): ReturnType<typeof deny<Refusal>> | undefined =>
  command.anyCategory ? undefined : refuseUnknown('category', 'category_unknown', command.category, categories)

/**
 * The refusal of a plan that the desk does not have. A customer's own plan comes from their token, and that of a split
 * from the ticket: the senders of these commands cannot correct it.
 */
export const refuseUnknownPlan = (
  command: Pick<CommandMetadata, 'by'> & {
    readonly plan?: string | null | undefined
    readonly splitFrom?: object | undefined
  },
  { plans }: Pick<TicketPolicy, 'plans'>,
): ReturnType<typeof deny<Refusal>> | undefined =>
  command.by.kind === 'customer' || command.splitFrom
    ? undefined
    : refuseUnknown('plan', 'plan_unknown', command.plan ?? undefined, plans)

/**
 * The refusal of a team that the desk does not have; the history of another helpdesk may have its own.
 * @param field where the command names it.
 */
export const refuseUnknownTeam = (
  command: { readonly team?: string | undefined; readonly anyTeam?: true | undefined },
  { teams }: Pick<TicketPolicy, 'teams'>,
  field = 'team',
): ReturnType<typeof deny<Refusal>> | undefined =>
  command.anyTeam ? undefined : refuseUnknown('team', 'team_unknown', command.team, teams, field)

/** The refusal of a priority that the desk does not let customers set. */
export function refusePriority(
  { by, priority }: Pick<CommandMetadata, 'by'> & { readonly priority?: Priority | undefined },
  { customerPriorities: names }: Pick<TicketPolicy, 'customerPriorities'>,
): ReturnType<typeof deny<Refusal>> | undefined {
  if (by.kind !== 'customer' || priority === undefined || !names || names.includes(priority)) return undefined
  const message = `customers give ${names.length > 0 ? `the priority ${names.join(' or ')}` : 'no priority'}, not ${priority}`
  return deny(refusal('priority_not_for_customers', { message, field: 'priority' }))
}

function refuseUnknown(
  kind: string,
  code: RefusalCode,
  name: string | undefined,
  names: NameSet | undefined,
  field = kind,
): ReturnType<typeof deny<Refusal>> | undefined {
  if (name === undefined || !isUnknownName(names, name)) return undefined
  return deny(refusal(code, { message: `the desk has no ${kind} ${name}`, field }))
}

type Explanation = Pick<CommandMetadata, 'by'> & {
  readonly reason?: string | undefined
  readonly reasonOwed?: true | undefined
  readonly priority?: Priority | undefined
}

/**
 * The refusal of an unexplained change to a promise or to another agent's ticket. A sender who owes a reason must give
 * one to lower the priority of any ticket, and for the other commands that need one on a ticket of another person.
 */
export function refuseUnexplained(
  { by, reason, reasonOwed, priority }: Explanation,
  { assignee, priority: present }: Ticket,
): Decision | undefined {
  if (!reasonOwed || reason !== undefined) return undefined
  const owed =
    priority === undefined
      ? assignee !== undefined && assignee.id !== by.id
      : priorities.indexOf(priority) < priorities.indexOf(present)
  return owed ? deny(refusal('reason_required', { field: 'reason' })) : undefined
}
