import type { Instant } from '../kernel/instant.ts'
import type { TicketEvent } from './events.ts'
import type { CloseReason, Customer, Person, Priority, Relation, TicketStatus } from './vocabulary.ts'

/** A stream that no ticket has been opened on. */
export type Absent = { readonly status: 'absent' }

/** What the rules need to know of a ticket: its history, folded. Texts of messages stay in history. */
export type Ticket = {
  readonly status: TicketStatus
  readonly subject: string
  readonly customer: Customer
  readonly language: string
  readonly priority: Priority
  readonly category: string | undefined
  readonly assignee: Person | undefined
  readonly team: string | undefined
  readonly tags: readonly string[]
  readonly watchers: readonly Person[]
  readonly links: readonly { readonly to: string; readonly relation: Relation }[]
  readonly attachmentIds: readonly string[]
  readonly messageIds: readonly string[]
  readonly openedAt: Instant
  readonly updatedAt: Instant
  readonly firstRespondedAt: Instant | undefined
  readonly resolutions: readonly Instant[]
  readonly reopenings: readonly Instant[]
  /** How often the desk has waited for the customer: the cycle of the chases. */
  readonly waits: number
  readonly waitingSince: Instant | undefined
  /** When each chase of this wait was really sent. */
  readonly chasedAt: readonly Instant[]
  readonly closed: { readonly at: Instant; readonly reason: CloseReason } | undefined
  /** How often agent activity has started anew: the cycle of the stagnation alert. */
  readonly spells: number
  readonly lastAgentActivityAt: Instant
  readonly stagnationReported: boolean
  /** How often the time to the next update of an urgent ticket has started anew, and since when it runs. */
  readonly updates: number
  readonly updateCountedFrom: Instant
  readonly mergedInto: string | undefined
  readonly absorbed: readonly string[]
}

export type TicketState = Absent | Ticket

/** The ticket after one more event. Corrupt history (an event before the opening) leaves the state as it is. */
export function evolveTicket(state: TicketState, event: TicketEvent): TicketState {
  if (event.type === 'TicketOpened') return opened(event)
  if (state.status === 'absent') return state
  const ticket = { ...state, ...activity(state, event), updatedAt: event.at }
  switch (event.type) {
    case 'TicketStarted':
      return { ...ticket, status: 'in_progress' }
    case 'AgentReplied':
      return {
        ...ticket,
        messageIds: [...ticket.messageIds, event.messageId],
        ...updated(event.at, ticket),
        firstRespondedAt: ticket.firstRespondedAt ?? event.at,
      }
    case 'CustomerReplied':
    case 'InternalNoteAdded':
      return { ...ticket, messageIds: [...ticket.messageIds, event.messageId] }
    case 'CustomerWaitStarted':
      return { ...ticket, status: 'waiting_customer', waitingSince: event.at, chasedAt: [], waits: ticket.waits + 1 }
    case 'CustomerWaitEnded':
      return { ...ticket, ...working(event.at, ticket), status: 'in_progress' }
    case 'ChaseSent':
      return {
        ...ticket,
        chasedAt: [...ticket.chasedAt, event.at],
        messageIds: [...ticket.messageIds, event.messageId],
      }
    case 'TicketResolved':
      return {
        ...ticket,
        ...working(event.at, ticket),
        status: 'resolved',
        resolutions: [...ticket.resolutions, event.at],
      }
    case 'TicketReopened':
      return {
        ...ticket,
        ...working(event.at, ticket),
        status: 'in_progress',
        reopenings: [...ticket.reopenings, event.at],
        closed: undefined,
      }
    case 'TicketClosed':
      return {
        ...ticket,
        ...working(event.at, ticket),
        status: 'closed',
        closed: { at: event.at, reason: event.reason },
        messageIds: event.message ? [...ticket.messageIds, event.message.messageId] : ticket.messageIds,
      }
    case 'PriorityChanged':
      return { ...ticket, ...updated(event.at, ticket), priority: event.to }
    case 'TicketAssigned':
      return { ...ticket, assignee: event.assignee }
    case 'TicketUnassigned':
      return { ...ticket, assignee: undefined }
    case 'TicketTagged':
      return { ...ticket, tags: [...ticket.tags, event.tag] }
    case 'TicketUntagged':
      return { ...ticket, tags: ticket.tags.filter((tag) => tag !== event.tag) }
    case 'TicketRenamed':
      return { ...ticket, subject: event.to }
    case 'TicketCategorized':
      return { ...ticket, category: event.to }
    case 'AttachmentAdded':
      return { ...ticket, attachmentIds: [...ticket.attachmentIds, event.attachmentId] }
    case 'WatcherAdded':
      return { ...ticket, watchers: [...ticket.watchers, event.watcher] }
    case 'WatcherRemoved':
      return { ...ticket, watchers: ticket.watchers.filter(({ id }) => id !== event.watcher.id) }
    case 'TicketMerged':
      return { ...ticket, mergedInto: event.into }
    case 'TicketAbsorbed':
      return { ...ticket, absorbed: [...ticket.absorbed, event.source] }
    case 'AbsorptionReverted':
      return { ...ticket, absorbed: ticket.absorbed.filter((source) => source !== event.source) }
    case 'TicketLinked':
      return { ...ticket, links: [...ticket.links, { to: event.to, relation: event.relation }] }
    case 'TicketUnlinked':
      return {
        ...ticket,
        links: ticket.links.filter((link) => link.to !== event.to || link.relation !== event.relation),
      }
    case 'TicketEscalated':
      return { ...ticket, team: event.team }
    case 'StagnationDetected':
      return { ...ticket, stagnationReported: true }
    case 'UpdateOverdue':
      return { ...ticket, ...updated(event.at, ticket) }
  }
}

function opened(event: Extract<TicketEvent, { type: 'TicketOpened' }>): Ticket {
  return {
    status: 'new',
    subject: event.subject,
    customer: event.customer,
    language: event.language,
    priority: event.priority,
    category: event.category,
    assignee: undefined,
    team: undefined,
    tags: event.tags,
    watchers: [],
    links: [],
    attachmentIds: [],
    messageIds: [event.messageId],
    openedAt: event.at,
    updatedAt: event.at,
    firstRespondedAt: undefined,
    resolutions: [],
    reopenings: [],
    waits: 0,
    waitingSince: undefined,
    chasedAt: [],
    closed: undefined,
    spells: 0,
    lastAgentActivityAt: event.at,
    stagnationReported: false,
    updates: 0,
    updateCountedFrom: event.at,
    mergedInto: undefined,
    absorbed: [],
  }
}

/** Work by an agent starts a new spell of activity; the engine's own events and the customer's do not. */
function activity(ticket: Ticket, event: TicketEvent): Partial<Ticket> {
  return event.by.kind === 'agent' ? active(event.at, ticket) : {}
}

function active(at: Instant, ticket: Ticket): Partial<Ticket> {
  return { lastAgentActivityAt: at, stagnationReported: false, spells: ticket.spells + 1 }
}

function updated(at: Instant, ticket: Ticket): Partial<Ticket> {
  return { updateCountedFrom: at, updates: ticket.updates + 1 }
}

/** A ticket that has left its former status for work or for its end: no wait goes on, and the clocks count anew. */
function working(at: Instant, ticket: Ticket): Partial<Ticket> {
  return { waitingSince: undefined, chasedAt: [], ...active(at, ticket), ...updated(at, ticket) }
}
