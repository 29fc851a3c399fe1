import { z } from 'zod'
import type { CommandDefinition, CommandInput, CommandOf, CommandSchema } from '../kernel/command.ts'
import { fireSchema, senders } from '../kernel/command.ts'
import type { LifecycleRow } from '../kernel/lifecycle.ts'
import { refuse, repeat, to } from '../kernel/lifecycle.ts'
import { limits } from '../kernel/limits.ts'
import { channels, id, language, line, nameSchema, text } from '../kernel/values.ts'
import { customerSchema, personSchema } from '../person.ts'

/** The severity of an incident; every severity is paged for. */
export const severities = ['critical', 'major'] as const

/** The severity of an incident. */
export type Severity = (typeof severities)[number]

/** The status of an incident: nobody has acknowledged it yet, somebody has, it is resolved, its post-mortem is done. */
export const incidentStatuses = ['declared', 'acknowledged', 'resolved', 'closed'] as const

/** The status of an incident. */
export type IncidentStatus = (typeof incidentStatuses)[number]

/** The kinds of deadlines of an incident. */
export const incidentDeadlineKinds = [
  'acknowledgement',
  'response',
  'callback',
  'war_room',
  'on_site',
  'update',
  'post_mortem',
] as const

/** The kind of a deadline of an incident. */
export type IncidentDeadlineKind = (typeof incidentDeadlineKinds)[number]

/** The duties of an incident that can be overdue; an unanswered page is followed by the next one instead. */
export const overdueKinds = ['response', 'callback', 'war_room', 'on_site', 'update', 'post_mortem'] as const

/** What is overdue in an incident. */
export type OverdueKind = (typeof overdueKinds)[number]

/** The limits of an incident's contents; the edge refuses what exceeds them. */
export const incidentLimits = { customers: 1_000, rota: 50, text: 20_000 } as const

/** A customer whom an incident affects, with the language they are written to in. */
const affectedCustomerSchema = customerSchema.extend({
  language: language.optional().describe('A language tag such as fr, of the language of messages to the customer.'),
})

/** A customer whom an incident affects, with the language in which they are told. */
export type AffectedCustomer = Readonly<z.infer<typeof affectedCustomerSchema>>

const body = text(incidentLimits.text)
const customers = z.array(affectedCustomerSchema).max(incidentLimits.customers)

/** The effect of a command on an incident in each status. */
type Row = LifecycleRow<IncidentStatus | 'absent'>

/** While the incident is under way: the command changes it, not its status. */
const underWay: Row = {
  absent: refuse('incident_not_found'),
  declared: to('declared'),
  acknowledged: to('acknowledged'),
  resolved: refuse('incident_resolved'),
  closed: refuse('incident_resolved'),
}

const anywhere: Row = { ...underWay, resolved: to('resolved'), closed: to('closed') }

/** The definition of a command of an incident, without its rule. A missing cell does not compile. */
type IncidentCommandDefinition<S extends CommandSchema> = CommandDefinition<S> & { readonly lifecycle: Row }

const incidentCommand = <S extends CommandSchema>(
  definition: IncidentCommandDefinition<S>,
): IncidentCommandDefinition<S> => definition

/**
 * The definition of every command of an incident, without its rule. `system` is a voice assistant or a monitor as well
 * as the clock.
 */
export const incidentCommands = {
  declare: incidentCommand({
    description: 'Declares a critical incident. The agent on call is paged, and the urgent ticket is opened or linked.',
    schema: z.strictObject({
      type: z.literal('declare'),
      title: line(limits.subject),
      description: body.optional(),
      severity: z.enum(severities).default('critical').describe('The severity; critical unless given.'),
      channel: z.enum(channels).default('other').describe('The channel on which it was reported; other unless given.'),
      customer: customerSchema.optional().describe('The customer who reports it. An urgent ticket is opened for them.'),
      language: language.optional().describe('The language of the customer.'),
      plan: nameSchema
        .optional()
        .describe(
          'The plan of the customer, which selects the SLA policy of the new ticket. An existing ticket keeps its own.',
        ),
      ticketId: id.optional().describe('An existing ticket, which becomes urgent. No new ticket is opened.'),
      customers: customers.default([]).describe('Other customers affected.'),
      onSite: z.boolean().default(false).describe('Whether a technician has to go to the site.'),
      callBack: z.boolean().default(false).describe('Whether an expert has to call the customer back.'),
    }),
    sentBy: senders.desk,
    lifecycle: {
      absent: to('declared'),
      declared: refuse('incident_already_declared'),
      acknowledged: refuse('incident_already_declared'),
      resolved: refuse('incident_already_declared'),
      closed: refuse('incident_already_declared'),
    },
  }),
  linkTicket: incidentCommand({
    description: 'Records that the urgent ticket exists.',
    schema: z.strictObject({ type: z.literal('linkTicket') }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  declineTicket: incidentCommand({
    description: 'Records that the urgent ticket is not available: `reason` is the refusal that it met.',
    schema: z.strictObject({ type: z.literal('declineTicket'), reason: line(limits.name) }),
    sentBy: senders.desk,
    lifecycle: anywhere,
  }),
  acknowledge: incidentCommand({
    description: 'Acknowledges an incident, which ends the paging.',
    schema: z.strictObject({ type: z.literal('acknowledge') }),
    sentBy: senders.agents,
    lifecycle: { ...underWay, declared: to('acknowledged'), acknowledged: repeat },
  }),
  addCustomers: incidentCommand({
    description: 'Adds customers affected by an incident.',
    schema: z.strictObject({ type: z.literal('addCustomers'), customers: customers.min(1) }),
    sentBy: senders.desk,
    lifecycle: underWay,
  }),
  recordCallback: incidentCommand({
    description: 'Records that an expert has called the customer back.',
    schema: z.strictObject({ type: z.literal('recordCallback'), note: body.optional().describe('A note.') }),
    sentBy: senders.desk,
    lifecycle: underWay,
  }),
  openWarRoom: incidentCommand({
    description: 'Opens the war room, or moves it.',
    schema: z.strictObject({
      type: z.literal('openWarRoom'),
      place: line(limits.reason).describe('The place: a room, or the link of a call.'),
    }),
    sentBy: senders.desk,
    lifecycle: underWay,
  }),
  dispatchTechnician: incidentCommand({
    description: 'Sends a technician to the site.',
    schema: z.strictObject({
      type: z.literal('dispatchTechnician'),
      technician: personSchema,
      site: line(limits.reason).optional(),
    }),
    sentBy: senders.desk,
    lifecycle: underWay,
  }),
  confirmOnSite: incidentCommand({
    description: 'Records that the technician is on site.',
    schema: z.strictObject({ type: z.literal('confirmOnSite') }),
    sentBy: senders.desk,
    lifecycle: underWay,
  }),
  postUpdate: incidentCommand({
    description: 'Posts an update to the customers affected and to the people who are briefed.',
    schema: z.strictObject({
      type: z.literal('postUpdate'),
      message: body,
      internal: z.boolean().default(false).describe('Whether customers do not get the update; false unless given.'),
    }),
    sentBy: senders.desk,
    lifecycle: { ...underWay, resolved: to('resolved') },
  }),
  resolve: incidentCommand({
    description: 'Resolves an incident. The post-mortem is then due.',
    schema: z.strictObject({
      type: z.literal('resolve'),
      summary: body.describe('A summary for the desk, which customers do not see.'),
    }),
    sentBy: senders.desk,
    lifecycle: { ...underWay, declared: to('resolved'), acknowledged: to('resolved') },
  }),
  reopen: incidentCommand({
    description: 'Reopens a resolved incident. Its deadlines start again from now on, and no post-mortem is due.',
    schema: z.strictObject({ type: z.literal('reopen'), reason: body.describe('The reason, for the desk.') }),
    sentBy: senders.agents,
    lifecycle: {
      absent: refuse('incident_not_found'),
      declared: repeat,
      acknowledged: repeat,
      resolved: to('acknowledged'),
      closed: refuse('incident_resolved'),
    },
  }),
  writePostMortem: incidentCommand({
    description: 'Records the post-mortem, which closes the incident.',
    schema: z.strictObject({ type: z.literal('writePostMortem'), body: text(limits.body) }),
    sentBy: senders.agents,
    lifecycle: {
      absent: refuse('incident_not_found'),
      declared: refuse('incident_not_resolved'),
      acknowledged: refuse('incident_not_resolved'),
      resolved: to('closed'),
      closed: to('closed'),
    },
  }),
  fire: incidentCommand({
    description: 'Fires a deadline that fell due.',
    schema: fireSchema,
    sentBy: senders.system,
    lifecycle: { ...anywhere, absent: repeat, closed: repeat },
  }),
} as const

type Definitions = typeof incidentCommands

/** The type of a command of an incident. */
export type IncidentCommandType = keyof Definitions

/** A command of an incident by its type, checked and with its defaults. */
export type IncidentCommandOf<T extends IncidentCommandType> = CommandOf<Definitions, T>

/** Any command of an incident, checked and with its defaults. */
export type IncidentCommand = CommandOf<Definitions>

/** Any command of an incident as a sender gives it, without defaults. */
export type IncidentCommandInput = CommandInput<Definitions>

/** Whether an incident in this status would take a command at all. */
export const incidentAccepts = (status: IncidentStatus, command: IncidentCommandType): boolean =>
  'to' in incidentCommands[command].lifecycle[status]
