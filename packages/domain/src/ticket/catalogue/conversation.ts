import { z } from 'zod'
import { senders } from '../../kernel/command.ts'
import { instantSchema } from '../../kernel/time.ts'
import { line, nameSchema, printable, priorities, text as textUpTo } from '../../kernel/values.ts'
import {
  channels,
  customerSchema,
  givenValues,
  id,
  language,
  limits,
  newMessageId,
  productTeam,
  splitFromSchema,
} from '../vocabulary.ts'
import {
  anyName,
  anywhere,
  freeText,
  inWords,
  message,
  person,
  priority,
  refuse,
  tag,
  text,
  ticketCommand,
  ticketEvent,
  to,
  waited,
  whileUnsolved,
} from './definition.ts'

/** The events of a ticket's conversation, from its opening on. */
export const conversationEvents = {
  TicketOpened: ticketEvent({
    schema: z.object({
      subject: text,
      ...message,
      customer: person.extend({ firstName: text.optional() }),
      channel: z.enum(channels),
      priority,
      /** Whether somebody set the priority; when missing, any but `normal` counts as set. */
      priorityGiven: z.boolean().optional(),
      language: text,
      category: text.optional(),
      plan: text.optional(),
      /** The message of another ticket from which this one was split off. */
      splitFrom: z.object({ ticketId: text, messageId: text, ...waited }).optional(),
      tags: z.array(text),
      policyVersion: text,
    }),
    statusAfter: 'new',
    shownToCustomers: true,
    personal: { subject: 'customer', body: 'customer', customer: 'customer' },
    sentence: (event) => ({
      what:
        `opened “${event.subject}” by ${event.channel} for ${inWords(event.customer)}, priority ${event.priority}` +
        (event.category === undefined ? '' : `, category ${event.category}`) +
        (event.tags.length === 0 ? '' : `, tagged ${event.tags.join(', ')}`),
      said: event.body,
    }),
  }),
  AgentReplied: ticketEvent({
    schema: z.object({
      ...message,
      template: text.optional(),
      /** The status that the same command leads to. */
      then: z.enum(['waiting_customer', 'resolved']).optional(),
    }),
    statusAfter: null,
    shownToCustomers: true,
    personal: { body: freeText },
    sentence: ({ body, template }) => ({
      what: 'replied to the customer',
      why: template && `with the template ${template}`,
      said: body,
    }),
  }),
  CustomerReplied: ticketEvent({
    schema: z.object(message),
    statusAfter: null,
    shownToCustomers: true,
    personal: { body: 'customer' },
    sentence: ({ body }) => ({ what: 'replied to the desk', said: body }),
  }),
  /**
   * The customer received an update of the incident whose urgent ticket this is: it counts as an update of the desk,
   * though the ticket has no new message.
   */
  UpdateRelayed: ticketEvent({
    schema: z.object({ incidentId: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ incidentId }) => ({
      what: 'the customer has had news',
      why: `an update of the incident ${incidentId}`,
    }),
  }),
  InternalNoteAdded: ticketEvent({
    schema: z.object(message),
    statusAfter: null,
    shownToCustomers: false,
    personal: { body: freeText },
    sentence: ({ body }) => ({ what: 'added an internal note', said: body }),
  }),
  AttachmentAdded: ticketEvent({
    schema: z.object({
      attachmentId: text,
      messageId: text.optional(),
      name: text,
      mediaType: text,
      bytes: z.int().nonnegative(),
      visibility: z.enum(['public', 'internal']),
    }),
    statusAfter: null,
    shownToCustomers: ({ visibility }) => visibility !== 'internal',
    personal: { name: freeText },
    sentence: ({ name, mediaType, bytes, visibility }) => ({
      what: `attached ${name} (${mediaType}, ${bytes} bytes, ${visibility})`,
    }),
  }),
  /** The message thanked the customer for their feature request, which the team now has. */
  FeatureRequestNoted: ticketEvent({
    schema: z.object({ team: text, messageId: text }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ team }) => ({ what: `noted as a wish for the team ${team}` }),
  }),
} as const

const messageText = textUpTo(limits.body)

/** The text of a message; or, for the history of another helpdesk, only that there was one, when its text is lost. */
const textFields = {
  messageId: newMessageId.optional(),
  body: printable(limits.body),
  withoutText: z.literal(true).optional(),
}

type MessageContent = { readonly body?: string | undefined; readonly withoutText?: true | undefined }

const hasText = <S extends z.ZodType<MessageContent>>(schema: S): S =>
  schema
    .refine(({ body, withoutText }) => body !== '' || withoutText, { message: 'must not be empty', path: ['body'] })
    .refine(({ body }) => !body || messageText.safeParse(body).success, {
      message: 'must not be blank',
      path: ['body'],
    })
    .refine(({ body, withoutText }) => !withoutText || body === '', {
      message: 'goes with an empty body',
      path: ['withoutText'],
    })

/** The commands of a ticket's conversation. */
export const conversationCommands = {
  open: ticketCommand({
    schema: z.strictObject({
      type: z.literal('open'),
      subject: line(limits.subject),
      messageId: newMessageId.optional(),
      body: messageText,
      customer: customerSchema,
      channel: z.enum(channels).default('web'),
      /** The priority of its category by default, else normal. */
      priority: z.enum(priorities).optional(),
      language: language.optional(),
      category: line(limits.name).optional(),
      anyCategory: anyName,
      /** The customer's plan, such as `premium`: one of the terms that select the SLA policy. */
      plan: nameSchema.optional(),
      tags: z.array(tag).max(limits.tags).default([]),
      splitFrom: splitFromSchema.optional(),
    }),
    sentBy: senders.anyone,
    lifecycle: {
      absent: to('new'),
      new: refuse('ticket_already_open'),
      in_progress: refuse('ticket_already_open'),
      waiting_customer: refuse('ticket_already_open'),
      resolved: refuse('ticket_already_open'),
      closed: refuse('ticket_already_open'),
    },
    deskOnly: ['splitFrom', 'anyCategory'],
  }),
  agentReply: ticketCommand({
    schema: hasText(
      z.strictObject({
        type: z.literal('agentReply'),
        ...textFields,
        body: textFields.body.optional(),
        /** A reply template's name, in the ticket's language; `values` fills its placeholders. */
        template: line(limits.name).optional(),
        values: givenValues.optional(),
        /** `body` is sent unchanged: brackets in it are no placeholders. For replies written elsewhere. */
        verbatim: z.boolean().optional(),
        /**
         * The status to leave the ticket in, decided together with the reply. By default: in progress, or resolved if
         * it was.
         */
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
    sentBy: senders.desk,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: to('new', 'in_progress', 'waiting_customer', 'resolved'),
      in_progress: to('in_progress', 'waiting_customer', 'resolved'),
      waiting_customer: to('in_progress', 'waiting_customer', 'resolved'),
      resolved: to('resolved'),
      closed: refuse('ticket_closed'),
    },
    followsMerges: true,
  }),
  customerReply: ticketCommand({
    schema: hasText(z.strictObject({ type: z.literal('customerReply'), ...textFields })),
    sentBy: senders.customers,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: to('new'),
      in_progress: to('in_progress'),
      waiting_customer: to('in_progress'),
      resolved: to('in_progress'),
      closed: to('in_progress'),
    },
    followsMerges: true,
  }),
  /** The customer received an update, at an instant, of the incident whose urgent ticket this is. */
  relayUpdate: ticketCommand({
    schema: z.strictObject({ type: z.literal('relayUpdate'), incidentId: id, postedAt: instantSchema }),
    sentBy: senders.system,
    lifecycle: whileUnsolved,
  }),
  addNote: ticketCommand({
    schema: hasText(z.strictObject({ type: z.literal('addNote'), ...textFields })),
    sentBy: senders.desk,
    lifecycle: anywhere,
    acceptedWhenMerged: true,
  }),
  attach: ticketCommand({
    schema: z.strictObject({
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
    sentBy: senders.anyone,
    lifecycle: anywhere,
  }),
  /**
   * Thanks the customer for a feature request with the template `feature_request`, resolves the ticket and records the
   * request.
   */
  handOverToProduct: ticketCommand({
    schema: z.strictObject({
      type: z.literal('handOverToProduct'),
      messageId: newMessageId.optional(),
      values: givenValues.optional(),
      team: line(limits.name).default(productTeam),
    }),
    sentBy: senders.desk,
    lifecycle: {
      absent: refuse('ticket_not_found'),
      new: to('resolved'),
      in_progress: to('resolved'),
      waiting_customer: to('resolved'),
      resolved: to('resolved'),
      closed: refuse('ticket_closed'),
    },
  }),
} as const
