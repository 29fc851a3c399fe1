import type { Chat, ChatEventOf } from '@guichet/domain'
import type { ChatMessageRow, LastMessage } from '@guichet/projections'
import type { SchemaParts } from '../builder.ts'
import { globalId, joinIds, splitIds } from '../builder.ts'
import { seesOwnOnly, visibilityOf } from '../context.ts'
import { loadNodes } from '../paging.ts'
import { deskOnly } from '../readers.ts'
import type { ApiContext } from '../services.ts'
import { addMessageOriginal } from '../message-original.ts'
import { addPeople } from '../vocabulary.ts'
import { addChatType, addContextFact, shownRow } from './chat.ts'
import { addTransferTarget } from './chat-agents.ts'
import { addChatEnums } from './chat-enums.ts'

/** A message as it was sent, or with its present text. */
export type ChatMessageView = Pick<
  ChatMessageRow,
  'chatId' | 'id' | 'kind' | 'author' | 'body' | 'at' | 'attachments' | 'actions'
> &
  Partial<
    Pick<
      ChatMessageRow,
      'number' | 'chosen' | 'card' | 'metadata' | 'original' | 'inReplyTo' | 'editedAt' | 'redactedAt'
    >
  >

type Message = ChatEventOf<'ChatMessageSent'>

/** Adds `ChatCardValue`. */
export function addCardValue({ builder }: SchemaParts) {
  return builder.objectRef<NonNullable<Message['card']>['fields'][number]>('ChatCardValue').implement({
    description: 'A value of a card.',
    fields: (t) => ({
      label: t.exposeString('label', { description: 'What it is.' }),
      value: t.exposeString('value', { description: 'The value.' }),
    }),
  })
}

/** Adds `ChatMessage`. */
export function addChatMessageType({ builder, use }: SchemaParts) {
  const { actor } = use(addPeople)
  const enums = use(addChatEnums)
  const contextFact = use(addContextFact)
  const target = use(addTransferTarget)
  const cardValue = use(addCardValue)
  const original = use(addMessageOriginal)
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
    loadMany: loadNodes('chat', chatMessageOf),
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
      original: t.expose('original', {
        type: original,
        nullable: true,
        description:
          'From what the text was translated; null where it was not, and once the text was changed or removed.',
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
  return message
}

/** Loads a message, as the viewer may see it, by the id of its chat and its own. */
export async function chatMessageOf(id: string, context: ApiContext): Promise<ChatMessageView | undefined> {
  const [chatId = '', ...rest] = splitIds(id)
  if (!(await context.loaders.chat.load(chatId))) return undefined
  const messages = await context.read('chatMessages')
  return (await messages.byKeys([{ chatId, messageId: joinIds(...rest) }], visibilityOf(context)))[0]
}

/** Adds to `Chat` the marks up to which each side has received and read it, and its last message. */
export function addChatMarks({ builder, use }: SchemaParts): void {
  const { actor } = use(addPeople)
  const enums = use(addChatEnums)
  const marks = builder.objectRef<Chat['read']>('ChatMarks').implement({
    description: 'The number of the last event that each side has received, or read.',
    fields: (t) => ({
      customer: t.exposeInt('customer', { description: 'The number for the customer.' }),
      desk: t.exposeInt('desk', { description: 'The number for the desk.' }),
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
  builder.objectFields(use(addChatType), (t) => ({
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
  }))
}
