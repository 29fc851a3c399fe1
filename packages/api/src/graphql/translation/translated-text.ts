import type { StreamName } from '@guichet/domain'
import { isSameLanguage, speaks, streamName } from '@guichet/domain'
import type { ChatRow, TicketRow } from '@guichet/projections'
import { isCustomer } from '../../auth/principal.ts'
import { splitIds, joinIds } from '../builder.ts'
import type { ChatMessageView } from '../chat/chat-message.ts'
import { chatMessageOf } from '../chat/chat-message.ts'
import { viewerOf } from '../context.ts'
import { languageOfViewer } from '../customer-language.ts'
import type { ApiContext } from '../services.ts'
import type { TicketMessageView } from '../ticket/conversation.ts'
import { ticketMessageOf } from '../ticket/conversation.ts'
import type { TranslatedText } from '../translate-messages.ts'

/** A message of a ticket or of a chat, as far as its translation depends on it. */
export type TranslatableMessage = {
  readonly stream: StreamName
  readonly messageId: string
  readonly customerId: string
  readonly body: string
  readonly isNote: boolean
  readonly isByCustomer: boolean
  /** The language of its conversation. */
  readonly language: string
  /** The names of those who write in its conversation. */
  readonly names: readonly string[]
}

type People = Pick<TicketRow, 'customer' | 'language'> & {
  readonly agent: { readonly name?: string | undefined } | undefined
}

/** A message of a ticket that the viewer may see; undefined where the ticket is not there any more. */
export async function messageOfTicket(
  message: TicketMessageView,
  { loaders }: Pick<ApiContext, 'loaders'>,
): Promise<TranslatableMessage | undefined> {
  const ticket = await loaders.ticket.load(message.ticketId)
  if (!ticket) return undefined
  const people = { customer: ticket.customer, language: ticket.language, agent: ticket.assignee }
  return messageWith(people, { ...message, stream: streamName('ticket', message.ticketId) })
}

/** A message of a chat that the viewer may see; undefined where the chat is not there any more. */
export async function messageOfChat(
  message: ChatMessageView,
  { loaders }: Pick<ApiContext, 'loaders'>,
): Promise<TranslatableMessage | undefined> {
  const chat: ChatRow | null = await loaders.chat.load(message.chatId)
  return chat ? messageWith(chat, { ...message, stream: streamName('chat', message.chatId) }) : undefined
}

const messageWith = (
  { customer, language, agent }: People,
  {
    stream,
    id,
    body,
    kind,
    author,
  }: Pick<ChatMessageView, 'id' | 'body' | 'author'> & { readonly stream: StreamName; readonly kind: string },
): TranslatableMessage => ({
  stream,
  messageId: id,
  customerId: customer.id,
  body,
  isNote: kind === 'note',
  isByCustomer: author.kind === 'customer',
  language,
  names: [customer.name, agent?.name, author.name].filter((name) => name !== undefined),
})

/** The message of a global id, as the viewer may see it. */
export async function messageOfId(globalId: string, context: ApiContext): Promise<TranslatableMessage | undefined> {
  const [type, ...ids] = splitIds(globalId)
  if (type === 'Message') {
    const message = await ticketMessageOf(joinIds(...ids), context)
    return message && messageOfTicket(message, context)
  }
  const message = type === 'ChatMessage' ? await chatMessageOf(joinIds(...ids), context) : undefined
  return message && messageOfChat(message, context)
}

/**
 * Whether the viewer may have a message translated: the desk any but its notes, unless they are translated too, and customers what
 * the desk has written to them. What nobody may have translated is sent to no service.
 */
export function isTranslated(message: TranslatableMessage, context: ApiContext): boolean {
  const { translations } = context.services
  if (!translations || message.body.trim() === '') return false
  if (isCustomer(viewerOf(context))) return !message.isByCustomer && !message.isNote
  return !message.isNote || translations.translatesNotes
}

/** A message in another language; undefined where it is written in that one, or may not be translated. */
export async function translationOf(
  message: TranslatableMessage | undefined,
  to: string,
  context: ApiContext,
): Promise<TranslatedText | undefined> {
  if (!message || !isTranslated(message, context)) return undefined
  const { body: text, stream, messageId, customerId, language, names } = message
  if (isCustomer(viewerOf(context)) && !(await isOffered(to, language, context)))
    return { text, from: language, to, by: undefined, fault: 'no_service' }
  const of = { stream, messageId, customerId }
  return (await context.loaders.translation.load({ text, language, to, names, of })) ?? undefined
}

/**
 * Whether customers may ask for a language: each that the desk writes in, that of the conversation, and the one of their own record
 * or browser. Whatever else they could think of would cost the desk requests to its services.
 */
async function isOffered(to: string, conversationLanguage: string, context: ApiContext): Promise<boolean> {
  const { wording } = await context.services.desk.terms()
  if (speaks(wording, to) || isSameLanguage(to, conversationLanguage)) return true
  return isSameLanguage(to, await languageOfViewer(context))
}
