import { z } from 'zod'
import type { ChatEvent, DomainEvent, TicketEvent } from '@guichet/domain'
import {
  accept,
  articleForms,
  chatLimits,
  describeIssue,
  id,
  isSameLanguage,
  language as languageTag,
  malformed,
  parseStream,
  refusal,
  refusePlaceholders,
  streamName,
  text as textUpTo,
} from '@guichet/domain'
import { projectionsBehind, ticketModels } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import type { Conversation } from '../canned/canned.ts'
import { cannedValuesOf, conversationOf } from '../canned/canned.ts'
import { addChatType, readChat } from '../chat/chat.ts'
import type { CommandInput, CommandResult } from '../command.ts'
import { commandFields, derivedId, refused, send, senderOf, sendToTicket, toCommandResult } from '../command.ts'
import { viewerOf } from '../context.ts'
import { addInputs } from '../inputs.ts'
import { addMutation } from '../mutation.ts'
import { addResultTypes } from '../result-types.ts'
import type { ApiContext } from '../services.ts'
import { addTicketType } from '../ticket/ticket.ts'
import { addArticleEnums } from './article-enums.ts'
import { articleMessage, publicText, sentArticleOf, wholeAddress } from './article-message.ts'

const sendSchema = z
  .strictObject({
    articleId: id.describe('The article. Customers must be able to read it.'),
    chatId: id.optional().describe('The chat; give this or a ticket.'),
    ticketId: id.optional().describe('The ticket; give this or a chat.'),
    form: z.enum(articleForms).describe('What is sent of it.'),
    language: languageTag
      .optional()
      .describe(
        'The language of the text, that of the ticket or chat by default. Where the article does not have it, its first one is sent, and the message says which.',
      ),
    text: textUpTo(chatLimits.body)
      .optional()
      .describe('What you say above it. Placeholders such as {{customer.firstName}} are filled, as in canned replies.'),
  })
  .describe('An article, and the ticket or chat to whose customer it is sent.')

type Sending = z.output<typeof sendSchema>

/** Adds `sendArticle`: a message to a customer that is made of an article. */
export function addSendArticle({ builder, use }: SchemaParts): void {
  use(addArticleEnums)
  const inputs = use(addInputs)
  const { payloadWith } = use(addResultTypes)
  const ticket = use(addTicketType)
  const chat = use(addChatType)
  addMutation(builder, inputs, 'sendArticle', {
    description:
      'Sends a published article to the customer of a ticket, as your reply, or of a chat, as your message. The desk writes the text, and records what was sent.',
    payload: payloadWith({
      reached: 'Waits until queries show the message to everybody; false if that takes too long.',
      models: (result) => (sentIn(result) === 'chat' ? projectionsBehind.chats : ticketModels),
      fields: (t) => ({
        ticket: t.field({
          type: ticket,
          nullable: true,
          description: 'The ticket after the message.',
          resolve: (result, _, { loaders }) =>
            result.id === undefined || sentIn(result) !== 'ticket' ? null : loaders.ticket.load(result.id),
        }),
        chat: t.field({
          type: chat,
          nullable: true,
          description: 'The chat after the message.',
          resolve: (result, _, context) =>
            result.id === undefined || sentIn(result) !== 'chat' ? null : readChat(result.id, context),
        }),
      }),
    }),
    schema: sendSchema,
    fields: (t) => commandFields(t, 'the ticket or chat'),
    resolve: async (data, input, context) => {
      const { success, data: sending, error } = sendSchema.safeParse(data, describeIssue)
      if (!success) return refused(malformed(error))
      const conversation = await conversationOf(sending, context)
      if (!conversation) return refused(refusal(sending.chatId === undefined ? 'ticket_not_found' : 'chat_not_found'))
      const result = await sendArticle(sending, conversation, input, context)
      const isRefused = result.userErrors.length > 0
      return (isRefused && (await firstSending(sending, conversation, input, context))) || result
    },
  })
}

/** Whether an article was sent in a ticket or a chat; undefined if it was refused. */
const sentIn = ({ executed }: CommandResult): string | undefined => executed && parseStream(executed.stream).category

async function sendArticle(
  { articleId, form, language, text = '' }: Sending,
  conversation: Conversation,
  input: CommandInput,
  context: ApiContext,
): Promise<CommandResult> {
  const misspelt = refusePlaceholders({ text }, 'input')
  if (misspelt) return refused({ ...misspelt, field: 'text' })
  const article = await context.loaders.article.load(articleId)
  if (!article) return refused(refusal('article_not_found', { field: 'articleId' }))
  const customerLanguage = conversation.language
  const revision = await publicText(article, language ?? customerLanguage, context)
  if (!revision) return refused(refusal('article_not_public', { field: 'articleId' }))
  if (form === 'link' && (await wholeAddress(revision, context)) === undefined)
    return refused(refusal('article_without_address', { field: 'form' }))
  const values = await cannedValuesOf(conversation, [text], context)
  const body = await articleMessage(revision, { form, text, values, customerLanguage }, context)
  const sent = sentArticleOf(revision, form)
  const { kind, id: conversationId } = conversation
  const command =
    kind === 'ticket'
      ? await sendToTicket(
          context,
          { ...input, ticketId: conversationId },
          { type: 'agentReply', body, verbatim: true, article: sent },
        )
      : await send(
          context,
          'chat',
          conversationId,
          { type: 'send', messageId: derivedId(viewerOf(context), input.commandId), kind: 'text', body, article: sent },
          input,
        )
  return withFieldOfInput(command)
}

/** How many events one command stores at most beside the message, such as the ticket that is taken with the reply. */
const mostBeside = 20

/**
 * The outcome of the same command where it was carried out before its article changed or was archived; undefined for one that was
 * not, or that asks for something else than before.
 */
async function firstSending(
  { articleId, form, language }: Sending,
  { kind, id: conversationId }: Conversation,
  input: CommandInput,
  context: ApiContext,
): Promise<CommandResult | undefined> {
  const { store } = context.services
  const { by, commandId } = senderOf(context, input)
  const stream = streamName(kind, conversationId)
  const first = await store.findCommand(stream, commandId)
  if (!first) return undefined
  const { version, position } = first
  const stored = await store.readStream(stream, Math.max(1, version - mostBeside), 1 + mostBeside)
  const article = await context.loaders.article.load(articleId)
  const isRepeat = stored.some(({ commandId: storedId, event }) => {
    if (storedId !== commandId || !isMessage(event) || !event.article) return false
    const { article: sent } = event
    const isAlike = sent.articleId === articleId && sent.form === form && event.by.id === by.id
    const isChanged = article?.translations.find((each) => each.language === sent.language)?.published !== sent.revision
    return isAlike && isChanged && (language === undefined || isSameLanguage(language, sent.language))
  })
  if (!isRepeat) return undefined
  const execution = { stream, version, position, events: [], repeated: true, state: undefined }
  return toCommandResult(accept(execution), context, kind)
}

type Message = Extract<TicketEvent | ChatEvent, { readonly type: 'AgentReplied' | 'ChatMessageSent' }>

const isMessage = (event: DomainEvent): event is Message =>
  event.type === 'AgentReplied' || event.type === 'ChatMessageSent'

/** A message that is too long is so by its form: the sender gave no body. */
const withFieldOfInput = (result: CommandResult): CommandResult => ({
  ...result,
  userErrors: result.userErrors.map((each) =>
    each.field === 'body' ? { ...each, message: each.message.replace('body', 'form'), field: 'form' } : each,
  ),
})
