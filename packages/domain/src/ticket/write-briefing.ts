import type { Issued } from '../kernel/decider.ts'
import type { Briefing } from './briefing.ts'
import { briefingLimits } from './briefing.ts'
import type { Terms } from './rule.ts'
import type { Ticket } from './state.ts'
import { targetStatuses } from './target-status.ts'

/** The briefing on a ticket at a command's moment; whoever asks and why stands in the escalation itself. */
export function briefingOf({ at }: Issued, ticket: Ticket, { timeline }: Terms): Briefing {
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
    tried: [...last],
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
