import { accept } from '../kernel/result.ts'
import type { Decision, Rules } from './rule.ts'
import { happened } from './rule.ts'
import { needsAgent } from './routing.ts'
import { briefingOf } from './write-briefing.ts'

const nothing: Decision = accept([])

/**
 * The rules of a ticket on its way to an agent. Whoever comes second does nothing: each round is decided once, by the
 * ticket's own stream, and ends once, taken or declined. An agent who could not take the ticket is not offered it again
 * on knowledge that is no younger.
 */
export const decideRouting: Rules<'route' | 'confirmRouting' | 'declineRouting' | 'queue' | 'handOver'> = {
  route: (command, ticket) => {
    const { type: _, aggregateId: _id, commandId: _command, at: _at, by: _by, ...decision } = command
    const { rounds, offer, declined } = ticket.routing
    if (!needsAgent(ticket) || offer || decision.round !== rounds + 1) return nothing
    const stale = declined.some(
      ({ agentId, agentVersion }) => agentId === decision.agent.id && agentVersion >= decision.agentVersion,
    )
    return stale ? nothing : accept([happened('TicketRouted', command, decision)])
  },

  confirmRouting: (command, { routing: { offer } }) =>
    offer?.round === command.round
      ? accept([happened('TicketAssigned', command, { assignee: offer.agent, round: offer.round })])
      : nothing,

  declineRouting: (command, { routing: { offer } }) => {
    const { round, agentVersion, reason } = command
    return offer?.round === round
      ? accept([happened('RoutingDeclined', command, { round, agent: offer.agent, agentVersion, reason })])
      : nothing
  },

  queue: (command, ticket) => {
    const { reason, policyVersion } = command
    const { offer, queued } = ticket.routing
    return !needsAgent(ticket) || offer || queued
      ? nothing
      : accept([happened('TicketQueued', command, { reason, policyVersion })])
  },

  /** Whom somebody chose since the shift ended keeps the ticket: they decided so. */
  handOver: (command, ticket, terms) => {
    const { from, crew, to, dueAt, statuses, priorities } = command
    const { assignee, chosenAt, status, priority } = ticket
    if (assignee?.id !== from || !statuses.includes(status) || !priorities.includes(priority)) return nothing
    if (chosenAt !== undefined && chosenAt >= dueAt) return nothing
    const briefing = briefingOf(command, ticket, terms)
    const told = { from: assignee, crew, to, reason: 'end_of_shift', dueAt, briefing } as const
    return accept([
      happened('TicketHandedOver', command, told),
      happened('TicketUnassigned', command, { from: assignee, reason: 'end of shift' }),
    ])
  },
}
