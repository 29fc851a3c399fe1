import type {
  Chat,
  ChatEventData,
  ChatEventOf,
  ChatEventType,
  ChatParticipant,
  ChatTransferTarget,
  Instant,
} from '@guichet/domain'
import {
  callEndReasons,
  callKinds,
  chatChannels,
  chatCloseReasons,
  chatEvents,
  chatMessageKinds,
  chatSides,
  chatStatuses,
  deskCloseReasons,
  sharesChatsOf,
  participantRoles,
} from '@guichet/domain'
import type { ChatMessageRow, ChatRow, LastMessage } from '@guichet/projections'
import { chatRow } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { globalId, joinIds, splitIds } from '../builder.ts'
import { chatAt } from './chat-history.ts'
import { seesOwnOnly, viewerOf, visibilityOf } from '../context.ts'
import { historyCost } from '../loaders.ts'
import { loadNodes } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { readVisibleChat } from '../shared-access.ts'
import { addTicketType, ticketBeside } from '../ticket/ticket.ts'
import { addPeople, addVocabulary, enumOf } from '../vocabulary.ts'

/** A message as it was sent, or with its present text. */
export type ChatMessageView = Pick<
  ChatMessageRow,
  'chatId' | 'id' | 'kind' | 'author' | 'body' | 'at' | 'attachments' | 'actions'
> &
  Partial<Pick<ChatMessageRow, 'number' | 'chosen' | 'card' | 'metadata' | 'inReplyTo' | 'editedAt' | 'redactedAt'>>

/** A chat as the read model shows it, or as its stream is: then without what only the read model has. */
export type ChatView = ChatRow & {
  readonly fromStream?: Chat
  /** Where it is shown as it was: when, and what it is now. */
  readonly then?: { readonly at: Instant; readonly present: Chat }
}

/** The chat of a stream as it is shown. */
export const chatView = (id: string, version: number, chat: Chat): ChatView => ({
  ...chatRow(id, version, chat, {
    context: undefined,
    slaPolicy: '',
    publicUpdatedAt: chat.updatedAt,
    acceptedAt: undefined,
    acceptedFrom: undefined,
    answeredFrom: undefined,
    handled: 0,
    holders: [],
    solvedByService: false,
    publicMessages: 0,
    lastMessage: undefined,
    lastPublicMessage: undefined,
    unread: { customer: [], desk: [] },
  }),
  fromStream: chat,
})

/** A chat as the read model shows it. */
const shownRow = async (chat: ChatView, { loaders }: ApiContext): Promise<ChatRow | null> =>
  chat.fromStream && !chat.then ? loaders.chat.load(chat.id) : chat

/** The type of every event of a chat. */
export const chatEventTypes = Object.keys(chatEvents) as readonly ChatEventType[]

/** Adds the enumerations of chats. */
export function addChatEnums({ builder }: SchemaParts) {
  return {
    status: enumOf(builder, 'ChatStatus', chatStatuses),
    channel: enumOf(builder, 'ChatChannel', chatChannels),
    kind: enumOf(builder, 'ChatMessageKind', chatMessageKinds),
    closeReason: enumOf(builder, 'ChatCloseReason', chatCloseReasons),
    deskCloseReason: enumOf(builder, 'DeskChatCloseReason', deskCloseReasons),
    role: enumOf(builder, 'ChatRole', participantRoles),
    side: enumOf(builder, 'ChatSide', chatSides),
    callKind: enumOf(builder, 'ChatCallKind', callKinds),
    callEndReason: enumOf(builder, 'ChatCallEndReason', callEndReasons),
    eventType: enumOf(builder, 'ChatEventType', chatEventTypes, {
      describe: (type) => chatEvents[type].description,
    }),
  }
}

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

/** Adds `Chat`. Customers see neither offers nor transfers, observers nor what reply is awaited. */
export function addChatType({ builder, use }: SchemaParts) {
  const ticket = use(addTicketType)
  const { priority } = use(addVocabulary)
  const { person, actor } = use(addPeople)
  const enums = use(addChatEnums)
  const agent = builder.objectRef<{ readonly id: string; readonly name?: string | undefined }>('ChatAgent').implement({
    description: 'Somebody of the desk in a chat.',
    fields: (t) => ({
      userId: t.exposeID('id', { description: 'The id by which the desk and its tokens identify the agent.' }),
      name: t.exposeString('name', { nullable: true, description: 'The name.' }),
    }),
  })
  const participant = builder.objectRef<ChatParticipant>('ChatParticipant').implement({
    description: 'A colleague in a chat, beside its agent.',
    fields: (t) => ({
      agent: t.expose('agent', { type: agent, description: 'The colleague.' }),
      role: t.expose('role', { type: enums.role, description: 'Whether they also write to the customer.' }),
      joined: t.exposeBoolean('joined', { description: 'Whether they have joined; otherwise they are invited.' }),
    }),
  })
  const offer = builder.objectRef<NonNullable<ChatRow['offer']>>('ChatOffer').implement({
    description: 'An offer of a chat that waits for its answer.',
    fields: (t) => ({
      round: t.exposeInt('round', { description: 'The number of the offer, counted from 1.' }),
      agent: t.expose('agent', { type: agent, description: 'To whom it is offered.' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when it can be accepted.' }),
    }),
  })
  const transfer = builder.objectRef<NonNullable<Chat['transfer']>>('ChatTransfer').implement({
    description: 'A transfer of a chat that nobody has accepted yet.',
    fields: (t) => ({
      agent: t.field({ type: agent, nullable: true, description: 'To whom.', resolve: ({ to }) => to.agent }),
      team: t.string({ nullable: true, description: 'To which team.', resolve: ({ to }) => to.team }),
      level: t.int({ nullable: true, description: 'To which support level.', resolve: ({ to }) => to.level }),
      note: t.exposeString('note', { nullable: true, description: 'What the next agent should know.' }),
    }),
  })
  const marks = builder.objectRef<Chat['read']>('ChatMarks').implement({
    description: 'The number of the last event that each side has received, or read.',
    fields: (t) => ({
      customer: t.exposeInt('customer', { description: 'The number for the customer.' }),
      desk: t.exposeInt('desk', { description: 'The number for the desk.' }),
    }),
  })
  const awaitedReply = builder.objectRef<ChatRow['awaitedReply']>('AwaitedReply').implement({
    description: 'A reply that one side of a chat awaits from the other.',
    fields: (t) => ({
      from: t.expose('from', { type: enums.side, description: 'The side that replies next.' }),
      since: t.expose('since', { type: 'DateTime', description: 'Since when.' }),
      overdue: t.exposeBoolean('overdue', {
        description: 'Whether the desk is late with it, or the customer was warned.',
      }),
    }),
  })
  const rating = builder.objectRef<ChatEventData<'ChatRated'>>('ChatRating').implement({
    description: 'How a customer rated a chat.',
    fields: (t) => ({
      rating: t.exposeInt('rating', { description: 'The chat as a whole, 1 to 5.' }),
      waitRating: t.exposeInt('waitRating', { nullable: true, description: 'The wait, 1 to 5.' }),
      agentRating: t.exposeInt('agentRating', { nullable: true, description: 'The agent, 1 to 5.' }),
      resolved: t.exposeBoolean('resolved', { nullable: true, description: 'Whether the matter is settled.' }),
      comment: t.exposeString('comment', { nullable: true, description: 'The comment.' }),
    }),
  })

  type Message = ChatEventOf<'ChatMessageSent'>
  const attachment = builder.objectRef<NonNullable<Message['attachments']>[number]>('ChatAttachment').implement({
    description: 'A file of a message.',
    fields: (t) => ({
      id: t.id({
        description: 'The global id, unique across all types.',
        resolve: ({ fileId }) => globalId('ChatAttachment', fileId),
      }),
      fileId: t.exposeID('fileId', { description: 'The id of the file.' }),
      name: t.exposeString('name', { description: 'The name.' }),
      mediaType: t.exposeString('mediaType', { description: 'The media type.' }),
      bytes: t.exposeInt('bytes', { description: 'The size in bytes.' }),
    }),
  })
  const contextFact = builder.objectRef<readonly [name: string, value: string]>('ChatContextFact').implement({
    description: 'A fact about a chat or a message, by name, such as the page on which the chat began.',
    fields: (t) => ({
      name: t.string({ description: 'The name.', resolve: ([name]) => name }),
      value: t.string({ description: 'The value.', resolve: ([, value]) => value }),
    }),
  })
  const target = builder.objectRef<ChatTransferTarget>('ChatTransferTarget').implement({
    description: 'To whom a chat is to be handed over: one of the three.',
    fields: (t) => ({
      agent: t.expose('agent', { type: agent, nullable: true, description: 'An agent.' }),
      team: t.exposeString('team', { nullable: true, description: 'A team.' }),
      level: t.exposeInt('level', { nullable: true, description: 'The least support level.' }),
    }),
  })
  const action = builder.objectRef<NonNullable<Message['actions']>[number]>('ChatAction').implement({
    description: 'An action that a message offers.',
    fields: (t) => ({
      actionId: t.exposeID('actionId', { description: 'The id, unique in the message.' }),
      label: t.exposeString('label', { description: 'The text of the button.' }),
      transferTo: t.expose('transferTo', {
        type: target,
        nullable: true,
        description:
          'To whom the chat goes when it is chosen; null for customers, and for an action without an effect.',
        extensions: deskOnly,
      }),
    }),
  })
  const cardValue = builder.objectRef<NonNullable<Message['card']>['fields'][number]>('ChatCardValue').implement({
    description: 'A value of a card.',
    fields: (t) => ({
      label: t.exposeString('label', { description: 'What it is.' }),
      value: t.exposeString('value', { description: 'The value.' }),
    }),
  })
  const card = builder.objectRef<NonNullable<Message['card']>>('ChatCard').implement({
    description: 'Live data in a message.',
    fields: (t) => ({
      source: t.exposeString('source', { description: 'Where the data comes from.' }),
      title: t.exposeString('title', { description: 'The title.' }),
      fields: t.field({ type: [cardValue], description: 'The values.', resolve: ({ fields }) => fields }),
    }),
  })
  const message = builder.objectRef<ChatMessageView>('ChatMessage')
  builder.node(message, {
    description: 'A message of a chat.',
    id: {
      description: 'The global id. Mutations take it as `messageId` too.',
      resolve: ({ chatId, id }) => joinIds(chatId, id),
    },
    loadMany: loadNodes('chat', messageOf),
    fields: (t) => ({
      messageId: t.exposeID('id', { description: 'The id. It begins with the id that its sender chose.' }),
      kind: t.expose('kind', { type: enums.kind, description: 'The kind.' }),
      body: t.exposeString('body', { description: 'The text.' }),
      attachments: t.field({
        type: [attachment],
        description: 'The files.',
        resolve: ({ attachments }) => attachments,
      }),
      actions: t.field({ type: [action], description: 'The actions offered.', resolve: ({ actions }) => actions }),
      card: t.expose('card', { type: card, nullable: true, description: 'Live data.' }),
      metadata: t.field({
        type: [contextFact],
        description: 'Facts for programs, such as the version of the app; empty for customers.',
        extensions: deskOnly,
        resolve: ({ metadata = {} }) => Object.entries(metadata),
      }),
      number: t.exposeInt('number', {
        nullable: true,
        description: 'Its number in what the customer is shown; null for a note.',
      }),
      by: t.expose('author', { type: actor, description: 'Who sent it.' }),
      at: t.expose('at', { type: 'DateTime', description: 'When it was sent.' }),
      chosen: t.exposeID('chosen', { nullable: true, description: 'The action that the customer has chosen.' }),
      editedAt: t.expose('editedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When its text was last changed.',
      }),
      redactedAt: t.expose('redactedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When its content was removed.',
      }),
      inReplyTo: t.exposeID('inReplyTo', { nullable: true, description: 'The id of the message that it answers.' }),
    }),
  })

  const lastMessage = builder.objectRef<LastMessage>('ChatLastMessage').implement({
    description: 'A message in a list of chats.',
    fields: (t) => ({
      messageId: t.exposeID('messageId', { description: 'The id.' }),
      kind: t.expose('kind', { type: enums.kind, description: 'The kind.' }),
      by: t.expose('by', { type: actor, description: 'Who sent it.' }),
      text: t.exposeString('text', {
        description: 'The beginning of its text, 200 characters at most; empty once its content was removed.',
      }),
      attachments: t.exposeInt('attachments', { description: 'The number of its files.' }),
      at: t.expose('at', { type: 'DateTime', description: 'When it was sent.' }),
    }),
  })

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
      agent: t.expose('agent', { type: agent, nullable: true, description: 'The agent who has it.' }),
      speakers: t.field({
        type: [participant],
        description: 'The colleagues who write to the customer beside its agent.',
        resolve: ({ participants }) => participants.filter(({ role, joined }) => role === 'speaker' && joined),
      }),
      lastNumber: t.exposeInt('lastNumber', {
        description: 'The number of the last event that the customer is shown.',
      }),
      delivered: t.expose('delivered', { type: marks, description: 'Up to which event each side has received it.' }),
      read: t.expose('read', { type: marks, description: 'Up to which event each side has read it.' }),
      unread: t.int({
        description: 'How many messages your side was sent and has not read, 1,000 at most.',
        resolve: async (row, _, context) =>
          (await shownRow(row, context))?.unread[seesOwnOnly(context) ? 'customer' : 'desk'] ?? 0,
      }),
      lastMessage: t.field({
        type: lastMessage,
        nullable: true,
        description: 'The last message that you may see.',
        resolve: async (row, _, context) => {
          const shownChat = await shownRow(row, context)
          return seesOwnOnly(context) ? shownChat?.lastPublicMessage : shownChat?.lastMessage
        },
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
      offer: t.expose('offer', {
        type: offer,
        nullable: true,
        description: 'The open offer; null for customers.',
        extensions: deskOnly,
      }),
      transfer: t.expose('transfer', {
        type: transfer,
        nullable: true,
        description: 'The open transfer; null for customers.',
        extensions: deskOnly,
      }),
      participants: t.expose('participants', {
        type: [participant],
        description: 'All colleagues, invited ones and observers too; empty for customers.',
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
  return { chat, agent, message, cardValue }
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

/** Loads a message, as the viewer may see it, by the id of its chat and its own. */
async function messageOf(id: string, context: ApiContext): Promise<ChatMessageView | undefined> {
  const [chatId = '', ...rest] = splitIds(id)
  if (!(await context.loaders.chat.load(chatId))) return undefined
  const messages = await context.read('chatMessages')
  return (await messages.byKeys([{ chatId, messageId: joinIds(...rest) }], visibilityOf(context)))[0]
}

/** Why a chat was closed, as far as the viewer may know. */
export const reasonSeen = (context: ApiContext, reason: ChatEventData<'ChatClosed'>['reason']) =>
  seesOwnOnly(context) && reason === 'spam' ? 'other' : reason
