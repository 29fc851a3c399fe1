import type { CommandMetadata } from '../kernel/decider.ts'
import { eventsFrom } from '../kernel/event.ts'
import type { Refusal, RefusalCode, Result } from '../kernel/refusal.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import type { NameSet, Priority } from '../kernel/values.ts'
import { isUnknownName, priorities } from '../kernel/values.ts'
import type { Wording } from '../wording/wording.ts'
import type { TicketCommand, TicketCommandOf, TicketCommandType } from './commands.ts'
import type { TicketEvent, TicketEvents } from './events.ts'
import type { PolicyTimeline, TicketPolicy } from './policy.ts'
import type { Ticket } from './state.ts'

/** What rules use besides the command and the state. */
export type Terms = {
  /** The policy in force at the command's moment. */
  readonly policy: TicketPolicy
  /** Every past, present and scheduled policy: clocks run by them. */
  readonly timeline: PolicyTimeline
  readonly wording: Wording
}

/** What a rule of tickets answers: the events to store, none where nothing changes, or a refusal. */
export type Decision = Result<readonly TicketEvent[]>

/** A command on a ticket that exists, and the customer for whom its sender acts, if that is another one. */
export type CommandEnvelope<C = TicketCommand> = C & CommandMetadata & { readonly actsFor?: string }

/** The rules of a group of commands. */
export type Rules<T extends TicketCommandType> = {
  readonly [K in T]: (command: CommandEnvelope<TicketCommandOf<K>>, ticket: Ticket, terms: Terms) => Decision
}

/** An event that results from a command, with the command's moment and sender. */
export const eventFrom = eventsFrom<TicketEvents>()

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
