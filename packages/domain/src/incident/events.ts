import { z } from 'zod'
import type { DataOf, DataSubject, Description, EventDefinition, EventOf } from '../kernel/event.ts'
import { byType, column, defineEvent } from '../kernel/event.ts'
import { storedInstantSchema } from '../kernel/time.ts'
import { channels } from '../kernel/values.ts'
import type { IncidentStatus } from './commands.ts'
import { overdueKinds, severities } from './commands.ts'

/** History is parsed more leniently than commands: limits may tighten over the years, but old events stay readable. */
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

/** The definition of an event of an incident. A missing cell does not compile. */
type IncidentEventDefinition<S extends z.ZodType<object>> = EventDefinition<S> & {
  /** Describes in words what it changed, given the status of the incident before it. */
  readonly sentence: (data: DataOf<S>, before: IncidentStatus | 'absent') => Description
}

const incidentEvent = <S extends z.ZodType<object>>(
  definition: IncidentEventDefinition<S>,
): IncidentEventDefinition<S> & { readonly schemaVersion: number } => ({ ...definition, ...defineEvent(definition) })

/** Text that agents wrote on an incident: it may concern the affected customers, and themselves. */
const freeText: readonly DataSubject[] = ['customer', 'author']

const nameOf = ({ id, name }: { readonly id: string; readonly name?: string | undefined }): string => name ?? id

/**
 * The definition of every event of an incident: the incident's part of the event catalogue. Customers are shown none.
 */
export const incidentEvents = {
  /** `settings`: apply to the incident until its end, even if the configuration changes. */
  IncidentDeclared: incidentEvent({
    schema: z.object({
      title: text,
      description: text.optional(),
      severity: z.enum(severities),
      channel: z.enum(channels),
      customers: z.array(customer),
      /** `opens`: the ticket is opened for this customer, who has this plan; without it, the ticket already existed. */
      ticket: z.object({ ticketId: text, opens: customer.extend({ plan: text.optional() }).optional() }),
      onSite: z.boolean(),
      callBack: z.boolean(),
      settings,
      policyVersion: text,
    }),
    personal: {
      title: freeText,
      description: freeText,
      customers: 'customer',
      'ticket.opens': 'customer',
      'settings.rota': 'agent',
      'settings.briefed': 'agent',
    },
    sentence: ({ title, severity, customers, ticket, description }) => ({
      what: `declared “${title}”, ${severity}, ticket ${ticket.ticketId}, ${customers.length} affected`,
      said: description,
    }),
  }),
  IncidentTicketLinked: incidentEvent({
    schema: z.object({ ticketId: text }),
    personal: {},
    sentence: ({ ticketId }) => ({ what: `linked the ticket ${ticketId}` }),
  }),
  IncidentTicketRefused: incidentEvent({
    schema: z.object({
      ticketId: text,
      /** The code of the refusal that the ticket met. */
      reason: text,
    }),
    personal: {},
    sentence: ({ ticketId, reason }) => ({ what: `continues without the ticket ${ticketId}`, why: reason }),
  }),
  OnCallPaged: incidentEvent({
    schema: z.object({
      page: number,
      round: number,
      /** The paged agent; everybody at the desk without one. */
      agentId: text.optional(),
      /** The deadline for an answer to the page. */
      dueAt: at,
    }),
    personal: { agentId: 'agent' },
    sentence: ({ page, round, agentId, dueAt }) => ({
      what: `paged ${agentId ?? 'everybody'}, ${page}. page, round ${round}`,
      why: `to be acknowledged by ${dueAt}`,
    }),
  }),
  PageTimedOut: incidentEvent({
    schema: z.object({ page: number, agentId: text.optional(), dueAt: at }),
    personal: { agentId: 'agent' },
    sentence: ({ page, agentId, dueAt }) => ({
      what: `had no answer of ${agentId ?? 'anybody'} to the ${page}. page`,
      why: `was due at ${dueAt}`,
    }),
  }),
  IncidentAcknowledged: incidentEvent({
    schema: z.object({ page: number }),
    personal: {},
    sentence: () => ({ what: 'acknowledged the incident' }),
  }),
  CustomersAffected: incidentEvent({
    schema: z.object({ customers: z.array(customer) }),
    personal: { customers: 'customer' },
    sentence: ({ customers }) => ({ what: `named ${customers.length} more who are affected` }),
  }),
  CallbackMade: incidentEvent({
    schema: z.object({ note: text.optional() }),
    personal: { note: freeText },
    sentence: ({ note }) => ({ what: 'called the customer back', said: note }),
  }),
  WarRoomOpened: incidentEvent({
    schema: z.object({ place: text }),
    personal: {},
    sentence: ({ place }) => ({ what: `opened the war room: ${place}` }),
  }),
  TechnicianDispatched: incidentEvent({
    schema: z.object({ technician: person, site: text.optional() }),
    personal: { technician: 'agent', site: 'customer' },
    sentence: ({ technician, site }) => ({
      what: `sent ${nameOf(technician)}${site === undefined ? '' : ` to ${site}`}`,
    }),
  }),
  TechnicianArrived: incidentEvent({
    schema: z.object({ technician: person }),
    personal: { technician: 'agent' },
    sentence: ({ technician }) => ({ what: `noted that ${nameOf(technician)} is on site` }),
  }),
  IncidentUpdatePosted: incidentEvent({
    schema: z.object({ message: text, internal: z.boolean() }),
    personal: { message: freeText },
    sentence: ({ message, internal }) => ({
      what: internal ? 'posted an update for the desk' : 'posted an update for everybody affected',
      said: message,
    }),
  }),
  IncidentOverdue: incidentEvent({
    schema: z.object({
      what: z.enum(overdueKinds),
      /** The instant from which it was counted. */
      since: at,
      /** When it was due, whenever that is recorded. */
      dueAt: at,
      cycle: z.int().nonnegative(),
      policyVersion: text,
      /** It was made up for at the same moment. */
      over: z.literal(true).optional(),
    }),
    personal: {},
    sentence: ({ what, since, dueAt, policyVersion, over }) => {
      const thing = what.replaceAll('_', ' ')
      return {
        what: over ? `noted that the ${thing} came too late` : `reported that the ${thing} is overdue`,
        why: `was due at ${dueAt}, counted since ${since}, by ${policyVersion}`,
      }
    },
  }),
  IncidentResolved: incidentEvent({
    schema: z.object({ summary: text }),
    personal: { summary: freeText },
    sentence: ({ summary }) => ({ what: 'status → resolved', said: summary }),
  }),
  IncidentReopened: incidentEvent({
    schema: z.object({ reason: text }),
    personal: { reason: freeText },
    sentence: ({ reason }) => ({ what: 'reopened', why: reason }),
  }),
  PostMortemWritten: incidentEvent({
    schema: z.object({ body: text }),
    personal: { body: freeText },
    sentence: ({ body }, before) => ({
      what: before === 'closed' ? 'wrote the post-mortem anew' : 'status resolved → closed, with a post-mortem',
      said: body,
    }),
  }),
} as const

/** Their type by its name, so that declarations which refer to it stay short. */
export type IncidentEvents = { readonly [T in keyof typeof incidentEvents]: (typeof incidentEvents)[T] }

/** The type of an event of an incident. */
export type IncidentEventType = keyof IncidentEvents

/** An event of an incident by its type. */
export type IncidentEventOf<T extends IncidentEventType> = EventOf<IncidentEvents, T>
/** Every event of an incident. */
export type IncidentEvent = EventOf<IncidentEvents>

/** Describes in words what an event changed, given the status of the incident before it. */
export const describeIncidentEvent = byType<IncidentEvent, Description, [before: IncidentStatus | 'absent']>(
  column(incidentEvents, 'sentence'),
)
