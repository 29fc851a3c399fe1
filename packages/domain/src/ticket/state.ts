import type { IdTrie } from '../kernel/id-trie.ts'
import { itemOf, withItem } from '../kernel/id-trie.ts'
import type { Instant } from '../kernel/time.ts'
import { latest } from '../kernel/time.ts'
import type { Channel, Priority } from '../kernel/values.ts'
import type { SupportLevel } from '../level.ts'
import type { Customer, Person } from '../person.ts'
import type { TicketEvent, TicketEventOf } from './events.ts'
import { answersTheCustomer, statusAfter } from './events.ts'
import type { AttachmentRecord, Attempts, Messages } from './messages.ts'
import {
  attachmentRecordOf,
  noAttempts,
  noMessages,
  withAttempt,
  withMessage,
  withoutAttempt,
  withRedacted,
} from './messages.ts'
import type { ServiceClocks } from './pauses.ts'
import type { Routing } from './routing.ts'
import { evolveRouting, neverRouted } from './routing.ts'
import { clocksAfter, clocksFrom } from './service-clocks.ts'
import type { CloseReason, PastEscalation, Relation, TicketStatus } from './vocabulary.ts'
import { briefingLimits, defaultPriority } from './vocabulary.ts'

/** A stream on which no ticket has been opened. */
export type Absent = {
  readonly status: 'absent'
  /** How many times the ticket was opened by an import that was undone; undefined for never. */
  readonly withdrawals?: number | undefined
}

/** The facts of a ticket that its rules need: its history, folded. Texts of messages stay in history. */
export type Ticket = {
  readonly status: TicketStatus
  readonly subject: string
  readonly customer: Customer
  readonly channel: Channel
  /** The chat that it was made of. */
  readonly chatId?: string | undefined
  /** The draft that it was opened from: whose it was, and its number among theirs. */
  readonly draft?: { readonly customerId: string; readonly number: number } | undefined
  readonly language: string
  readonly priority: Priority
  readonly category: string | undefined
  /** Whether somebody has set the priority: a classification does not change it then. */
  readonly priorityGiven: boolean
  /** Whether a classifier has classified it: this happens once. */
  readonly classified: boolean
  /** The customer's plan: one of the terms that select the SLA policy. */
  readonly plan: string | undefined
  /** The organisation of the customer when it was opened: another of these terms. */
  readonly organisationId?: string | undefined
  readonly assignee: Person | undefined
  /** When somebody chose the agent; undefined when routing did. */
  readonly chosenAt: Instant | undefined
  /** The ticket's present team. */
  readonly team: string | undefined
  /** The last escalation, while it lasts: it ends when the ticket is resolved or closed. */
  readonly escalation: { readonly team: string | undefined; readonly reason: string } | undefined
  /** The support level that works on it: 1 unless it was handed up. */
  readonly level: SupportLevel
  /** The earlier escalations, the latest last. */
  readonly escalations: readonly PastEscalation[]
  /** The desk's messages and notes on it, for the briefing of the next escalation. */
  readonly attempts: Attempts
  /** Whether it was recorded as a feature request, until it is reopened. */
  readonly featureRequested: boolean
  readonly tags: readonly string[]
  readonly watchers: readonly Person[]
  readonly links: readonly { readonly to: string; readonly relation: Relation }[]
  readonly attachments: readonly AttachmentRecord[]
  readonly messages: Messages
  /** The message that it was opened with. */
  readonly firstMessageId: string
  /** What is left of the subjects until an instant, which were removed; and whether it was renamed since. */
  readonly redactedSubject?: { readonly left: string; readonly at: Instant; readonly renamed?: true } | undefined
  readonly openedAt: Instant
  readonly updatedAt: Instant
  /** When the customer last wrote: the opening, a reply, or the question of a ticket that was merged into this one. */
  readonly lastCustomerReplyAt: Instant
  /** When a person of the desk last replied; automatic replies and reminders are no replies. */
  readonly lastAgentReplyAt: Instant | undefined
  /**
   * The oldest message of the customer since an agent last acted on the ticket: nobody is known to have read it. Whoever
   * closes the ticket ends this.
   */
  readonly unreadSince: Instant | undefined
  readonly firstRespondedAt: Instant | undefined
  /** How many times it has been resolved, and when it last was: history has each. */
  readonly resolutions: number
  readonly lastResolvedAt: Instant | undefined
  readonly reopenings: number
  /** How many times the desk has waited for the customer: the cycle of the chases. */
  readonly waits: number
  readonly waitingSince: Instant | undefined
  /** When each chase of this wait was really sent. */
  readonly chasedAt: readonly Instant[]
  readonly closed: { readonly at: Instant; readonly from: TicketStatus; readonly reason: CloseReason } | undefined
  /** How many times agent activity has started anew: the cycle of the stagnation alert. */
  readonly spells: number
  /** Since when no agent has worked on the ticket; it restarts when a ticket comes back to work. */
  readonly lastAgentActivityAt: Instant
  readonly stagnationReported: boolean
  /**
   * How many times the customer's silence from the desk has begun anew, which is the cycle of the alert to an urgent
   * ticket; and since when it lasts.
   */
  readonly silences: number
  readonly updateCountedFrom: Instant
  /** Since when the present agent has time for an update; undefined once they have been notified that it is overdue. */
  readonly updateAwaitedFrom: Instant | undefined
  /** Whether the customer of an urgent ticket should have received an update and has not since. */
  readonly updateOverdue: boolean
  /** The clocks of the desk's promises. */
  readonly clocks: ServiceClocks
  readonly mergedInto: string | undefined
  /** Since when its customer was waiting for an answer when it was merged, if they were. */
  readonly mergedWaitingSince: Instant | undefined
  readonly declinedMerges: DeclinedMerges
  /** The tickets that have been merged into this one. */
  readonly absorbed: readonly string[]
  /** The tickets that are being merged into this one: absorbed here, but not yet confirmed as merged there. */
  readonly absorbing: readonly string[]
  /** The messages that were split off as tickets of their own. */
  readonly splits: readonly { readonly messageId: string; readonly into: string }[]
  /** The ticket that its first message was split from. */
  readonly splitFrom?: string | undefined
  readonly routing: Routing
  /** As in `Absent`, when it was opened. */
  readonly withdrawals?: number | undefined
}

/** The state of a ticket; `absent` before it is opened. */
export type TicketState = Absent | Ticket

/**
 * The ticket after one more event. It never refuses: an event before the opening, or a second opening, is corrupt
 * history and leaves the ticket unchanged.
 */
export function evolveTicket(state: TicketState, event: TicketEvent): TicketState {
  if (event.type === 'TicketImportWithdrawn') return { status: 'absent', withdrawals: (state.withdrawals ?? 0) + 1 }
  if (state.status !== 'absent') return evolveOpened(state, event)
  return event.type === 'TicketOpened' ? { ...opened(event), withdrawals: state.withdrawals } : state
}

/** An opened ticket after one more event. */
export function evolveOpened(before: Ticket, event: TicketEvent): Ticket {
  if (event.type === 'TicketOpened' || event.type === 'TicketImportWithdrawn') return before
  const touched = isWork(event, before) ? { ...active(event.at, before), unreadSince: undefined } : undefined
  const status = statusAfter[event.type] ?? before.status
  const clocks = clocksAfter(before, event, status)
  const routing = evolveRouting(event, before.routing)
  return { ...before, ...touched, status, updatedAt: event.at, clocks, routing, ...changes(before, event) }
}

/**
 * Whether an agent works on the ticket. What is done later in the name of an agent, who need not have seen what was written
 * meanwhile, is none: removing content from view in messages that quote it, which answers nobody either, and the end of a
 * merge with all that comes along. That is what happens while the merge is under way.
 */
const isWork = ({ by, type }: TicketEvent, { absorbing }: Ticket): boolean =>
  by.kind === 'agent' && type !== 'TicketMessageRedacted' && !(absorbing.length > 0 && endsMerge.has(type))

const endsMerge: ReadonlySet<TicketEvent['type']> = new Set([
  'TicketReopened',
  'CustomerWaitEnded',
  'WatcherAdded',
  'TicketLinked',
  'AbsorptionCompleted',
  'AbsorptionReverted',
])

type Later = Exclude<TicketEvent, TicketEventOf<'TicketOpened' | 'TicketImportWithdrawn'>>

/** The fields that an event changes: only a part, so that the many fields of a ticket are copied once. */
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
      return {
        messages: withMessage(ticket.messages, event),
        lastCustomerReplyAt: event.at,
        unreadSince: ticket.unreadSince ?? event.at,
      }
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
    case 'CustomerChased':
      return { messages: withMessage(ticket.messages, event) }
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
        unreadSince: undefined,
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
      return {
        subject: event.to,
        ...(ticket.redactedSubject && { redactedSubject: { ...ticket.redactedSubject, renamed: true } }),
      }
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
      return { attachments: [...ticket.attachments, attachmentRecordOf(event)] }
    case 'TicketMessageRedacted':
      return {
        messages: withRedacted(ticket.messages, event),
        attempts: withoutAttempt(ticket.attempts, event.messageId),
        attachments: ticket.attachments.map((each) =>
          event.attachmentIds.includes(each.id) ? { ...each, redacted: true } : each,
        ),
        ...(event.subject !== undefined && {
          subject: event.subject,
          redactedSubject: { left: event.subject, at: event.at },
        }),
      }
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
        lastCustomerReplyAt: latest(ticket.lastCustomerReplyAt, event.waitingSince ?? ticket.lastCustomerReplyAt),
        ...(isUnreadBy(ticket, event) && { unreadSince: ticket.unreadSince ?? event.waitingSince }),
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

/** Whether a merge brings along a question that who has the ticket has not read: they did not merge it. */
const isUnreadBy = (
  { status, assignee }: Ticket,
  { waitingSince, by }: TicketEventOf<'AbsorptionCompleted'>,
): boolean =>
  waitingSince !== undefined &&
  status !== 'resolved' &&
  status !== 'closed' &&
  !(by.kind === 'agent' && by.id === assignee?.id)

function opened(event: TicketEventOf<'TicketOpened'>): Ticket {
  return {
    status: 'new',
    subject: event.subject,
    customer: event.customer,
    channel: event.channel,
    ...(event.chatId !== undefined && { chatId: event.chatId }),
    ...(event.draft && { draft: event.draft }),
    language: event.language,
    priority: event.priority,
    category: event.category,
    priorityGiven: event.priorityGiven ?? event.priority !== defaultPriority,
    classified: false,
    plan: event.plan,
    ...(event.organisationId !== undefined && { organisationId: event.organisationId }),
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
    firstMessageId: event.messageId,
    openedAt: event.at,
    updatedAt: event.at,
    lastCustomerReplyAt: event.splitFrom?.waitingSince ?? event.at,
    lastAgentReplyAt: undefined,
    unreadSince: event.by.kind === 'agent' ? undefined : event.at,
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

/** Work by an agent starts a new spell of activity; events of the engine and the customer do not. */
function active(at: Instant, { spells }: Ticket) {
  return { lastAgentActivityAt: at, stagnationReported: false, spells: spells + 1 }
}

function informed(at: Instant, before: Ticket) {
  return { ...updateCounted(at, before), firstRespondedAt: before.firstRespondedAt ?? at, lastAgentReplyAt: at }
}

function updateCounted(at: Instant, { silences }: Ticket) {
  return { updateCountedFrom: at, updateAwaitedFrom: at, silences: silences + 1, updateOverdue: false }
}

/**
 * An agent who was notified that an update is overdue no longer has the ticket: its new agent is notified in turn,
 * after they have had time.
 */
function inOtherHands(at: Instant, { silences, updateAwaitedFrom }: Ticket) {
  return updateAwaitedFrom === undefined ? { updateAwaitedFrom: at, silences: silences + 1 } : {}
}

/** A ticket that has left its former status for work or for its end: waits end, and the clocks restart. */
function clocksAnew(at: Instant, before: Ticket) {
  return { waitingSince: undefined, chasedAt: [], ...active(at, before), ...updateCounted(at, before) }
}

/** The merges that a ticket has ruled out for good, by their command ids, with the reason of each. */
type DeclinedMerges = IdTrie<{ readonly id: string; readonly reason: string }>

const noDeclinedMerges: DeclinedMerges = {}

/** The declined merges with one more. */
const withDeclined = (
  declined: DeclinedMerges,
  { merge, reason }: { readonly merge: string; readonly reason: string },
): DeclinedMerges => withItem(declined, { id: merge, reason })

/** Why a merge was ruled out, if it was. */
export const reasonOfDecline = (declined: DeclinedMerges, merge: string): string | undefined =>
  itemOf(declined, merge)?.reason
