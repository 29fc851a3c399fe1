import { z } from 'zod'
import { accountSchema } from '../../account.ts'
import { attachedFilesSchema, fileFacts, fileIdSchema, mediaTypeSchema } from '../../file/file.ts'
import { internal, senders } from '../../kernel/command.ts'
import { refuse, to } from '../../kernel/lifecycle.ts'
import { limits } from '../../kernel/limits.ts'
import { newMessageId } from '../../kernel/message-id.ts'
import { instantSchema } from '../../kernel/time.ts'
import {
  channels,
  id,
  language,
  line,
  nameSchema,
  personId,
  printable,
  priorities,
  text as textUpTo,
} from '../../kernel/values.ts'
import { messageOriginalSchema, storedOriginalSchema } from '../../message-original.ts'
import { sentArticleSchema, storedArticleSchema } from '../../sent-article.ts'
import { customerSchema } from '../../person.ts'
import { givenValues, productTeam, splitFromSchema, ticketLimits } from '../vocabulary.ts'
import {
  anyName,
  anywhere,
  freeText,
  inWords,
  message,
  person,
  priority,
  storedId,
  storedReason,
  tag,
  text,
  ticketCommand,
  ticketEvent,
  waited,
  whileUnsolved,
} from './definition.ts'

/** The events of a ticket's conversation, from its opening on. */
export const conversationEvents = {
  TicketOpened: ticketEvent({
    description: 'The ticket was opened.',
    schema: z.object({
      subject: text,
      ...message,
      customer: person.extend({ firstName: text.optional() }),
      channel: z.enum(channels),
      priority,
      /** Whether somebody set the priority; when missing, any but `normal` counts as set. */
      priorityGiven: internal(z.boolean().optional()),
      language: internal(text),
      category: internal(text.optional()),
      plan: internal(text.optional()),
      /** The organisation that the customer belonged to. */
      organisationId: internal(text.optional()),
      /** The chat that it was made of. */
      chatId: internal(text.optional()),
      /** The draft that it was opened from: whose it was, and its number among theirs. */
      draft: internal(z.object({ customerId: text, number: z.int().positive() }).optional()),
      /** The message of another ticket from which this one was split off. */
      splitFrom: internal(z.object({ ticketId: text, messageId: text, ...waited }).optional()),
      tags: internal(z.array(text)),
      policyVersion: internal(text),
    }),
    statusAfter: 'new',
    shownToCustomers: true,
    hiddenFromCustomers: [],
    personal: { subject: 'customer', body: 'customer', customer: 'customer', 'draft.customerId': 'customer' },
    sentence: (event) => ({
      what:
        `opened “${event.subject}” by ${event.channel} for ${inWords(event.customer)}, priority ${event.priority}` +
        (event.category === undefined ? '' : `, category ${event.category}`) +
        (event.tags.length === 0 ? '' : `, tagged ${event.tags.join(', ')}`),
      said: event.body,
    }),
  }),
  AgentReplied: ticketEvent({
    description: 'The desk replied.',
    schema: z.object({
      ...message,
      template: text.optional().describe('The name of the reply template.'),
      /** The article that it was made of. */
      article: storedArticleSchema,
      /** From what it was translated. */
      original: internal(storedOriginalSchema),
      /** The status that the same command leads to. */
      then: internal(z.enum(['waiting_customer', 'resolved']).optional()),
    }),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: ['template'],
    personal: { body: freeText, 'original.body': freeText },
    sentence: ({ body, template, article, original }) => ({
      what: original ? `replied to the customer in translation from ${original.language}` : 'replied to the customer',
      why: article ? `with the article ${article.articleId}` : template && `with the template ${template}`,
      said: body,
    }),
  }),
  CustomerReplied: ticketEvent({
    description: 'The customer replied.',
    schema: z.object(message),
    statusAfter: null,
    shownToCustomers: true,
    hiddenFromCustomers: [],
    personal: { body: 'customer' },
    sentence: ({ body }) => ({ what: 'replied to the desk', said: body }),
  }),
  /**
   * The customer received an update of the incident whose urgent ticket this is: it counts as an update of the desk,
   * though the ticket has no new message.
   */
  UpdateRelayed: ticketEvent({
    description: 'An update on the incident of this urgent ticket was sent to the customer.',
    schema: z.object({ incidentId: storedId }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ incidentId }) => ({
      what: 'the customer has had news',
      why: `an update of the incident ${incidentId}`,
    }),
  }),
  InternalNoteAdded: ticketEvent({
    description: 'An internal note was added.',
    schema: z.object(message),
    statusAfter: null,
    shownToCustomers: false,
    personal: { body: freeText },
    sentence: ({ body }) => ({ what: 'added an internal note', said: body }),
  }),
  AttachmentAdded: ticketEvent({
    description: 'A file was attached.',
    schema: z.object({
      attachmentId: storedId,
      messageId: storedId.optional(),
      name: text,
      mediaType: text,
      bytes: z.int().nonnegative(),
      visibility: z.enum(['public', 'internal']),
      /** The file with the content; without it only this description is known. */
      fileId: internal(text.optional()),
    }),
    statusAfter: null,
    shownToCustomers: ({ visibility }) => visibility !== 'internal',
    hiddenFromCustomers: [],
    personal: { name: freeText },
    sentence: ({ name, mediaType, bytes, visibility }) => ({
      what: `attached ${name} (${mediaType}, ${bytes} bytes, ${visibility})`,
    }),
  }),
  /**
   * The content of a message was removed from view: `body` is what is left of it, and `attachmentIds` are removed too.
   * With a `subject`, which the ticket has from then on, every subject before it was removed as well.
   */
  TicketMessageRedacted: ticketEvent({
    description: 'Content of a message was removed from view.',
    schema: z.object({
      ...message,
      body: text.describe('What is left of the text.'),
      internal: internal(z.boolean()),
      attachmentIds: internal(z.array(text)),
      subject: text
        .optional()
        .describe('The subject of the ticket from then on; null if only the message was removed.'),
      reason: storedReason,
    }),
    statusAfter: null,
    shownToCustomers: ({ internal }) => !internal,
    hiddenFromCustomers: ['reason'],
    personal: { body: freeText, subject: freeText, reason: freeText },
    sentence: ({ messageId, body, subject, reason }) => ({
      what:
        `removed ${body === '' ? 'the content' : 'a part'} of the message ${messageId}` +
        (subject === undefined ? '' : ` and the subject, which is now “${subject}”`),
      why: reason,
    }),
  }),
  /** The message thanked the customer for their feature request, which the team now has. */
  FeatureRequestNoted: ticketEvent({
    description: 'The customer’s wish was recorded for the product team.',
    schema: z.object({ team: text, messageId: storedId }),
    statusAfter: null,
    shownToCustomers: false,
    personal: {},
    sentence: ({ team }) => ({ what: `noted as a wish for the team ${team}` }),
  }),
} as const

const messageText = textUpTo(limits.body)

const messageId = newMessageId
  .optional()
  .describe('An id of your choice for the message, by which files are attached to it; the command id unless given.')

/** The text of a message; or, for the history of another helpdesk, only that there was one, when its text is lost. */
const textFields = {
  messageId,
  body: printable(limits.body),
  withoutText: internal(z.literal(true).optional()),
}

const attachments = attachedFilesSchema.describe('The files of the message.')

type Part = 'attachmentId' | 'name' | 'mediaType' | 'bytes'

/** A file has its own description; without one, each part of it is needed. */
const whenNoFile = (
  part: Part,
): [
  check: (command: { readonly [K in Part | 'fileId']?: unknown }) => boolean,
  { message: string; path: string[] },
] => [
  (command) => (command.fileId === undefined) === (command[part] !== undefined),
  { message: 'is for what is no uploaded file, and needed there', path: [part] },
]

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
    description: 'Opens a ticket. A repeat with the same command id does not open a second one.',
    schema: z.strictObject({
      type: z.literal('open'),
      subject: line(limits.subject),
      messageId,
      body: messageText,
      attachments,
      customer: customerSchema.describe('The customer.'),
      channel: z.enum(channels).default('web').describe('The channel; web unless given.'),
      priority: z
        .enum(priorities)
        .optional()
        .describe('The priority. Unless given, it is that of the category, or else normal.'),
      language: language
        .optional()
        .describe('A language tag such as fr; the default language of the desk unless given.'),
      category: line(limits.name)
        .optional()
        .describe('The path of one of `categories`, such as technical_support/login_issues.'),
      anyCategory: anyName,
      plan: nameSchema.optional().describe('The customer’s plan, such as premium, which selects the SLA policy.'),
      tags: z.array(tag).max(limits.tags).default([]).describe('Tags.'),
      account: accountSchema,
      splitFrom: internal(splitFromSchema.optional()),
      chatId: internal(id.optional()),
      draft: internal(z.strictObject({ customerId: personId, number: z.int().positive() }).optional()),
    }),
    sentBy: senders.anyone,
    addedByDesk: ['language'],
    lifecycle: {
      absent: to('new'),
      new: refuse('ticket_already_open'),
      in_progress: refuse('ticket_already_open'),
      waiting_customer: refuse('ticket_already_open'),
      resolved: refuse('ticket_already_open'),
      closed: refuse('ticket_already_open'),
    },
    deskOnly: ['account', 'splitFrom', 'anyCategory', 'chatId', 'draft'],
  }),
  agentReply: ticketCommand({
    description: 'Replies to the customer with a body or a template, and sets the status of the ticket.',
    schema: hasText(
      z.strictObject({
        type: z.literal('agentReply'),
        ...textFields,
        attachments,
        body: textFields.body.optional(),
        template: line(limits.name).optional().describe('The name of a reply template, in the ticket’s language.'),
        article: sentArticleSchema,
        original: messageOriginalSchema(limits.body),
        values: givenValues.optional().describe('Values for the placeholders of the template.'),
        verbatim: z
          .boolean()
          .optional()
          .describe(
            'Whether the body was written elsewhere, such as in an e-mail: then brackets in it are not placeholders.',
          ),
        then: z
          .enum(['in_progress', 'waiting_customer', 'resolved'])
          .optional()
          .describe(
            'The status after the reply: in_progress unless given, or resolved if the ticket was resolved before.',
          ),
      }),
    )
      .refine((reply) => (reply.body === undefined) !== (reply.template === undefined), {
        message: 'needs either a body or a template',
        path: ['body'],
      })
      .refine(({ verbatim, template, values }) => !verbatim || (template === undefined && values === undefined), {
        message: 'goes with a body alone: a template and values are there to be filled in',
        path: ['verbatim'],
      })
      .refine(({ article, verbatim }) => !article || verbatim, {
        message: 'goes with a text that is sent as it is written',
        path: ['article'],
      })
      .refine(({ original, body }) => !original || body, {
        message: 'goes with a body, which is its translation',
        path: ['original'],
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
    description: 'Replies as the customer. A resolved or closed ticket is reopened.',
    schema: hasText(
      z.strictObject({ type: z.literal('customerReply'), ...textFields, attachments, account: accountSchema }),
    ),
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
    deskOnly: ['account'],
  }),
  relayUpdate: ticketCommand({
    description: 'Records that the customer received an update of the incident whose urgent ticket this is.',
    schema: z.strictObject({ type: z.literal('relayUpdate'), incidentId: id, postedAt: instantSchema }),
    sentBy: senders.system,
    lifecycle: whileUnsolved,
  }),
  addNote: ticketCommand({
    description: 'Adds an internal note.',
    schema: hasText(z.strictObject({ type: z.literal('addNote'), ...textFields, attachments })),
    sentBy: senders.desk,
    lifecycle: anywhere,
    acceptedWhenMerged: true,
  }),
  redactMessage: ticketCommand({
    description: 'Removes the content of a message and its attachments from view, such as the number of a card.',
    schema: z.strictObject({
      type: z.literal('redactMessage'),
      messageId: id.describe('The id of the message.'),
      subject: line(limits.subject)
        .optional()
        .describe(
          'Another subject for the ticket, where the present one, or an earlier one, is to be removed too. The present one removes the earlier ones. It goes with a message that the customer sees.',
        ),
      reason: textUpTo(limits.reason).optional().describe('The reason, for the desk.'),
      remainder: internal(
        printable(limits.body).optional().describe('What is left of the text; nothing unless given.'),
      ),
      attachmentIds: internal(
        z
          .array(id)
          .max(ticketLimits.attachments)
          .optional()
          .describe('Which attachments are removed; all unless given.'),
      ),
    }),
    sentBy: senders.desk,
    lifecycle: anywhere,
    acceptedWhenMerged: true,
  }),
  attach: ticketCommand({
    description:
      'Attaches a file to a ticket or to one of its messages: an uploaded one by its id, or only the description of one that is elsewhere.',
    schema: z
      .strictObject({
        type: z.literal('attach'),
        fileId: fileIdSchema
          .optional()
          .describe('A file that you have uploaded to this ticket. Its name, type and size are its own.'),
        file: internal(fileFacts.optional()),
        attachmentId: id.optional().describe('An id of your choice; that of the file where one is named.'),
        messageId: id
          .optional()
          .describe(
            'The message that the file belongs to, by the id chosen for it or the id that the conversation shows.',
          ),
        name: line(limits.name).optional().describe('The name, unless a file is named.'),
        mediaType: mediaTypeSchema.optional().describe('The media type, unless a file is named.'),
        bytes: z
          .int()
          .nonnegative()
          .max(ticketLimits.attachmentBytes)
          .optional()
          .describe(`The size in bytes, unless a file is named: at most ${ticketLimits.attachmentBytes} (25 MiB).`),
        visibility: z.enum(['public', 'internal']).default('public').describe('Who can see it; public unless given.'),
        account: accountSchema,
      })
      .refine(...whenNoFile('attachmentId'))
      .refine(...whenNoFile('name'))
      .refine(...whenNoFile('mediaType'))
      .refine(...whenNoFile('bytes')),
    sentBy: senders.anyone,
    lifecycle: anywhere,
    deskOnly: ['account'],
  }),
  handOverToProduct: ticketCommand({
    description: 'Replies with the template `feature_request`, resolves the ticket and records the customer’s wish.',
    schema: z.strictObject({
      type: z.literal('handOverToProduct'),
      messageId,
      values: givenValues.optional().describe('Values for the placeholders of the desk’s template `feature_request`.'),
      team: line(limits.name)
        .default(productTeam)
        .describe('The team that gets the wish: product unless given, or one of the desk’s teams.'),
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
