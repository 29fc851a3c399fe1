import type { Instant } from '../kernel/time.ts'
import type { TicketEvent, TicketEventOf } from './events.ts'
import { answersTheCustomer, statusAfter } from './events.ts'
import { knownAttachment, noAttempts, noMessages, withAttempt, withMessage } from './messages.ts'
import { clocksAfter, clocksFrom } from './service-clocks.ts'
import type { Ticket, TicketState } from './state.ts'
import { evolveRouting, neverRouted, noDeclinedMerges, withDeclined } from './state.ts'
import { briefingLimits, defaultPriority } from './vocabulary.ts'

/**
 * The ticket after one more event. It never refuses: an event before the opening, or a second opening, is corrupt history
 * and leaves the ticket as it is.
 */
export function evolveTicket(state: TicketState, event: TicketEvent): TicketState {
  if (event.type === 'TicketImportWithdrawn') return { status: 'absent', withdrawals: (state.withdrawals ?? 0) + 1 }
  if (state.status !== 'absent') return evolveOpened(state, event)
  return event.type === 'TicketOpened' ? { ...opened(event), withdrawals: state.withdrawals } : state
}

/** A ticket that has been opened, after one more event. */
export function evolveOpened(before: Ticket, event: TicketEvent): Ticket {
  if (event.type === 'TicketOpened' || event.type === 'TicketImportWithdrawn') return before
  const touched = event.by.kind === 'agent' ? active(event.at, before) : undefined
  const status = statusAfter[event.type] ?? before.status
  const clocks = clocksAfter(before, event, status)
  const routing = evolveRouting(event, before.routing)
  return { ...before, ...touched, status, updatedAt: event.at, clocks, routing, ...changes(before, event) }
}

type Later = Exclude<TicketEvent, TicketEventOf<'TicketOpened' | 'TicketImportWithdrawn'>>

/** What an event changes besides: a part only, so that the many fields of a ticket are copied once. */
function changes(ticket: Ticket, event: Later): Partial<Ticket> {
  switch (event.type) {
    case 'TicketStarted':
      return active(event.at, ticket)
    case 'AgentReplied':
      return {
        ...(answersTheCustomer(event) && informed(event.at, ticket)),
        messages: withMessage(ticket.messages, event),
        attempts: withAttempt(ticket.attempts, event),
      }
    case 'CustomerReplied':
      return { messages: withMessage(ticket.messages, event) }
    case 'UpdateRelayed':
    case 'ClocksResumed':
      return updateCounted(event.at, ticket)
    case 'InternalNoteAdded':
      return { messages: withMessage(ticket.messages, event), attempts: withAttempt(ticket.attempts, event) }
    case 'CustomerWaitStarted':
      return { waitingSince: event.at, chasedAt: [], waits: ticket.waits + 1, updateOverdue: false }
    case 'CustomerWaitEnded':
      return clocksAnew(event.at, ticket)
    case 'ChaseSent':
      return {
        chasedAt: [...ticket.chasedAt, event.at],
        messages: withMessage(ticket.messages, event),
      }
    case 'TicketResolved':
      return {
        ...clocksAnew(event.at, ticket),
        escalation: undefined,
        resolutions: ticket.resolutions + 1,
        lastResolvedAt: event.at,
      }
    case 'TicketReopened':
      return {
        ...clocksAnew(event.at, ticket),
        reopenings: ticket.reopenings + 1,
        closed: undefined,
        featureRequested: false,
      }
    case 'TicketClosed':
      return {
        ...clocksAnew(event.at, ticket),
        escalation: undefined,
        closed: { at: event.at, from: event.from, reason: event.reason },
        messages: event.message ? withMessage(ticket.messages, { ...event, ...event.message }) : ticket.messages,
      }
    case 'PriorityChanged':
      return { ...updateCounted(event.at, ticket), priority: event.to, priorityGiven: true }
    case 'TicketAssigned':
      return {
        ...inOtherHands(event.at, ticket),
        assignee: event.assignee,
        chosenAt: event.round === undefined ? event.at : undefined,
      }
    case 'TicketUnassigned':
      return { ...inOtherHands(event.at, ticket), assignee: undefined, chosenAt: undefined }
    case 'TicketTagged':
      return { tags: [...ticket.tags, event.tag] }
    case 'TicketUntagged':
      return { tags: ticket.tags.filter((tag) => tag !== event.tag) }
    case 'TicketRenamed':
      return { subject: event.to }
    case 'TicketCategorized':
      return { category: event.to }
    case 'TicketClassified':
      return {
        classified: true,
        ...(event.category !== undefined && { category: event.category }),
        ...(event.priority !== undefined && { ...updateCounted(event.at, ticket), priority: event.priority }),
        tags: [...ticket.tags, ...event.tags],
      }
    case 'AttachmentAdded':
      return { attachments: [...ticket.attachments, knownAttachment(event)] }
    case 'WatcherAdded':
      return { watchers: [...ticket.watchers, event.watcher] }
    case 'WatcherRemoved':
      return { watchers: ticket.watchers.filter(({ id }) => id !== event.watcher.id) }
    case 'TicketMerged':
      return { mergedInto: event.into, mergedWaitingSince: event.waitingSince }
    case 'TicketAbsorbed':
      return { absorbing: [...ticket.absorbing, event.source] }
    case 'AbsorptionCompleted':
      return {
        absorbing: ticket.absorbing.filter((source) => source !== event.source),
        absorbed: [...ticket.absorbed, event.source],
      }
    case 'AbsorptionReverted':
      return { absorbing: ticket.absorbing.filter((source) => source !== event.source) }
    case 'MergeDeclined':
      return { declinedMerges: withDeclined(ticket.declinedMerges, event) }
    case 'TicketLinked':
      return { links: [...ticket.links, { to: event.to, relation: event.relation }] }
    case 'TicketUnlinked':
      return {
        links: ticket.links.filter((link) => link.to !== event.to || link.relation !== event.relation),
      }
    case 'TicketEscalated':
      return escalatedTo(ticket, event)
    case 'TicketDeescalated':
      return { level: event.level, team: event.team, escalation: undefined }
    case 'FeatureRequestNoted':
      return { team: event.team, featureRequested: true }
    case 'TicketSplit':
      return { splits: [...ticket.splits, { messageId: event.messageId, into: event.into }] }
    case 'PlanChanged':
      return { plan: event.to }
    case 'ClocksPaused':
    case 'TargetMet':
    case 'TargetWarned':
    case 'TargetBreached':
      return {}
    case 'StagnationDetected':
      return { stagnationReported: true }
    case 'UpdateOverdue':
      return { updateOverdue: true, updateAwaitedFrom: undefined }
    case 'TicketRouted':
    case 'RoutingDeclined':
    case 'TicketQueued':
    case 'TicketHandedOver':
      return {}
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
    priorityGiven: event.priorityGiven ?? event.priority !== defaultPriority,
    classified: false,
    plan: event.plan,
    assignee: undefined,
    chosenAt: undefined,
    team: undefined,
    escalation: undefined,
    level: 1,
    escalations: [],
    attempts: noAttempts,
    featureRequested: false,
    tags: event.tags,
    watchers: [],
    links: [],
    attachments: [],
    messages: withMessage(noMessages, event),
    openedAt: event.at,
    updatedAt: event.at,
    firstRespondedAt: undefined,
    resolutions: 0,
    lastResolvedAt: undefined,
    reopenings: 0,
    waits: 0,
    waitingSince: undefined,
    chasedAt: [],
    closed: undefined,
    spells: 0,
    lastAgentActivityAt: event.at,
    stagnationReported: false,
    silences: 0,
    updateCountedFrom: event.at,
    updateAwaitedFrom: event.at,
    updateOverdue: false,
    clocks: clocksFrom(event),
    mergedInto: undefined,
    mergedWaitingSince: undefined,
    declinedMerges: noDeclinedMerges,
    absorbed: [],
    absorbing: [],
    splits: [],
    ...(event.splitFrom && { splitFrom: event.splitFrom.ticketId }),
    routing: neverRouted,
  }
}

function escalatedTo(
  { level: before, escalations }: Ticket,
  { at, by, team, reason, level = before }: TicketEventOf<'TicketEscalated'>,
): Partial<Ticket> {
  const past = { at, by, ...(team !== undefined && { team }), level, reason }
  return {
    team,
    level,
    escalation: { team, reason },
    escalations: [...escalations, past].slice(-briefingLimits.earlier),
  }
}

/** Work by an agent starts a new spell of activity; the engine's own events and the customer's do not. */
function active(at: Instant, { spells }: Ticket) {
  return { lastAgentActivityAt: at, stagnationReported: false, spells: spells + 1 }
}

function informed(at: Instant, before: Ticket) {
  return { ...updateCounted(at, before), firstRespondedAt: before.firstRespondedAt ?? at }
}

function updateCounted(at: Instant, { silences }: Ticket) {
  return { updateCountedFrom: at, updateAwaitedFrom: at, silences: silences + 1, updateOverdue: false }
}

/** Who was told that an update is overdue has the ticket no more: whoever has it now is told in turn, when they have had time. */
function inOtherHands(at: Instant, { silences, updateAwaitedFrom }: Ticket) {
  return updateAwaitedFrom === undefined ? { updateAwaitedFrom: at, silences: silences + 1 } : {}
}

/** A ticket that has left its former status for work or for its end: no wait goes on, and the clocks count anew. */
function clocksAnew(at: Instant, before: Ticket) {
  return { waitingSince: undefined, chasedAt: [], ...active(at, before), ...updateCounted(at, before) }
}
