import { z } from 'zod'
import type { EventCatalogue, EventData, EventOf } from '../kernel/event.ts'
import { catalogueOf } from '../kernel/event.ts'
import { storedInstantSchema } from '../kernel/time.ts'
import { channels } from '../ticket/vocabulary.ts'
import { overdueKinds, severities } from './commands.ts'

/** History is parsed more leniently than commands: limits may tighten over the years, what happened stays readable. */
const text = z.string()
const at = storedInstantSchema
const number = z.int().positive()
const person = z.object({ id: text, name: text.optional(), email: text.optional() })
const customer = person.extend({ firstName: text.optional(), language: text.optional() })
const settings = z.object({
  rota: z.array(person),
  briefed: z.array(person),
  acknowledgeWithin: number,
  respondWithin: number,
  callbackWithin: number,
  warRoomWithin: number,
  onSiteWithin: number,
  updateEvery: number,
  postMortemWithin: number,
  escalateToLevel: z.literal([2, 3, 'none']).optional(),
})

const schemas = {
  /** `settings`: what the incident is run by until its end, whatever is configured meanwhile. */
  IncidentDeclared: z.object({
    title: text,
    description: text.optional(),
    severity: z.enum(severities),
    channel: z.enum(channels),
    customers: z.array(customer),
    /** `opens`: the ticket is opened for this customer, who has this plan; without it, it was there before. */
    ticket: z.object({ ticketId: text, opens: customer.extend({ plan: text.optional() }).optional() }),
    onSite: z.boolean(),
    callBack: z.boolean(),
    settings,
    policyVersion: text,
  }),
  IncidentTicketLinked: z.object({ ticketId: text }),
  IncidentTicketRefused: z.object({ ticketId: text, reason: text }),
  /** `agentId`: who is paged; everybody at the desk without one. `dueAt`: until when the page waits for an answer. */
  OnCallPaged: z.object({ page: number, round: number, agentId: text.optional(), dueAt: at }),
  PageTimedOut: z.object({ page: number, agentId: text.optional(), dueAt: at }),
  IncidentAcknowledged: z.object({ page: number }),
  CustomersAffected: z.object({ customers: z.array(customer) }),
  CallbackMade: z.object({ note: text.optional() }),
  WarRoomOpened: z.object({ place: text }),
  TechnicianDispatched: z.object({ technician: person, site: text.optional() }),
  TechnicianArrived: z.object({ technician: person }),
  IncidentUpdatePosted: z.object({ message: text, internal: z.boolean() }),
  /** `dueAt` is the logical instant, whenever it is recorded; `since`: from when it was counted; `over`: made up for in the same moment. */
  IncidentOverdue: z.object({
    what: z.enum(overdueKinds),
    since: at,
    dueAt: at,
    cycle: z.int().nonnegative(),
    policyVersion: text,
    over: z.literal(true).optional(),
  }),
  IncidentResolved: z.object({ summary: text }),
  IncidentReopened: z.object({ reason: text }),
  PostMortemWritten: z.object({ body: text }),
} as const

type Schemas = typeof schemas
export type IncidentEventType = keyof Schemas
export type IncidentEventData<T extends IncidentEventType> = EventData<Schemas, T>
export type IncidentEventOf<T extends IncidentEventType> = EventOf<Schemas, T>
/** Everything that can happen to an incident. */
export type IncidentEvent = EventOf<Schemas>

/** The incident's part of the event catalogue. */
export const incidentEvents: EventCatalogue = catalogueOf(schemas)
