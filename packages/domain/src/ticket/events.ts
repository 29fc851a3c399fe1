import type { Description, EventData, EventOf } from '../kernel/event.ts'
import { byType, column } from '../kernel/event.ts'
import { conversationEvents } from './catalogue/conversation.ts'
import { detailEvents } from './catalogue/details.ts'
import { escalationEvents } from './catalogue/escalation.ts'
import { mergingEvents } from './catalogue/merging.ts'
import { routingEvents } from './catalogue/routing.ts'
import { serviceLevelEvents } from './catalogue/service-levels.ts'
import { statusEvents } from './catalogue/status.ts'
import type { TicketStatus } from './vocabulary.ts'

/** The definition of every event of a ticket: the ticket's part of the event catalogue. */
export const ticketEvents = {
  ...conversationEvents,
  ...statusEvents,
  ...detailEvents,
  ...mergingEvents,
  ...serviceLevelEvents,
  ...escalationEvents,
  ...routingEvents,
} as const

/** Their type by its name, so that declarations which refer to it stay short. */
export type TicketEvents = { readonly [T in keyof typeof ticketEvents]: (typeof ticketEvents)[T] }

/** The type of an event of a ticket. */
export type TicketEventType = keyof TicketEvents

/** The data of an event of a ticket by its type: without type, moment and sender. */
export type TicketEventData<T extends TicketEventType> = EventData<TicketEvents, T>

/** An event of a ticket by its type. */
export type TicketEventOf<T extends TicketEventType> = EventOf<TicketEvents, T>
/** Every event of a ticket. */
export type TicketEvent = EventOf<TicketEvents>

/** The status that each event leaves a ticket in; null leaves the status alone. */
export const statusAfter: Readonly<Record<TicketEventType, TicketStatus | null>> = column(ticketEvents, 'statusAfter')

/** Whether customers are shown an event of their ticket. */
export const isShownToCustomers = ({ event }: { readonly event: TicketEvent }): boolean => isShown(event)

const isShown = byType<TicketEvent, boolean>(column(ticketEvents, 'shownToCustomers'))

/** Describes in words what an event changed; `whyDue` says what its due instant follows from, if it has one. */
export const describeTicketEvent = byType<TicketEvent, Description, [whyDue?: string | undefined]>(
  column(ticketEvents, 'sentence'),
)

/** Whether an event is an answer to the customer: a reply by an agent. An automatic reply meets no target. */
export function answersTheCustomer(event: TicketEvent): boolean {
  return event.type === 'AgentReplied' && event.by.kind === 'agent'
}

/** Whether the customer receives a message from the desk with an event: an answer, or the update of an incident. */
export const informsTheCustomer = (event: TicketEvent): boolean =>
  answersTheCustomer(event) || event.type === 'UpdateRelayed'
