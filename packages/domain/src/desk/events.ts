import type { AgentEvent } from '../agent/events.ts'
import { agentEvents } from '../agent/events.ts'
import type { ConfigurationEvent } from '../configuration/versions.ts'
import { configurationEvents } from '../configuration/versions.ts'
import type { ImportEvent } from '../history-import/history-import.ts'
import { importEvents } from '../history-import/history-import.ts'
import type { IncidentEvent } from '../incident/events.ts'
import { incidentEvents } from '../incident/events.ts'
import type { EventCatalogue } from '../kernel/catalogue.ts'
import type { RecipientEvent } from '../recipient/recipient.ts'
import { recipientEvents } from '../recipient/recipient.ts'
import type { ShiftEvent } from '../shift/events.ts'
import { shiftEvents } from '../shift/events.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { ticketEvents } from '../ticket/events.ts'

/** Everything that can happen at a desk. */
export type GuichetEvent =
  TicketEvent | RecipientEvent | ImportEvent | ConfigurationEvent | IncidentEvent | AgentEvent | ShiftEvent

/** Every type of event of the product: what a store needs to read its history. */
export const guichetEvents: EventCatalogue = {
  ...ticketEvents,
  ...recipientEvents,
  ...importEvents,
  ...configurationEvents,
  ...incidentEvents,
  ...agentEvents,
  ...shiftEvents,
}
