import type { AgentEvent } from '../agent/events.ts'
import { agentEvents } from '../agent/events.ts'
import type { ImportEvent } from '../history-import/history-import.ts'
import { importEvents } from '../history-import/history-import.ts'
import type { EventCatalogue } from '../kernel/catalogue.ts'
import type { RecipientEvent } from '../recipient/recipient.ts'
import { recipientEvents } from '../recipient/recipient.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { ticketEvents } from '../ticket/events.ts'

/** Everything that can happen at a desk. */
export type GuichetEvent = TicketEvent | RecipientEvent | ImportEvent | AgentEvent

/** Every type of event of the product: what a store needs to read its history. */
export const guichetEvents: EventCatalogue = { ...ticketEvents, ...recipientEvents, ...importEvents, ...agentEvents }
