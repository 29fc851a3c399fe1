import type { WorkChannel } from '../agent/commands.ts'
import { importIdOf } from '../history-import.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import { priorities } from '../kernel/values.ts'
import type { SupportLevel } from '../level.ts'
import type { Person } from '../person.ts'
import type { Crew } from '../shift/plan.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { statusAfter } from '../ticket/events.ts'
import type { Offer, Routing } from '../ticket/routing.ts'
import { evolveRouting, needsAgent, neverRouted } from '../ticket/routing.ts'
import type { TicketStatus } from '../ticket/vocabulary.ts'

/** The facts of a ticket that routing needs: its history, folded. */
export type WorkItem = {
  readonly id: string
  readonly version: number
  readonly status: TicketStatus
  readonly priority: Priority
  readonly category: string | undefined
  /** Whether a classifier has classified it. */
  readonly classified: boolean
  readonly language: string
  /** The support level that it requires; undefined for the first one. */
  readonly level?: SupportLevel
  /** Whether it was handed down to that level: then agents of exactly that level come first. */
  readonly handedDown?: boolean
  /** The crew that takes over after the end of its agent's shift, until somebody has it. */
  readonly towards?: Crew | undefined
  readonly channel: string
  /** The ticket that it was split off. */
  readonly splitFrom?: string | undefined
  readonly assignee: Person | undefined
  readonly routing: Routing
  /** The version of the ticket at which it was offered last. */
  readonly offeredAt: number
  /** Since when the ticket has waited for an agent, while it waits. */
  readonly waitingSince: Instant | undefined
  /** The import of the last event. */
  readonly importedBy?: string | undefined
  /** Whether that import has not ended, as far as is known: then the ticket is not routed. */
  readonly held: boolean
}

/**
 * A work item after one more event of its ticket; undefined for a ticket whose opening is not known. An imported event
 * holds it: a caller that knows that the import has ended corrects this with `heldBy`.
 */
export function evolveWorkItem(
  item: WorkItem | undefined,
  { event, stream, version, correlationId }: EventEnvelope<TicketEvent>,
): WorkItem | undefined {
  const importedBy = importIdOf(correlationId)
  const isHeld = importedBy !== undefined
  if (event.type === 'TicketOpened') {
    const { priority, category, language, channel, splitFrom, at: waitingSince } = event
    return {
      id: parseStream(stream).id,
      version,
      status: 'new',
      priority,
      category,
      classified: false,
      language,
      channel,
      ...(splitFrom && { splitFrom: splitFrom.ticketId }),
      assignee: undefined,
      routing: neverRouted,
      offeredAt: 0,
      waitingSince,
      importedBy,
      held: isHeld,
    }
  }
  if (item === undefined || version <= item.version) return item
  if (event.type === 'TicketImportWithdrawn') {
    const waitingSince = undefined
    return { ...item, version, status: 'closed', assignee: undefined, routing: neverRouted, waitingSince, held: false }
  }
  const status = statusAfter[event.type] ?? item.status
  const assignee = assigneeAfter(item, event)
  return {
    ...item,
    version,
    status,
    assignee,
    importedBy,
    held: isHeld,
    ...levelAfter(event),
    ...towardsAfter(event),
    routing: evolveRouting(event, item.routing),
    ...filedAfter(item, event),
    offeredAt: event.type === 'TicketRouted' ? version : item.offeredAt,
    waitingSince: needsAgent({ status, assignee }) ? (item.waitingSince ?? event.at) : undefined,
  }
}

function levelAfter(event: TicketEvent): Pick<WorkItem, 'level' | 'handedDown'> {
  if (event.type === 'TicketDeescalated') return { level: event.level, handedDown: true }
  return event.type === 'TicketEscalated' && event.level !== undefined
    ? { level: event.level, ...(event.level > (event.fromLevel ?? 1) && { handedDown: false }) }
    : {}
}

function towardsAfter(event: TicketEvent): Pick<WorkItem, 'towards'> {
  if (event.type === 'TicketHandedOver') return { towards: event.to }
  return event.type === 'TicketAssigned' ? { towards: undefined } : {}
}

function assigneeAfter({ assignee }: WorkItem, event: TicketEvent): Person | undefined {
  if (event.type === 'TicketAssigned') return event.assignee
  return event.type === 'TicketUnassigned' ? undefined : assignee
}

/** The category and the priority of a ticket, as set by people or a classifier. */
function filedAfter(
  { priority, category, classified }: WorkItem,
  event: TicketEvent,
): Pick<WorkItem, 'priority' | 'category' | 'classified'> {
  switch (event.type) {
    case 'PriorityChanged':
      return { priority: event.to, category, classified }
    case 'TicketCategorized':
      return { priority, category: event.to, classified }
    case 'TicketClassified':
      return { priority: event.priority ?? priority, category: event.category ?? category, classified: true }
    default:
      return { priority, category, classified }
  }
}

/** A work item, held or not by the import that it came with. */
export const heldBy = (item: WorkItem, holds: (importId: string) => boolean): WorkItem => {
  const isHeld = item.importedBy !== undefined && holds(item.importedBy)
  return isHeld === item.held ? item : { ...item, held: isHeld }
}

/** Whether a ticket needs to be offered to somebody. */
export const isWaiting = (item: WorkItem): boolean => !item.held && item.routing.offer === undefined && needsAgent(item)

/** Whether a ticket waits for an agent, offered or not. */
export const waitsForAgent = (item: WorkItem): boolean => !item.held && needsAgent(item)

/** The offer of a ticket that has been neither taken nor declined. */
export const offerOf = (item: WorkItem): Offer | undefined => (isOngoing(item) ? item.routing.offer : undefined)

const urgency = new Map<string, number>(priorities.map((priority, index) => [priority, index]))

/** What the place of a ticket or a chat in the queue follows from. */
export type QueueKey = Pick<WorkItem, 'id' | 'priority' | 'waitingSince'>

/** The order of the queue: by priority, then by waiting time, then by id. */
export function inQueueOrder(a: QueueKey, b: QueueKey): number {
  const pressing = (urgency.get(b.priority) ?? 0) - (urgency.get(a.priority) ?? 0)
  if (pressing !== 0) return pressing
  const [since, other] = [a.waitingSince ?? '', b.waitingSince ?? '']
  if (since !== other) return since < other ? -1 : 1
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

/** How a ticket reached the desk: its channel, and the ticket that it was split off. */
export type WorkOrigin = { readonly channel: string; readonly splitFrom?: string | undefined }

/**
 * The channel whose place a ticket takes. One that came by phone takes a place for calls, unless it was split off: the
 * call is the other ticket's. Places for chats are those of live chats alone, which are no tickets.
 */
export const workChannelOf = ({ channel, splitFrom }: WorkOrigin): WorkChannel =>
  channel === 'phone' && splitFrom === undefined ? 'phone' : 'ticket'

/** Whether somebody has to work on a ticket: until it is resolved or closed. */
export const isOngoing = ({ status }: { readonly status: string }): boolean =>
  status === 'new' || status === 'in_progress' || status === 'waiting_customer'

/**
 * Whether a ticket takes a place of its agent: as long as it is ongoing. A call releases its place while it waits for the
 * customer.
 */
export const takesPlace = (ticket: { readonly status: string } & WorkOrigin): boolean =>
  isOngoing(ticket) && (ticket.status !== 'waiting_customer' || workChannelOf(ticket) === 'ticket')
