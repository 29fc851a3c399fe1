import { z } from 'zod'
import { senders } from '../../kernel/command.ts'
import { to } from '../../kernel/lifecycle.ts'
import { limits } from '../../kernel/limits.ts'
import { id, text as textUpTo } from '../../kernel/values.ts'
import { messageOriginalSchema, storedOriginalSchema } from '../../message-original.ts'
import { sentArticleSchema, storedArticleSchema } from '../../sent-article.ts'
import { chatBody, chatLimits, chatMessageFields, chatMessageKinds } from '../vocabulary.ts'
import {
  anywhere,
  chatCommand,
  chatEvent,
  count,
  freeText,
  side,
  storedId,
  text,
  transferTarget,
  untilClosedUnlessDone,
} from './definition.ts'
import { french } from './french.ts'

const messageId = id.describe('The id of the message.')
const upTo = z.int().positive().describe('The number of the last item, counted as the customer is shown them.')

/** The messages of a chat: the commands. */
export const messageCommands = {
  send: chatCommand({
    description: 'Sends a message in a chat.',
    schema: z.strictObject({
      type: z.literal('send'),
      ...chatMessageFields,
      article: sentArticleSchema,
      original: messageOriginalSchema(chatLimits.body),
      solution: textUpTo(limits.reason)
        .optional()
        .describe('What has solved the matter: an automatic message with it closes the chat as solved.'),
    }),
    sentBy: senders.anyone,
    addedByDesk: ['actions.*.transferTo.agent.name'],
    lifecycle: { ...untilClosedUnlessDone, waiting: to('waiting', 'closed'), active: to('active', 'closed') },
  }),
  edit: chatCommand({
    description: 'Changes the text of one of your messages.',
    schema: z.strictObject({ type: z.literal('edit'), messageId, body: chatBody.describe('The new text.') }),
    sentBy: senders.anyone,
    lifecycle: untilClosedUnlessDone,
  }),
  redact: chatCommand({
    description: 'Removes the content of a message from view, such as the number of a card.',
    schema: z.strictObject({
      type: z.literal('redact'),
      messageId,
      reason: textUpTo(limits.reason).optional().describe('The reason, for the desk.'),
    }),
    sentBy: senders.anyone,
    lifecycle: anywhere,
  }),
  choose: chatCommand({
    description: 'Chooses an action that a message offers.',
    schema: z.strictObject({ type: z.literal('choose'), messageId, actionId: id.describe('The id of the action.') }),
    sentBy: senders.customers,
    lifecycle: untilClosedUnlessDone,
  }),
  markDelivered: chatCommand({
    description: 'Records up to which item a side has received the chat.',
    schema: z.strictObject({ type: z.literal('markDelivered'), upTo }),
    sentBy: senders.anyone,
    lifecycle: anywhere,
  }),
  markRead: chatCommand({
    description: 'Records up to which item a side has read the chat.',
    schema: z.strictObject({ type: z.literal('markRead'), upTo }),
    sentBy: senders.anyone,
    lifecycle: anywhere,
  }),
} as const

const storedMessageId = storedId.describe('The message that it is about.')
const mark = z.object({ side, upTo: count.describe('Up to which number.') })

/** The messages of a chat: the events. */
export const messageEvents = {
  ChatMessageSent: chatEvent({
    description: 'A message was sent.',
    schema: z.object({
      messageId: storedMessageId,
      kind: z.enum(chatMessageKinds),
      body: text,
      attachments: z.array(z.object({ fileId: text, name: text, mediaType: text, bytes: count })).optional(),
      actions: z.array(z.object({ actionId: text, label: text, transferTo: transferTarget.optional() })).optional(),
      card: z.object({ source: text, title: text, fields: z.array(z.object({ label: text, value: text })) }).optional(),
      metadata: z.record(text, text).optional(),
      inReplyTo: text.optional(),
      /** The article that it was made of. */
      article: storedArticleSchema,
      /** From what it was translated; a changed text has none. */
      original: storedOriginalSchema,
    }),
    statusAfter: null,
    shownToCustomers: ({ kind }) => kind !== 'note',
    personal: {
      body: freeText,
      'original.body': freeText,
      'attachments.*.name': freeText,
      'actions.*.label': freeText,
      'actions.*.transferTo.agent': 'agent',
      card: 'customer',
      metadata: freeText,
    },
    sentences: {
      en: ({ kind, body }) => ({ what: kind === 'note' ? 'wrote a note' : `sent a message (${kind})`, said: body }),
      fr: ({ kind, body }) => ({
        what: kind === 'note' ? 'a écrit une note' : `a envoyé un message (${french.messageKinds[kind]})`,
        said: body,
      }),
    },
  }),
  ChatMessageEdited: chatEvent({
    description: 'The text of a message was changed.',
    schema: z.object({ messageId: storedMessageId, body: text, internal: z.boolean() }),
    statusAfter: null,
    shownToCustomers: ({ internal }) => !internal,
    personal: { body: freeText },
    sentences: {
      en: ({ messageId, body }) => ({ what: `changed the message ${messageId}`, said: body }),
      fr: ({ messageId, body }) => ({ what: `a modifié le message ${messageId}`, said: body }),
    },
  }),
  ChatMessageRedacted: chatEvent({
    description: 'The content of a message was removed.',
    schema: z.object({ messageId: storedMessageId, internal: z.boolean(), reason: text.optional() }),
    statusAfter: null,
    shownToCustomers: ({ internal }) => !internal,
    personal: { reason: freeText },
    sentences: {
      en: ({ messageId, reason }) => ({ what: `removed the content of the message ${messageId}`, why: reason }),
      fr: ({ messageId, reason }) => ({
        what: `a retiré le contenu du message ${messageId}`,
        why: reason,
      }),
    },
  }),
  ChatActionChosen: chatEvent({
    description: 'The customer chose an action that a message offers.',
    schema: z.object({
      messageId: storedMessageId,
      actionId: storedId.describe('The action that was chosen.'),
      label: text,
    }),
    statusAfter: null,
    shownToCustomers: true,
    personal: { label: 'customer' },
    sentences: {
      en: ({ label }) => ({ what: label === '' ? 'chose an action' : `chose “${label}”` }),
      fr: ({ label }) => ({ what: label === '' ? 'a choisi une action' : `a choisi « ${label} »` }),
    },
  }),
  ChatMessagesDelivered: chatEvent({
    description: 'A side has received it up to a number.',
    schema: mark,
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentences: {
      en: ({ side, upTo }) => ({ what: `delivered to the ${side} up to ${upTo}` }),
      fr: ({ side, upTo }) => ({ what: `remis au ${french.sides[side]} jusqu’à ${upTo}` }),
    },
  }),
  ChatMessagesRead: chatEvent({
    description: 'A side has read it up to a number.',
    schema: mark,
    statusAfter: null,
    shownToCustomers: true,
    personal: {},
    sentences: {
      en: ({ side, upTo }) => ({ what: `read by the ${side} up to ${upTo}` }),
      fr: ({ side, upTo }) => ({ what: `lu par le ${french.sides[side]} jusqu’à ${upTo}` }),
    },
  }),
} as const
