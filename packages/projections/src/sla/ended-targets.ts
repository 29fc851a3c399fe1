import type { SlaTarget, TermsTimeline, TicketEvent } from '@guichet/domain'
import { answersTheCustomer, sinceEpoch, slaTargets, targetDue } from '@guichet/domain'
import type { SlaStep } from './sla-fold.ts'
import type { TargetRow } from './target-row.ts'
import { ownColumns, promiseColumns } from './target-row.ts'

/**
 * The rows of the targets that events put an end to, in the order of the events: a target is first given up, and then met,
 * if the same command says so.
 */
export const endedTargets = (steps: readonly SlaStep[], timeline: TermsTimeline): readonly TargetRow[] =>
  steps.flatMap((step) => [...endedBy(step, timeline), ...metBy(step)])

function endedBy({ id, envelope: { event }, before, after }: SlaStep, timeline: TermsTimeline): TargetRow[] {
  const { ticket, marks } = before
  if (ticket.status === 'absent') return []
  const targets = after.ticket.status === 'absent' ? {} : after.ticket.clocks.targets
  return slaTargets.flatMap((target): TargetRow[] => {
    const clock = ticket.clocks.targets[target]
    if (!clock || targets[target]?.cycle === clock.cycle) return []
    const mark = marks[target]?.cycle === clock.cycle ? marks[target] : undefined
    const row = {
      ...ownColumns(id, ticket, target, clock.cycle),
      running: false,
      held: false,
      since: clock.from,
      warned_at: mark?.warnedAt,
    }
    if (clock.breached !== undefined) {
      if (!mark?.missed) return []
      const end = does(event, target) ? { answered_at: event.at } : { cancelled_at: event.at }
      return [{ ...row, ...promiseColumns(mark.missed), state: 'BREACHED', breached_at: clock.breached, ...end }]
    }
    const due = targetDue(ticket, timeline, target, event.at)
    if (!due) return []
    const { name: policy, calendar } = due.sla.policy
    const dueAt = due.dueAt === undefined ? undefined : sinceEpoch(due.dueAt)
    const promise = promiseColumns({ dueAt, policy, calendar, policyVersion: due.policy.version })
    return [{ ...row, ...promise, state: 'CANCELLED', cancelled_at: event.at }]
  })
}

function metBy({ id, envelope: { event }, after: { ticket, marks } }: SlaStep): TargetRow[] {
  if (event.type !== 'TargetMet' || ticket.status === 'absent') return []
  const { target, cycle, since, at } = event
  const mark = marks[target]?.cycle === cycle ? marks[target] : undefined
  return [
    {
      ...ownColumns(id, ticket, target, cycle),
      ...promiseColumns(event),
      state: 'ACHIEVED',
      running: false,
      held: false,
      since,
      warned_at: mark?.warnedAt,
      achieved_at: at,
    },
  ]
}

/** Whether an event does what a target promises, be it late. */
function does(event: TicketEvent, target: SlaTarget): boolean {
  if (target !== 'resolution') return answersTheCustomer(event)
  if (event.type === 'TicketClosed') return event.reason === 'solved' || event.reason === 'confirmed'
  return event.type === 'TicketResolved'
}
