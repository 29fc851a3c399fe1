import type { Instant } from '../kernel/time.ts'
import type { Person } from '../person.ts'
import type { TicketEvent } from './events.ts'
import type { TicketStatus } from './vocabulary.ts'

/** An offer of a ticket to an agent, neither taken nor declined yet. */
export type Offer = { readonly round: number; readonly agent: Person; readonly at: Instant }

/** The agent who could not take the ticket, and the version of their stream then. */
export type Decline = { readonly agentId: string; readonly agentVersion: number; readonly reason: string }

/** The routing state of a ticket. */
export type Routing = {
  /** How many rounds there have been. */
  readonly rounds: number
  readonly offer: Offer | undefined
  /** The last decline of each agent, until the ticket has an agent. */
  readonly declined: readonly Decline[]
  /** Why nobody can take the ticket, and since when that is known, until it has an agent. */
  readonly queued: { readonly reason: string; readonly at: Instant } | undefined
  /**
   * Whether the agent has it even without a free place: somebody decided so, or the agent's conversation continues;
   * undefined until it has had an agent.
   */
  readonly forced?: boolean
}

/** The routing of a ticket before its first round. */
export const neverRouted: Routing = { rounds: 0, offer: undefined, declined: [], queued: undefined }

/**
 * A routing after one more event of its ticket: it restarts with an event that gives the ticket an agent, ends its need
 * of one, or requires one of another level.
 */
export function evolveRouting(event: TicketEvent, routing: Routing): Routing {
  switch (event.type) {
    case 'TicketRouted': {
      const { round, agent, at } = event
      return { ...routing, rounds: round, offer: { round, agent, at } }
    }
    case 'RoutingDeclined': {
      const { agentVersion, reason } = event
      const agentId = event.agent.id
      const others = routing.declined.filter((decline) => decline.agentId !== agentId)
      return { ...routing, offer: undefined, declined: [...others, { agentId, agentVersion, reason }] }
    }
    case 'TicketQueued':
      return { ...routing, queued: { reason: event.reason, at: event.at } }
    case 'TicketEscalated':
      return (event.level ?? 1) > (event.fromLevel ?? 1) ? begunAnew(routing) : routing
    case 'TicketAssigned':
      return { ...begunAnew(routing), forced: event.round === undefined }
    case 'TicketReopened':
      return { ...begunAnew(routing), forced: event.by.kind === 'agent' && event.reason !== 'merge' }
    case 'CustomerWaitEnded':
      return routing.forced === false ? { ...routing, forced: true } : routing
    case 'TicketDeescalated':
    case 'TicketUnassigned':
    case 'TicketResolved':
    case 'TicketClosed':
      return begunAnew(routing)
    default:
      return routing
  }
}

const begunAnew = ({ rounds, queued }: Routing): Routing =>
  rounds === 0 && !queued ? neverRouted : { ...neverRouted, rounds }

/** Whether a ticket needs an agent: it is open for work, and nobody has it. */
export const needsAgent = (ticket: {
  readonly status: TicketStatus | 'absent'
  readonly assignee?: Person | undefined
}): boolean => (ticket.status === 'new' || ticket.status === 'in_progress') && ticket.assignee === undefined
