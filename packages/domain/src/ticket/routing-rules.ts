import { accept } from '../kernel/refusal.ts'
import { briefingOf } from './escalation.ts'
import { needsAgent } from './routing.ts'
import type { Decision, Rules } from './rule.ts'
import { eventFrom } from './rule.ts'

const nothing: Decision = accept([])

/**
 * The rules of routing a ticket to an agent. A concurrent second command does nothing: each round is decided once, by
 * the ticket's own stream, and ends once, taken or declined. A ticket is not offered again to an agent who declined it
 * on the basis of the same or an older version of the agent's stream.
 */
export const decideRouting: Rules<'route' | 'confirmRouting' | 'declineRouting' | 'queue' | 'handOver'> = {
  route: (command, ticket) => {
    const { type: _, aggregateId: _id, commandId: _command, at: _at, by: _by, ...decision } = command
    const { rounds, offer, declined } = ticket.routing
    if (!needsAgent(ticket) || offer || decision.round !== rounds + 1) return nothing
    const stale = declined.some(
      ({ agentId, agentVersion }) => agentId === decision.agent.id && agentVersion >= decision.agentVersion,
    )
    return stale ? nothing : accept([eventFrom('TicketRouted', command, decision)])
  },

  confirmRouting: (command, { routing: { offer } }) =>
    offer?.round === command.round
      ? accept([eventFrom('TicketAssigned', command, { assignee: offer.agent, round: offer.round })])
      : nothing,

  declineRouting: (command, { routing: { offer } }) => {
    const { round, agentVersion, reason } = command
    return offer?.round === round
      ? accept([eventFrom('RoutingDeclined', command, { round, agent: offer.agent, agentVersion, reason })])
      : nothing
  },

  queue: (command, ticket) => {
    const { reason, policyVersion } = command
    const { offer, queued } = ticket.routing
    return !needsAgent(ticket) || offer || queued?.reason === reason
      ? nothing
      : accept([eventFrom('TicketQueued', command, { reason, policyVersion })])
  },

  /** A ticket that somebody assigned after the end of the shift stays with its agent: the assignment was deliberate. */
  handOver: (command, ticket, terms) => {
    const { from, crew, to, dueAt, statuses, priorities } = command
    const { assignee, chosenAt, status, priority } = ticket
    if (assignee?.id !== from || !statuses.includes(status) || !priorities.includes(priority)) return nothing
    if (chosenAt !== undefined && chosenAt >= dueAt) return nothing
    const briefing = briefingOf(command, ticket, terms)
    const handOver = { from: assignee, crew, to, reason: 'end_of_shift', dueAt, briefing } as const
    return accept([
      eventFrom('TicketHandedOver', command, handOver),
      eventFrom('TicketUnassigned', command, { from: assignee, reason: 'end of shift' }),
    ])
  },
}
