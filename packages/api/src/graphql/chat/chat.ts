import type { Chat, ChatEventData, Instant } from '@guichet/domain'
import { sharesChatsOf } from '@guichet/domain'
import type { ChatRow } from '@guichet/projections'
import { chatRow, emptyMarks } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { chatAt } from './chat-history.ts'
import { seesOwnOnly, viewerOf } from '../context.ts'
import { historyCost } from '../loaders.ts'
import { loadNodes } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { readVisibleChat } from '../shared-access.ts'
import { addTicketType, ticketBeside } from '../ticket/ticket.ts'
import { addPeople, addVocabulary } from '../vocabulary.ts'
import { addChatEnums } from './chat-enums.ts'

/** A chat as the read model shows it, or as its stream is: then without what only the read model has. */
export type ChatView = ChatRow & {
  readonly fromStream?: Chat
  /** Where it is shown as it was: when, and what it is now. */
  readonly then?: { readonly at: Instant; readonly present: Chat }
}

/** The chat of a stream as it is shown. */
export const chatView = (id: string, version: number, chat: Chat): ChatView => ({
  ...chatRow(id, version, chat, emptyMarks(chat.updatedAt)),
  fromStream: chat,
})

/** A chat as the read model shows it. */
export const shownRow = async (chat: ChatView, { loaders }: ApiContext): Promise<ChatRow | null> =>
  chat.fromStream && !chat.then ? loaders.chat.load(chat.id) : chat

/** Reads a chat from its stream, if the viewer may see it: customers see their own. */
export async function readOwnChat(id: string, context: ApiContext): Promise<Chat | undefined> {
  const { desk } = context.services
  const { state: chat } = await desk.read('chat', id)
  if (chat.status === 'absent') return undefined
  return !seesOwnOnly(context) || (await sharesChatsOf(desk, viewerOf(context).id, chat.customer.id)) ? chat : undefined
}

/** The chat as it is shown for reading alone, if the viewer may see it. */
export async function loadChat(id: string, context: ApiContext): Promise<ChatView | undefined> {
  const chat = await readVisibleChat(id, context)
  return chat && chatView(id, chat.version, chat)
}

/** The chat as it is shown, if it is the viewer's, or the viewer is of the desk. */
export async function readChat(id: string, context: ApiContext): Promise<ChatView | undefined> {
  const chat = await readOwnChat(id, context)
  return chat && chatView(id, chat.version, chat)
}

/** Adds `ChatContextFact`. */
export function addContextFact({ builder }: SchemaParts) {
  return builder.objectRef<readonly [name: string, value: string]>('ChatContextFact').implement({
    description: 'A fact about a chat or a message, by name, such as the page on which the chat began.',
    fields: (t) => ({
      name: t.string({ description: 'The name.', resolve: ([name]) => name }),
      value: t.string({ description: 'The value.', resolve: ([, value]) => value }),
    }),
  })
}

function addRating({ builder }: SchemaParts) {
  return builder.objectRef<ChatEventData<'ChatRated'>>('ChatRating').implement({
    description: 'How a customer rated a chat.',
    fields: (t) => ({
      rating: t.exposeInt('rating', { description: 'The chat as a whole, 1 to 5.' }),
      waitRating: t.exposeInt('waitRating', { nullable: true, description: 'The wait, 1 to 5.' }),
      agentRating: t.exposeInt('agentRating', { nullable: true, description: 'The agent, 1 to 5.' }),
      resolved: t.exposeBoolean('resolved', { nullable: true, description: 'Whether the matter is settled.' }),
      comment: t.exposeString('comment', { nullable: true, description: 'The comment.' }),
    }),
  })
}

function addAwaitedReply({ builder, use }: SchemaParts) {
  const { side } = use(addChatEnums)
  return builder.objectRef<ChatRow['awaitedReply']>('AwaitedReply').implement({
    description: 'A reply that one side of a chat awaits from the other.',
    fields: (t) => ({
      from: t.expose('from', { type: side, description: 'The side that replies next.' }),
      since: t.expose('since', { type: 'DateTime', description: 'Since when.' }),
      overdue: t.exposeBoolean('overdue', {
        description: 'Whether the desk is late with it, or the customer was warned.',
      }),
    }),
  })
}

/** Adds `Chat`. Customers do not see what reply is awaited. */
export function addChatType({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const { priority } = use(addVocabulary)
  const { person } = use(addPeople)
  const enums = use(addChatEnums)
  const contextFact = use(addContextFact)
  const rating = use(addRating)
  const awaitedReply = use(addAwaitedReply)
  const chat = builder.objectRef<ChatView>('Chat')
  builder.node(chat, {
    description: 'A live chat of a customer with the desk.',
    id: { description: 'The global id. Mutations take it as `chatId`.', resolve: ({ id }) => id },
    loadMany: loadNodes('chat', loadChat),
    fields: (t) => ({
      status: t.expose('status', { type: enums.status, description: 'The status.' }),
      customer: t.expose('customer', { type: person, description: 'The customer.' }),
      channel: t.expose('channel', { type: enums.channel, description: 'How the customer chats.' }),
      language: t.exposeString('language', { description: 'The language of the chat.' }),
      priority: t.expose('priority', { type: priority, description: 'The priority.' }),
      category: t.exposeString('category', { nullable: true, description: 'The path of the category.' }),
      startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it was started.' }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'When it last changed in a way that you are shown.',
        resolve: async (row, _, context) =>
          seesOwnOnly(context) ? ((await shownRow(row, context)) ?? row).publicUpdatedAt : row.updatedAt,
      }),
      closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true, description: 'When it was closed.' }),
      closeReason: t.field({
        type: enums.closeReason,
        nullable: true,
        description: 'Why it was closed. Customers see `OTHER` instead of `SPAM`.',
        resolve: ({ closeReason }, _, context) => closeReason && reasonSeen(context, closeReason),
      }),
      rating: t.expose('rating', { type: rating, nullable: true, description: 'How the customer rated it.' }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The ticket that it became. For a chat as it was, the ticket is as it was then.',
        resolve: ({ ticket: became, then }, _, context) =>
          became?.state === 'linked' ? ticketBeside({ asOf: then?.at }, became.id, context) : null,
      }),
      asOf: t.field({
        type: chat,
        nullable: true,
        description:
          'The chat as it was at a moment: after the events before the first one that is later than the moment. What was removed since is not shown. Null before it was started.',
        args: { at: t.arg({ type: 'DateTime', required: true }) },
        extensions: { cost: historyCost },
        resolve: asOf,
      }),
      queuedSince: t.expose('queuedSince', {
        type: 'DateTime',
        description: 'Since when it counts in the queue; a chat that comes back keeps its place.',
      }),
      context: t.field({
        type: [contextFact],
        description: 'What the page of the visitor gave at the start, such as `page`; empty for customers.',
        extensions: deskOnly,
        resolve: async (row, _, context) => Object.entries((await shownRow(row, context))?.context ?? {}),
      }),
      plan: t.exposeString('plan', {
        nullable: true,
        description: 'The plan of the customer; null for customers.',
        extensions: deskOnly,
      }),
      awaitedReply: t.expose('awaitedReply', {
        type: awaitedReply,
        nullable: true,
        description: 'The reply that is awaited; null for customers.',
        extensions: deskOnly,
      }),
      version: t.exposeInt('version', {
        nullable: true,
        description: 'The version; null for customers.',
        extensions: deskOnly,
      }),
    }),
  })
  return chat
}

/** A chat as it was at an instant, or at the earlier one that it is shown at. */
async function asOf(
  { id, fromStream, then }: ChatView,
  { at }: { readonly at: Instant },
  context: ApiContext,
): Promise<ChatView | undefined> {
  const present = then?.present ?? fromStream ?? (await readVisibleChat(id, context))
  if (!present) return undefined
  const moment = then && then.at < at ? then.at : at
  const was = await chatAt(context, id, moment, present)
  return was && { ...was.row, fromStream: was.chat, then: { at: moment, present } }
}

/** Why a chat was closed, as far as the viewer may know. */
export const reasonSeen = (context: ApiContext, reason: ChatEventData<'ChatClosed'>['reason']) =>
  seesOwnOnly(context) && reason === 'spam' ? 'other' : reason
