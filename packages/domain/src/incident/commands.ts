import { z } from 'zod'
import type { CommandInput, CommandOf } from '../kernel/event.ts'
import { anyCommandOf } from '../kernel/event.ts'
import { instantSchema } from '../kernel/time.ts'
import { line, nameSchema, text } from '../kernel/values.ts'
import { channels, customerSchema, id, language, limits, personSchema } from '../ticket/vocabulary.ts'

/** How bad an incident is; every severity is paged for. */
export const severities = ['critical', 'major'] as const

export type Severity = (typeof severities)[number]

/** Where an incident stands: nobody has taken it on yet, somebody has, it is over, it has been learned from. */
export const incidentStatuses = ['declared', 'acknowledged', 'resolved', 'closed'] as const

export type IncidentStatus = (typeof incidentStatuses)[number]

/** What can fall due on an incident. */
export const incidentDeadlineKinds = [
  'acknowledgement',
  'response',
  'callback',
  'war_room',
  'on_site',
  'update',
  'post_mortem',
] as const

export type IncidentDeadlineKind = (typeof incidentDeadlineKinds)[number]

/** What an incident can be overdue with; a page that nobody answers is followed by the next one instead. */
export const overdueKinds = ['response', 'callback', 'war_room', 'on_site', 'update', 'post_mortem'] as const

export type OverdueKind = (typeof overdueKinds)[number]

/** The limits of what an incident holds; what exceeds them is refused at the edge. */
export const incidentLimits = { customers: 1_000, rota: 50, text: 20_000 } as const

/** A customer whom an incident affects, with the language they are written to in. */
const affectedCustomerSchema = customerSchema.extend({ language: language.optional() })

export type AffectedCustomer = Readonly<z.infer<typeof affectedCustomerSchema>>

const body = text(incidentLimits.text)
const customers = z.array(affectedCustomerSchema).max(incidentLimits.customers)

/** Every command of an incident as it comes from outside, by its type, with the limits that apply at the edge. */
export const incidentCommandSchemas = {
  declare: z.strictObject({
    type: z.literal('declare'),
    title: line(limits.subject),
    description: body.optional(),
    severity: z.enum(severities).default('critical'),
    /** How the desk learned of it. */
    channel: z.enum(channels).default('other'),
    /** Who reports it: the customer of the urgent ticket that is opened, and affected. */
    customer: customerSchema.optional(),
    language: language.optional(),
    /** The plan of the customer that the urgent ticket is opened for; a ticket that is there keeps its own. */
    plan: nameSchema.optional(),
    /** The ticket that becomes the incident's; without one, an urgent ticket is opened. */
    ticketId: id.optional(),
    customers: customers.default([]),
    /** Whether a technician has to come. */
    onSite: z.boolean().default(false),
    /** Whether an expert calls back. */
    callBack: z.boolean().default(false),
  }),
  /** The urgent ticket is there. */
  linkTicket: z.strictObject({ type: z.literal('linkTicket') }),
  /** The urgent ticket cannot be had: `reason` is the refusal that it met. */
  declineTicket: z.strictObject({ type: z.literal('declineTicket'), reason: line(limits.name) }),
  acknowledge: z.strictObject({ type: z.literal('acknowledge') }),
  addCustomers: z.strictObject({ type: z.literal('addCustomers'), customers: customers.min(1) }),
  recordCallback: z.strictObject({ type: z.literal('recordCallback'), note: body.optional() }),
  /** `place`: where people meet, such as a room or an address of a call. */
  openWarRoom: z.strictObject({ type: z.literal('openWarRoom'), place: line(limits.reason) }),
  dispatchTechnician: z.strictObject({
    type: z.literal('dispatchTechnician'),
    technician: personSchema,
    site: line(limits.reason).optional(),
  }),
  confirmOnSite: z.strictObject({ type: z.literal('confirmOnSite') }),
  /** `internal`: for the desk and those who are briefed alone; the customers affected have not heard anything then. */
  postUpdate: z.strictObject({ type: z.literal('postUpdate'), message: body, internal: z.boolean().default(false) }),
  resolve: z.strictObject({ type: z.literal('resolve'), summary: body }),
  /** It was resolved by mistake, or what broke is broken again. */
  reopen: z.strictObject({ type: z.literal('reopen'), reason: body }),
  writePostMortem: z.strictObject({ type: z.literal('writePostMortem'), body: text(limits.body) }),
  /** A deadline fell due: sent by the clock, which names the very deadline it waited for. */
  fire: z.strictObject({
    type: z.literal('fire'),
    kind: z.string().max(limits.name),
    cycle: z.int().nonnegative(),
    dueAt: instantSchema,
  }),
} as const

type Schemas = typeof incidentCommandSchemas
export type IncidentCommandType = keyof Schemas
export type IncidentCommandOf<T extends IncidentCommandType> = CommandOf<Schemas, T>
export type IncidentCommand = CommandOf<Schemas>
export type IncidentCommandInput = CommandInput<Schemas>

/** Any incident command, checked and with its defaults. */
export const incidentCommandSchema: z.ZodType<IncidentCommand, IncidentCommandInput> =
  anyCommandOf(incidentCommandSchemas)
