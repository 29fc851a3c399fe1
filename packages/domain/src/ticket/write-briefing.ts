import type { Issued } from '../kernel/decider.ts'
import { sinceEpoch } from '../kernel/instant.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { Briefing } from './briefing.ts'
import { briefingLimits } from './briefing.ts'
import type { Terms } from './rule.ts'
import { standsStill } from './service-clocks.ts'
import type { Ticket } from './state.ts'
import { targetDue } from './target-deadlines.ts'

/** The briefing on a ticket at a command's moment; whoever asks and why stands in the escalation itself. */
export function briefingOf(command: Issued, ticket: Ticket, terms: Terms): Briefing {
  const { customer, plan, subject, category, priority, openedAt, reopenings, links, absorbed, splits } = ticket
  const { count, last } = ticket.attempts
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
    reopenings: reopenings.length,
    tried: [...last],
    triedBefore: count - last.length,
    targets: targetsOf(command, ticket, terms),
    related: related.slice(-briefingLimits.related),
    earlier: [...ticket.escalations],
  }
}

function targetsOf({ at: now }: Issued, ticket: Ticket, { timeline }: Terms): Briefing['targets'] {
  return slaTargets.flatMap((target): Briefing['targets'] => {
    const clock = ticket.clocks.targets[target]
    if (!clock) return []
    const { cycle, warned, breached } = clock
    if (breached !== undefined) return [{ target, cycle, state: 'BREACHED', dueAt: breached }]
    const due = targetDue(ticket, timeline, target)
    if (!due) return []
    if (due.dueAt === undefined || standsStill(ticket)) return [{ target, cycle, state: 'PAUSED' }]
    const dueAt = sinceEpoch(due.dueAt)
    if (due.dueAt < Date.parse(now)) return [{ target, cycle, state: 'BREACHED', dueAt }]
    return [{ target, cycle, state: warned ? 'IMMINENT_BREACH' : 'PENDING', dueAt }]
  })
}
