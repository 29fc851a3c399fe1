import type { Instant } from '../kernel/instant.ts'
import { knownAttachment } from './attachments.ts'
import type { TicketEvent, TicketEventOf } from './events.ts'
import { answersTheCustomer } from './events.ts'
import { noMessages, withMessage } from './messages.ts'
import type { Ticket, TicketState } from './state.ts'

/**
 * The ticket after one more event. It never refuses: an event before the opening, or a second opening, is corrupt history
 * and leaves the ticket as it is.
 */
export function evolveTicket(state: TicketState, event: TicketEvent): TicketState {
  if (state.status !== 'absent') return evolveOpened(state, event)
  return event.type === 'TicketOpened' ? opened(event) : state
}

/** A ticket that has been opened, after one more event. */
export function evolveOpened(before: Ticket, event: TicketEvent): Ticket {
  const ticket = { ...before, ...(event.by.kind === 'agent' && active(event.at, before)), updatedAt: event.at }
  switch (event.type) {
    case 'TicketOpened':
      return before
    case 'TicketStarted':
      return { ...ticket, ...active(event.at, before), status: 'in_progress' }
    case 'AgentReplied':
      return {
        ...ticket,
        ...(answersTheCustomer(event) && informed(event.at, before)),
        messages: withMessage(ticket.messages, event),
      }
    case 'CustomerReplied':
      return { ...ticket, messages: withMessage(ticket.messages, event) }
    case 'InternalNoteAdded':
      return {
        ...ticket,
        messages: withMessage(ticket.messages, event),
      }
    case 'CustomerWaitStarted':
      return { ...ticket, status: 'waiting_customer', waitingSince: event.at, chasedAt: [], waits: ticket.waits + 1 }
    case 'CustomerWaitEnded':
      return { ...ticket, ...clocksAnew(event.at, before), status: 'in_progress' }
    case 'ChaseSent':
      return {
        ...ticket,
        chasedAt: [...ticket.chasedAt, event.at],
        messages: withMessage(ticket.messages, event),
      }
    case 'TicketResolved':
      return {
        ...ticket,
        ...clocksAnew(event.at, before),
        status: 'resolved',
        escalation: undefined,
        resolutions: [...ticket.resolutions, event.at],
      }
    case 'TicketReopened':
      return {
        ...ticket,
        ...clocksAnew(event.at, before),
        status: 'in_progress',
        reopenings: [...ticket.reopenings, event.at],
        closed: undefined,
      }
    case 'TicketClosed':
      return {
        ...ticket,
        ...clocksAnew(event.at, before),
        status: 'closed',
        escalation: undefined,
        closed: { at: event.at, from: event.from, reason: event.reason },
        messages: event.message ? withMessage(ticket.messages, { ...event, ...event.message }) : ticket.messages,
      }
    case 'PriorityChanged':
      return { ...ticket, ...updateCounted(event.at, before), priority: event.to }
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
      return {
        ...ticket,
        attachments: [...ticket.attachments, knownAttachment(event)],
      }
    case 'WatcherAdded':
      return { ...ticket, watchers: [...ticket.watchers, event.watcher] }
    case 'WatcherRemoved':
      return { ...ticket, watchers: ticket.watchers.filter(({ id }) => id !== event.watcher.id) }
    case 'TicketMerged':
      return { ...ticket, mergedInto: event.into }
    case 'TicketAbsorbed':
      return { ...ticket, absorbing: [...ticket.absorbing, event.source] }
    case 'AbsorptionCompleted':
      return {
        ...ticket,
        absorbing: ticket.absorbing.filter((source) => source !== event.source),
        absorbed: [...ticket.absorbed, event.source],
      }
    case 'AbsorptionReverted':
      return { ...ticket, absorbing: ticket.absorbing.filter((source) => source !== event.source) }
    case 'MergeDeclined':
      return { ...ticket, declinedMerges: [...ticket.declinedMerges, { merge: event.merge, reason: event.reason }] }
    case 'TicketLinked':
      return { ...ticket, links: [...ticket.links, { to: event.to, relation: event.relation }] }
    case 'TicketUnlinked':
      return {
        ...ticket,
        links: ticket.links.filter((link) => link.to !== event.to || link.relation !== event.relation),
      }
    case 'TicketEscalated':
      return { ...ticket, team: event.team, escalation: { team: event.team, reason: event.reason } }
    case 'StagnationDetected':
      return { ...ticket, stagnationReported: true }
    case 'UpdateOverdue':
      return { ...ticket, ...updateCounted(event.at, before) }
  }
}

function opened(event: TicketEventOf<'TicketOpened'>): Ticket {
  return {
    status: 'new',
    subject: event.subject,
    customer: event.customer,
    channel: event.channel,
    language: event.language,
    priority: event.priority,
    category: event.category,
    assignee: undefined,
    team: undefined,
    escalation: undefined,
    tags: event.tags,
    watchers: [],
    links: [],
    attachments: [],
    messages: withMessage(noMessages, event),
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
    declinedMerges: [],
    absorbed: [],
    absorbing: [],
  }
}

/** Work by an agent starts a new spell of activity; the engine's own events and the customer's do not. */
function active(at: Instant, { spells }: Ticket) {
  return { lastAgentActivityAt: at, stagnationReported: false, spells: spells + 1 }
}

function informed(at: Instant, before: Ticket) {
  return { ...updateCounted(at, before), firstRespondedAt: before.firstRespondedAt ?? at }
}

function updateCounted(at: Instant, { updates }: Ticket) {
  return { updateCountedFrom: at, updates: updates + 1 }
}

/** A ticket that has left its former status for work or for its end: no wait goes on, and the clocks count anew. */
function clocksAnew(at: Instant, before: Ticket) {
  return { waitingSince: undefined, chasedAt: [], ...active(at, before), ...updateCounted(at, before) }
}
