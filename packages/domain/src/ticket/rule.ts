import type { IncidentSettings } from '../incident/settings.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import type { Refusal, RefusalCode, Result } from '../kernel/refusal.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { inForceAt } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import { priorities } from '../kernel/values.ts'
import type { RoutingSettings } from '../routing/settings.ts'
import type { ShiftPlan } from '../shift/plan.ts'
import type { Wording } from '../wording/wording.ts'
import type { TicketCommand, TicketCommandOf, TicketCommandType } from './commands.ts'
import type { TicketEvent, TicketEventData, TicketEventOf, TicketEventType } from './events.ts'
import type { PolicyTimeline, PolicyVersion, TicketPolicy } from './policy.ts'
import type { Ticket } from './state.ts'

/** What rules decide by besides the command and the state. */
export type Terms = {
  /** The policy in force at the command's moment. */
  readonly policy: TicketPolicy
  /** Every policy that is, was and will be in force: what a clock runs by. */
  readonly timeline: PolicyTimeline
  readonly wording: Wording
}

export type Decision = Result<readonly TicketEvent[]>

/** A command on a ticket that exists. */
export type CommandEnvelope<C = TicketCommand> = C & CommandMetadata

/** The commands whose rules a family of rules holds. */
export type Rules<T extends TicketCommandType> = {
  readonly [K in T]: (command: CommandEnvelope<TicketCommandOf<K>>, ticket: Ticket, terms: Terms) => Decision
}

/** The event of a type that a command led to, at the command's moment and by its sender. */
export function eventFrom<T extends TicketEventType>(
  type: T,
  { at, by }: CommandMetadata,
  data: TicketEventData<T>,
): TicketEventOf<T> {
  return { type, at, by, ...data }
}

/** The refusal of one more of what a ticket holds as many of as it may. */
export const tooMany = (what: string, most: number): Decision =>
  deny(refusal('too_many', { message: `a ticket holds at most ${most} ${what}`, field: what }))

/** The policy and the words that tickets are run by from an instant on; the first ones of a timeline since ever. */
export type TermsVersion = PolicyVersion & {
  readonly wording: Wording
  /** What incidents are declared under; 000's numbers without them. */
  readonly incidents?: IncidentSettings
  /** Who is offered a ticket; 004's score without them. */
  readonly routing?: RoutingSettings
  /** Who works when; without it everybody does at all times. */
  readonly shifts?: ShiftPlan
}

/** The terms that tickets are, were and will be run by, in the order in which they come into force. */
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

/** The refusal of a category that the desk does not have; the history of another helpdesk may bring its own. */
export const refuseUnknownCategory = (
  command: { readonly category?: string | undefined; readonly anyCategory?: true | undefined },
  { categories }: TicketPolicy,
): Decision | undefined =>
  command.anyCategory ? undefined : refuseUnknown('category', 'category_unknown', command.category, categories)

/**
 * The refusal of a plan that the desk does not have. A customer's own comes with their token, and that of a split with the
 * ticket: who sends these commands cannot correct it.
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

/** The refusal of a team that the desk does not have; the history of another helpdesk may bring its own. */
export const refuseUnknownTeam = (
  command: { readonly team?: string | undefined; readonly anyTeam?: true | undefined },
  { teams }: TicketPolicy,
): Decision | undefined => (command.anyTeam ? undefined : refuseUnknown('team', 'team_unknown', command.team, teams))

/** The refusal of a priority that the desk does not let customers give. */
export function refusePriority(
  { by, priority }: Pick<CommandMetadata, 'by'> & { readonly priority?: Priority | undefined },
  { customerPriorities: given }: TicketPolicy,
): Decision | undefined {
  if (by.kind !== 'customer' || priority === undefined || !given || given.includes(priority)) return undefined
  const message = `customers give ${given.length > 0 ? `the priority ${given.join(' or ')}` : 'no priority'}, not ${priority}`
  return deny(refusal('priority_not_for_customers', { message, field: 'priority' }))
}

type Known = { readonly size: number; has(name: string): boolean }

/** A desk that names none of a kind takes any. */
function refuseUnknown(
  field: string,
  code: RefusalCode,
  name: string | undefined,
  known: Known | undefined,
): ReturnType<typeof deny<Refusal>> | undefined {
  if (name === undefined || !known?.size || known.has(name)) return undefined
  return deny(refusal(code, { message: `the desk has no ${field} ${name}`, field }))
}

type Asked = Pick<CommandMetadata, 'by'> & {
  readonly reason?: string | undefined
  readonly reasonOwed?: true | undefined
  readonly priority?: Priority | undefined
}

/**
 * The refusal of what moves a promise, or somebody else's ticket, without a word: who owes a reason gives one for lowering the
 * priority of any ticket, and for whatever else asks this of a ticket that another person has.
 */
export function refuseUnexplained(
  { by, reason, reasonOwed, priority }: Asked,
  { assignee, priority: present }: Ticket,
): Decision | undefined {
  if (!reasonOwed || reason !== undefined) return undefined
  const owed =
    priority === undefined
      ? assignee !== undefined && assignee.id !== by.id
      : priorities.indexOf(priority) < priorities.indexOf(present)
  return owed ? deny(refusal('reason_required', { field: 'reason' })) : undefined
}
