import type { ClockLabels, Deadline } from '../kernel/deadline.ts'
import { later, latest } from '../kernel/instant.ts'
import type { TicketPolicy } from './policy.ts'
import type { Ticket, TicketState } from './state.ts'

/** What can fall due on a ticket. */
export const deadlineKinds = ['chase', 'close_unanswered', 'close_resolved', 'stagnation', 'urgent_update'] as const
export type DeadlineKind = (typeof deadlineKinds)[number]

/** Something that falls due on a ticket. */
export type TicketDeadline = Deadline<DeadlineKind>

/**
 * What falls due on a ticket, earliest first. Pure: the engine that waits only sends `fire` with one of these.
 *
 * Of the steps that follow one another (first chase, second chase, close) only the next is listed. It is due at its time
 * since the wait began, and not before its distance from the chase last sent, at its real time and whatever policy sent it:
 * after an outage a customer is chased first, and closed on later.
 */
export function ticketDeadlines(state: TicketState, policy: TicketPolicy): readonly TicketDeadline[] {
  if (state.status === 'absent') return []
  return [...waiting(state, policy), ...resolved(state, policy), ...working(state, policy)].sort((a, b) =>
    a.dueAt < b.dueAt ? -1 : 1,
  )
}

/**
 * Whether the desk is late on a ticket as it stands: nobody has worked on it for too long, or the customer of an urgent one
 * should have heard from the desk, and neither has been made up for since.
 */
export const isLate = ({ stagnationReported, updateOverdue }: Ticket): boolean => stagnationReported || updateOverdue

/** What operators filter the clocks of tickets by; undefined before the ticket is opened. */
export function ticketLabels(state: TicketState): ClockLabels | undefined {
  if (state.status === 'absent') return undefined
  const { status, priority, category } = state
  return { status, priority, category, late: isLate(state) }
}

function waiting(ticket: Ticket, policy: TicketPolicy): TicketDeadline[] {
  if (ticket.status !== 'waiting_customer' || ticket.waitingSince === undefined) return []
  const steps = [...policy.chaseAfter, policy.closeUnansweredAfter]
  const next = Math.min(ticket.chasedAt.length, policy.chaseAfter.length)
  const planned = later(ticket.waitingSince, steps[next] ?? policy.closeUnansweredAfter)
  const sentBefore = ticket.chasedAt.at(-1)
  const distance = (steps[next] ?? 0) - (steps[next - 1] ?? 0)
  return [
    {
      kind: next < policy.chaseAfter.length ? 'chase' : 'close_unanswered',
      dueAt: sentBefore === undefined ? planned : latest(planned, later(sentBefore, distance)),
      cycle: ticket.waits,
    },
  ]
}

function resolved(ticket: Ticket, policy: TicketPolicy): TicketDeadline[] {
  const resolvedAt = ticket.resolutions.at(-1)
  if (ticket.status !== 'resolved' || resolvedAt === undefined) return []
  return [
    { kind: 'close_resolved', dueAt: later(resolvedAt, policy.closeResolvedAfter), cycle: ticket.resolutions.length },
  ]
}

function working(ticket: Ticket, policy: TicketPolicy): TicketDeadline[] {
  const deadlines: TicketDeadline[] = []
  if (ticket.status === 'in_progress' && !ticket.stagnationReported) {
    deadlines.push({
      kind: 'stagnation',
      dueAt: later(ticket.lastAgentActivityAt, policy.stagnationAfter),
      cycle: ticket.spells,
    })
  }
  if (ticket.priority === 'urgent' && (ticket.status === 'new' || ticket.status === 'in_progress')) {
    deadlines.push({
      kind: 'urgent_update',
      dueAt: later(ticket.updateCountedFrom, policy.urgentUpdateEvery),
      cycle: ticket.updates,
    })
  }
  return deadlines
}
