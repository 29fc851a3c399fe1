import type { IdTrie } from '../kernel/id-trie.ts'
import { itemOf, withItem } from '../kernel/id-trie.ts'
import type { Instant } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import type { SupportLevel } from '../level.ts'
import type { TicketEvent } from './events.ts'
import type { Attempts, KnownAttachment, Messages } from './messages.ts'
import type { ServiceClocks } from './pauses.ts'
import type { Channel, CloseReason, Customer, PastEscalation, Person, Relation, TicketStatus } from './vocabulary.ts'

/** A stream that no ticket has been opened on. */
export type Absent = {
  readonly status: 'absent'
  /** How often the ticket has come in with an import that was taken back; undefined for never. */
  readonly withdrawals?: number | undefined
}

/** What the rules need to know of a ticket: its history, folded. Texts of messages stay in history. */
export type Ticket = {
  readonly status: TicketStatus
  readonly subject: string
  readonly customer: Customer
  readonly channel: Channel
  readonly language: string
  readonly priority: Priority
  readonly category: string | undefined
  /** Whether somebody has said how pressing it is: no classification changes that. */
  readonly priorityGiven: boolean
  /** Whether a classifier has said what it is about: it is asked once. */
  readonly classified: boolean
  /** The customer's plan: one of the terms that the SLA policy is chosen by. */
  readonly plan: string | undefined
  readonly assignee: Person | undefined
  /** When somebody chose the agent; undefined where routing did. */
  readonly chosenAt: Instant | undefined
  /** The team that the ticket is with. */
  readonly team: string | undefined
  /** The last escalation, while it goes on: it ends when the ticket is resolved or closed. */
  readonly escalation: { readonly team: string | undefined; readonly reason: string } | undefined
  /** The support level that it is worked on at: 1 unless it was handed up. */
  readonly level: SupportLevel
  /** Who was called before, the latest last. */
  readonly escalations: readonly PastEscalation[]
  /** What the desk has said on it, for whoever is called next. */
  readonly attempts: Attempts
  /** Whether it was noted as a wish, until it is reopened. */
  readonly featureRequested: boolean
  readonly tags: readonly string[]
  readonly watchers: readonly Person[]
  readonly links: readonly { readonly to: string; readonly relation: Relation }[]
  readonly attachments: readonly KnownAttachment[]
  readonly messages: Messages
  readonly openedAt: Instant
  readonly updatedAt: Instant
  readonly firstRespondedAt: Instant | undefined
  /** How often it has been resolved, and when it last was: history knows of each. */
  readonly resolutions: number
  readonly lastResolvedAt: Instant | undefined
  readonly reopenings: number
  /** How often the desk has waited for the customer: the cycle of the chases. */
  readonly waits: number
  readonly waitingSince: Instant | undefined
  /** When each chase of this wait was really sent. */
  readonly chasedAt: readonly Instant[]
  readonly closed: { readonly at: Instant; readonly from: TicketStatus; readonly reason: CloseReason } | undefined
  /** How often agent activity has started anew: the cycle of the stagnation alert. */
  readonly spells: number
  /** Since when nobody at the desk has touched the ticket; a ticket that comes back to work counts anew. */
  readonly lastAgentActivityAt: Instant
  readonly stagnationReported: boolean
  /** How often the customer's silence from the desk has begun anew: the cycle of the alert to an urgent ticket; and since when it lasts. */
  readonly silences: number
  readonly updateCountedFrom: Instant
  /** Since when whoever has the ticket has time for it; undefined once they have been told that it is overdue. */
  readonly updateAwaitedFrom: Instant | undefined
  /** Whether the customer of an urgent ticket should have heard from the desk and has not since. */
  readonly updateOverdue: boolean
  /** The clocks of what the desk has promised. */
  readonly clocks: ServiceClocks
  readonly mergedInto: string | undefined
  /** Since when its customer waited for an answer when it was merged, if they did. */
  readonly mergedWaitingSince: Instant | undefined
  readonly declinedMerges: DeclinedMerges
  /** The tickets that have been merged into this one. */
  readonly absorbed: readonly string[]
  /** The tickets that are being merged into this one: absorbed here, not known to be merged there. */
  readonly absorbing: readonly string[]
  /** The messages that go on as tickets of their own. */
  readonly splits: readonly { readonly messageId: string; readonly into: string }[]
  /** The ticket that its first message was split off. */
  readonly splitFrom?: string | undefined
  readonly routing: Routing
  /** As in `Absent`, when it was opened. */
  readonly withdrawals?: number | undefined
}

export type TicketState = Absent | Ticket

/** A ticket on its way to an agent: offered, and neither taken nor declined yet. */
export type Offer = { readonly round: number; readonly agent: Person; readonly at: Instant }

/** Who could not take the ticket, at which version of their stream. */
export type Decline = { readonly agentId: string; readonly agentVersion: number; readonly reason: string }

/** How a ticket finds its agent. */
export type Routing = {
  /** How many rounds there have been. */
  readonly rounds: number
  readonly offer: Offer | undefined
  /** The last decline of each agent, until the ticket has an agent. */
  readonly declined: readonly Decline[]
  /** Why nobody can take the ticket, and since when that is known, until it has an agent. */
  readonly queued: { readonly reason: string; readonly at: Instant } | undefined
  /**
   * Whether it is theirs who have it with a place or without: somebody has decided so, or their conversation goes on. What was folded
   * before this was asked says nothing.
   */
  readonly forced?: boolean
}

export const neverRouted: Routing = { rounds: 0, offer: undefined, declined: [], queued: undefined }

/**
 * A routing after one more event of its ticket: whatever gives it an agent, ends its need of one, or asks for one of another level
 * begins anew. Rows of read
 * models that are older than routing have none.
 */
export function evolveRouting(event: TicketEvent, routing: Routing = neverRouted): Routing {
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
      return { ...begunAnew(routing), forced: event.by.kind === 'agent' }
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

/** Whether a ticket is to be given to an agent: it is to be worked on, and nobody has it. */
export const needsAgent = (ticket: {
  readonly status: TicketStatus | 'absent'
  readonly assignee?: Person | undefined
}): boolean => (ticket.status === 'new' || ticket.status === 'in_progress') && ticket.assignee === undefined

/** The merges that a ticket has ruled out for good, by their command ids, with the reason of each. */
type DeclinedMerges = IdTrie<{ readonly id: string; readonly reason: string }>

export const noDeclinedMerges: DeclinedMerges = {}

/** The declined merges and one more. */
export const withDeclined = (
  declined: DeclinedMerges,
  { merge, reason }: { readonly merge: string; readonly reason: string },
): DeclinedMerges => withItem(declined, { id: merge, reason })

/** Why a merge was ruled out, if it was. */
export const reasonOfDecline = (declined: DeclinedMerges, merge: string): string | undefined =>
  itemOf(declined, merge)?.reason
