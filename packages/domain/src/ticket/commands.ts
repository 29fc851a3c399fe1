import { z } from 'zod'
import { commandIdLength } from '../kernel/actor.ts'
import type { CommandInput, CommandOf } from '../kernel/event.ts'
import { anyCommandOf } from '../kernel/event.ts'
import { instantSchema } from '../kernel/time.ts'
import { line, nameSchema, personId, printable, priorities, text } from '../kernel/values.ts'
import { crewSchema } from '../shift/plan.ts'
import { newMessageId } from './messages.ts'
import { givenValues } from './placeholder-values.ts'
import {
  candidatesShape,
  channels,
  classifySchema,
  customerSchema,
  id,
  language,
  limits,
  manualCloseReasons,
  personSchema,
  productTeam,
  relations,
  splitFromSchema,
  ticketStatuses,
} from './vocabulary.ts'

const body = text(limits.body)
const reason = text(limits.reason).optional()
const tag = line(limits.tag)
const values = givenValues.optional()

/** The category, or the team, may be one that the desk does not have: for the history of another helpdesk. */
const anyCategory = z.literal(true).optional()

const anyTeam = anyCategory

/** The sender is no supervisor: `refuseUnexplained` says what they need a reason for. */
const reasonOwed = z.literal(true).optional()

const message = { messageId: newMessageId.optional(), body }

/** What somebody said; or, for the history of another helpdesk, that they did, where nobody knows any more what it was. */
const said = {
  messageId: newMessageId.optional(),
  body: printable(limits.body),
  withoutText: z.literal(true).optional(),
}

type MessageContent = { readonly body?: string | undefined; readonly withoutText?: true | undefined }

const hasText = <S extends z.ZodType<MessageContent>>(schema: S): S =>
  schema
    .refine(({ body, withoutText }) => body !== '' || withoutText, { message: 'must not be empty', path: ['body'] })
    .refine(({ body }) => !body || text(limits.body).safeParse(body).success, {
      message: 'must not be blank',
      path: ['body'],
    })
    .refine(({ body, withoutText }) => !withoutText || body === '', {
      message: 'goes with an empty body',
      path: ['withoutText'],
    })

const version = z.int().nonnegative()

/** The commands by which a ticket finds its agent, with the limits that apply at the edge. */
const routingCommandSchemas = {
  /** Offers the ticket to an agent, chosen as the candidates tell; `round` is the next one of the ticket. */
  route: z.strictObject({
    type: z.literal('route'),
    round: z.int().positive(),
    agent: personSchema,
    /** The version of the agent's stream that the choice was made on. */
    agentVersion: version,
    strategy: line(limits.name),
    ...candidatesShape,
    excluded: z.record(line(limits.name), z.int().nonnegative()),
    policyVersion: line(limits.name),
  }),
  /** The agent has taken the ticket that this round offered. */
  confirmRouting: z.strictObject({ type: z.literal('confirmRouting'), round: z.int().positive() }),
  /** The agent could not take the ticket that this round offered. */
  declineRouting: z.strictObject({
    type: z.literal('declineRouting'),
    round: z.int().positive(),
    agentVersion: version,
    reason: line(limits.name),
  }),
  /** Nobody can take the ticket now. */
  queue: z.strictObject({ type: z.literal('queue'), reason: line(limits.name), policyVersion: line(limits.name) }),
  /** Takes the ticket off an agent whose crew is not on shift any more since `dueAt`, so that those who take over are offered it first. */
  handOver: z.strictObject({
    type: z.literal('handOver'),
    from: personId,
    crew: crewSchema,
    to: crewSchema,
    dueAt: instantSchema,
    /** Which tickets are handed over. */
    statuses: z.array(z.enum(ticketStatuses)).readonly(),
    priorities: z.array(z.enum(priorities)).readonly(),
  }),
} as const

/** Every command of a ticket as it comes from outside, by its type, with the limits that apply at the edge. */
export const ticketCommandSchemas = {
  open: z.strictObject({
    type: z.literal('open'),
    subject: line(limits.subject),
    ...message,
    customer: customerSchema,
    channel: z.enum(channels).default('web'),
    /** That of its category without it, else normal. */
    priority: z.enum(priorities).optional(),
    language: language.optional(),
    category: line(limits.name).optional(),
    anyCategory,
    /** The customer's plan, such as `premium`: one of the terms that the SLA policy is chosen by. */
    plan: nameSchema.optional(),
    tags: z.array(tag).max(limits.tags).default([]),
    splitFrom: splitFromSchema.optional(),
  }),
  start: z.strictObject({ type: z.literal('start') }),
  agentReply: hasText(
    z.strictObject({
      type: z.literal('agentReply'),
      ...said,
      body: said.body.optional(),
      /** A reply template's name, in the ticket's language; `values` fills its placeholders. */
      template: line(limits.name).optional(),
      values,
      /** `body` is what was said, word for word: brackets in it are no placeholders. For replies written elsewhere. */
      verbatim: z.boolean().optional(),
      /** The status to leave the ticket in, decided together with the reply. Without one: in progress, or resolved if it was. */
      then: z.enum(['in_progress', 'waiting_customer', 'resolved']).optional(),
    }),
  )
    .refine((reply) => (reply.body === undefined) !== (reply.template === undefined), {
      message: 'needs either a body or a template',
      path: ['body'],
    })
    .refine(({ verbatim, template, values }) => !verbatim || (template === undefined && values === undefined), {
      message: 'goes with a body alone: a template and values are there to be filled in',
      path: ['verbatim'],
    }),
  customerReply: hasText(z.strictObject({ type: z.literal('customerReply'), ...said })),
  /** The customer was told at an instant how an incident stands whose urgent ticket this is. */
  relayUpdate: z.strictObject({ type: z.literal('relayUpdate'), incidentId: id, postedAt: instantSchema }),
  addNote: hasText(z.strictObject({ type: z.literal('addNote'), ...said })),
  waitForCustomer: z.strictObject({ type: z.literal('waitForCustomer') }),
  resolve: z.strictObject({ type: z.literal('resolve'), summary: text(limits.reason).optional() }),
  confirm: z.strictObject({ type: z.literal('confirm') }),
  close: z.strictObject({
    type: z.literal('close'),
    reason: z.enum(manualCloseReasons).default('other'),
    note: reason,
  }),
  reopen: z.strictObject({ type: z.literal('reopen'), note: reason }),
  markSpam: z.strictObject({ type: z.literal('markSpam') }),
  changePriority: z.strictObject({
    type: z.literal('changePriority'),
    priority: z.enum(priorities),
    reason,
    reasonOwed,
  }),
  assign: z.strictObject({
    type: z.literal('assign'),
    assignee: personSchema,
    /** How the desk knows the assignee, for what is not given: who sends the command has not said it, so a repeat may bring another. */
    assigneeProfile: personSchema.omit({ id: true }).optional(),
    reason,
    reasonOwed,
  }),
  unassign: z.strictObject({ type: z.literal('unassign'), reason, reasonOwed }),
  tag: z.strictObject({ type: z.literal('tag'), tag }),
  untag: z.strictObject({ type: z.literal('untag'), tag }),
  rename: z.strictObject({ type: z.literal('rename'), subject: line(limits.subject) }),
  categorize: z.strictObject({
    type: z.literal('categorize'),
    category: line(limits.name),
    anyCategory,
    reason,
    reasonOwed,
  }),
  /** What the desk's classifier makes of a ticket; it sets what nobody has set before. */
  classify: classifySchema,
  attach: z.strictObject({
    type: z.literal('attach'),
    attachmentId: id,
    messageId: id.optional(),
    name: line(limits.name),
    mediaType: z
      .string()
      .max(127)
      .regex(/^[\w.+-]+\/[\w.+-]+$/, 'must be a media type such as image/png'),
    bytes: z.int().nonnegative().max(limits.attachmentBytes),
    visibility: z.enum(['public', 'internal']).default('public'),
  }),
  addWatcher: z.strictObject({ type: z.literal('addWatcher'), watcher: personSchema }),
  removeWatcher: z.strictObject({ type: z.literal('removeWatcher'), watcherId: personId }),
  absorb: z.strictObject({ type: z.literal('absorb'), source: id, sourceCustomerId: personId }),
  revertAbsorption: z.strictObject({ type: z.literal('revertAbsorption'), source: id, reason: text(limits.reason) }),
  /** `waitingSince`: since when the customer waits for an answer to what they asked on the source, if they do. */
  completeAbsorption: z.strictObject({
    type: z.literal('completeAbsorption'),
    source: id,
    waitingSince: instantSchema.optional(),
  }),
  mergeInto: z.strictObject({ type: z.literal('mergeInto'), target: id }),
  /** Rules out that the merge of this command id ever takes effect: `reason` is the refusal that it met. */
  declineMerge: z.strictObject({
    type: z.literal('declineMerge'),
    target: id,
    merge: z.string().min(1).max(commandIdLength),
    reason: line(limits.name),
  }),
  /** A message of the customer goes on as a ticket of its own; they have waited since they wrote it, unless it was answered. */
  split: z.strictObject({
    type: z.literal('split'),
    messageId: id,
    into: id,
    subject: line(limits.subject),
  }),
  link: z.strictObject({ type: z.literal('link'), to: id, relation: z.enum(relations).default('related') }),
  unlink: z.strictObject({ type: z.literal('unlink'), to: id, relation: z.enum(relations).default('related') }),
  /** Hands the ticket to a team, up to a level, or both; a level without a team has one of its own. */
  escalate: z
    .strictObject({
      type: z.literal('escalate'),
      team: line(limits.name).optional(),
      anyTeam,
      level: z.literal([2, 3]).optional(),
      reason: text(limits.reason),
    })
    .refine(({ team, level }) => team !== undefined || level !== undefined, {
      message: 'needs a team or a level',
      path: ['team'],
    }),
  deescalate: z.strictObject({
    type: z.literal('deescalate'),
    level: z.literal([1, 2]),
    reason: text(limits.reason),
  }),
  /** Thanks the customer for a wish in the words of the template `feature_request`, resolves the ticket and notes the wish. */
  handOverToProduct: z.strictObject({
    type: z.literal('handOverToProduct'),
    messageId: newMessageId.optional(),
    values,
    team: line(limits.name).default(productTeam),
  }),
  changePlan: z.strictObject({ type: z.literal('changePlan'), plan: nameSchema.nullable().default(null), reason }),
  /** Stops the clocks of the ticket's SLA targets until they are resumed, or the ticket is resolved or closed. */
  pauseClocks: z.strictObject({ type: z.literal('pauseClocks'), reason: text(limits.reason) }),
  resumeClocks: z.strictObject({ type: z.literal('resumeClocks'), reason }),
  /** The import that the ticket came in with is taken back; whether it may be, its sender knows, and sends `expectedVersion`. */
  withdrawImport: z.strictObject({ type: z.literal('withdrawImport'), importId: line(limits.name) }),
  /** A deadline fell due: sent by the clock, which names the very deadline it waited for. */
  fire: z.strictObject({
    type: z.literal('fire'),
    kind: z.string().max(limits.name),
    cycle: z.int().nonnegative(),
    dueAt: instantSchema,
  }),
  ...routingCommandSchemas,
} as const

type Schemas = typeof ticketCommandSchemas
export type TicketCommandType = keyof Schemas
export type TicketCommandOf<T extends TicketCommandType> = CommandOf<Schemas, T>
export type TicketCommand = CommandOf<Schemas>
export type TicketCommandInput = CommandInput<Schemas>

/** Any ticket command, checked and with its defaults. */
export const ticketCommandSchema: z.ZodType<TicketCommand, TicketCommandInput> = anyCommandOf(ticketCommandSchemas)
