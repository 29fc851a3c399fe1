import type { CommandMetadata } from '../kernel/decider.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import { later } from '../kernel/time.ts'
import type { SupportLevel } from '../level.ts'
import { levelsOf } from '../level.ts'
import { escalationTeamOf } from '../sla/terms.ts'
import type { TicketEvent, TicketEventData } from './events.ts'
import type { Decision, Rules, Terms } from './rule.ts'
import { eventFrom, refuseUnknownTeam } from './rule.ts'
import type { Ticket } from './state.ts'
import { targetStatuses } from './targets.ts'
import type { Briefing } from './vocabulary.ts'
import { briefingLimits } from './vocabulary.ts'

const nothing: Decision = accept([])

/** The rules of moving a ticket between the support levels. */
export const decideEscalation: Rules<'escalate' | 'deescalate'> = {
  /**
   * The same team is called once for one reason, until the ticket is resolved, closed or de-escalated. The ticket's
   * present level does not raise it; a lower one is refused: `deescalate` is a command of its own.
   */
  escalate: (command, ticket, terms) => {
    const { level, reason } = command
    if (level !== undefined && level < ticket.level) return deny(refusal('level_not_higher', { field: 'level' }))
    const team = command.team ?? teamFor(level ?? ticket.level, ticket, terms)
    const { escalation } = ticket
    const rises = level !== undefined && level > ticket.level
    if (!rises && escalation && escalation.team === team && escalation.reason === reason) return nothing
    return (
      refuseUnknownTeam(command, terms.policy) ?? accept(escalated(command, ticket, terms, { team, level, reason }))
    )
  },

  deescalate: (command, ticket, { policy }) => {
    const { level, reason } = command
    const { level: fromLevel, team: from, assignee } = ticket
    if (level === fromLevel) return nothing
    if (level > fromLevel) return deny(refusal('level_not_lower', { field: 'level' }))
    const { team } = levelsOf(policy)[level]
    return accept([
      eventFrom('TicketDeescalated', command, {
        level,
        fromLevel,
        ...(team !== undefined && { team }),
        ...(from !== undefined && { from }),
        reason,
      }),
      ...(assignee ? [eventFrom('TicketUnassigned', command, { from: assignee, reason: 'de-escalated' })] : []),
    ])
  },
}

type Escalation = Pick<TicketEventData<'TicketEscalated'>, 'reason' | 'missed'> & {
  readonly team: string | undefined
  readonly level?: SupportLevel | undefined
}

/**
 * A ticket escalated to a team, and to a level if that is above its own: then its agent is removed, so that an expert
 * is found for it.
 */
export function escalated(
  command: CommandMetadata,
  ticket: Ticket,
  terms: Terms,
  { team, reason, missed, level: targetLevel = 1 }: Escalation,
): TicketEvent[] {
  const { level: fromLevel, team: from, assignee } = ticket
  const rises = targetLevel > fromLevel
  const level = rises ? targetLevel : fromLevel
  const { respondWithin } = levelsOf(terms.policy)[level]
  return [
    eventFrom('TicketEscalated', command, {
      ...(team !== undefined && { team }),
      ...(from !== undefined && { from }),
      reason,
      level,
      fromLevel,
      ...(rises && { expectedBy: later(command.at, respondWithin) }),
      briefing: briefingOf(command, ticket, terms),
      ...(missed && { missed }),
    }),
    ...(rises && assignee ? [eventFrom('TicketUnassigned', command, { from: assignee, reason: 'escalated' })] : []),
  ]
}

/**
 * The team of an escalation that names none: the level's, else the category's. Else, on a desk that has teams, the
 * ticket stays with its present team, if any; on a desk that takes any name, it goes to a team named after the level.
 */
function teamFor(level: SupportLevel, { category, team }: Ticket, { policy }: Terms): string | undefined {
  const named = levelsOf(policy)[level].team ?? escalationTeamOf(policy.serviceLevels ?? {}, category)
  return named ?? (policy.teams?.size ? team : `level_${level}`)
}

/** The briefing on a ticket at a command's moment; the sender and the reason are in the escalation itself. */
export function briefingOf({ at }: CommandMetadata, ticket: Ticket, { timeline }: Terms): Briefing {
  const { customer, plan, subject, category, priority, openedAt, reopenings, links, absorbed, splits, splitFrom } =
    ticket
  const { count, last } = ticket.attempts
  const origin = splitFrom === undefined ? [] : [{ ticketId: splitFrom, relation: 'split_from' }]
  const related = [
    ...links.map(({ to, relation }) => ({ ticketId: to, relation })),
    ...absorbed.map((ticketId) => ({ ticketId, relation: 'merged' })),
    ...splits.map(({ into }) => ({ ticketId: into, relation: 'split' })),
  ]
  return {
    customerId: customer.id,
    ...(plan !== undefined && { plan }),
    subject,
    ...(category !== undefined && { category }),
    priority,
    openedAt,
    reopenings,
    tried: last.map(({ messageId: _, ...attempt }) => attempt),
    triedBefore: count - last.length,
    targets: targetStatuses(ticket, timeline, at).map(({ target, cycle, state, dueAt }) => ({
      target,
      cycle,
      state,
      ...(dueAt !== undefined && { dueAt }),
    })),
    related: [...origin, ...related.slice(origin.length - briefingLimits.related)],
    earlier: [...ticket.escalations],
  }
}
