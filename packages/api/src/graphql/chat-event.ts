import type { ChatEvent } from '@guichet/domain'
import { isShownInChat } from '@guichet/domain'
import type { ApiBuilder } from './builder.ts'
import { joinIds, splitIds } from './builder.ts'
import type { ChatMessageView, ChatTypes, ChatWords } from './chat.ts'
import type { NumberedChatEvent } from './chat-history.ts'
import { chatEventAt, readChatEvents } from './chat-history.ts'
import { readOwnChat, reasonSeen } from './chat.ts'
import { internally } from './context.ts'
import { historyCost } from './loaders.ts'
import { connectionOf, loadNodes, namesOf } from './paging.ts'
import type { ApiContext } from './services.ts'
import type { People, Vocabulary } from './vocabulary.ts'

/** Adds `ChatEvent`: one event of a chat, with the fields of its type; those of other types are null. */
export function addChatEventType(
  builder: ApiBuilder,
  { priority }: Vocabulary,
  { actor }: People,
  words: ChatWords,
  { chat, agent, message }: ChatTypes,
) {
  /** A field of some types of events. */
  const of = <K extends string>({ envelope: { event } }: NumberedChatEvent, field: K) =>
    (field in event ? event[field as unknown as keyof ChatEvent] : undefined) as
      (ChatEvent extends infer E ? (E extends Readonly<Record<K, infer V>> ? V : never) : never) | undefined

  const chatEvent = builder.objectRef<NumberedChatEvent>('ChatEvent')
  builder.node(chatEvent, {
    description: 'One event of a chat. Fields that its type does not have are null.',
    id: { resolve: ({ chatId, envelope }) => joinIds(chatId, envelope.position) },
    loadMany: loadNodes('chat', eventOf),
    fields: (t) => ({
      type: t.field({
        type: words.eventType,
        description: 'The type.',
        resolve: ({ envelope }) => envelope.event.type,
      }),
      number: t.int({
        nullable: true,
        description: 'Its number in what the customer is shown, without gaps; null for an internal event.',
        resolve: ({ number, envelope }) => (isShownInChat(envelope.event) ? number : undefined),
      }),
      at: t.field({ type: 'DateTime', description: 'When it happened.', resolve: ({ envelope }) => envelope.event.at }),
      by: t.field({ type: actor, description: 'Who caused it.', resolve: ({ envelope }) => envelope.event.by }),
      version: t.int({
        nullable: true,
        description: 'The version of the chat after it; null for customers.',
        resolve: ({ envelope }, _, context) => internally(context, envelope.version),
      }),
      message: t.field({
        type: message,
        nullable: true,
        description: 'The message that was sent; without its content once that was removed.',
        resolve: sentMessage,
      }),
      messageId: t.id({
        nullable: true,
        description: 'The message that it is about.',
        resolve: (row) => of(row, 'messageId'),
      }),
      body: t.string({
        nullable: true,
        description: 'The text of a message after a change; empty once its content was removed.',
        resolve: ({ envelope: { event }, isRedacted }) =>
          event.type === 'ChatMessageEdited' ? (isRedacted ? '' : event.body) : undefined,
      }),
      actionId: t.id({
        nullable: true,
        description: 'The action that was chosen.',
        resolve: (row) => of(row, 'actionId'),
      }),
      label: t.string({
        nullable: true,
        description: 'The text of the action; empty once the content of the message was removed.',
        resolve: (row) => (row.isRedacted && 'label' in row.envelope.event ? '' : of(row, 'label')),
      }),
      side: t.field({
        type: words.side,
        nullable: true,
        description: 'Who received or read it.',
        resolve: (row) => of(row, 'side'),
      }),
      upTo: t.int({ nullable: true, description: 'Up to which number.', resolve: (row) => of(row, 'upTo') }),
      agent: t.field({
        type: agent,
        nullable: true,
        description: 'The agent or colleague.',
        resolve: ({ envelope: { event } }) =>
          event.type === 'ChatTransferred' ? event.to : 'agent' in event ? event.agent : undefined,
      }),
      role: t.field({
        type: words.role,
        nullable: true,
        description: 'How they take part.',
        resolve: (row) => of(row, 'role'),
      }),
      closeReason: t.field({
        type: words.closeReason,
        nullable: true,
        description: 'Why the chat was closed. Customers see `OTHER` instead of `SPAM`.',
        resolve: ({ envelope: { event } }, _, context) =>
          event.type === 'ChatClosed' ? reasonSeen(context, event.reason) : undefined,
      }),
      closesAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the chat is closed unless the customer answers.',
        resolve: (row) => of(row, 'closesAt'),
      }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Until when an offer can be accepted.',
        resolve: (row) => of(row, 'expiresAt'),
      }),
      rating: t.int({ nullable: true, description: 'The rating, 1 to 5.', resolve: (row) => of(row, 'rating') }),
      ticketId: t.id({
        nullable: true,
        description: 'The ticket that the chat becomes.',
        resolve: (row) => of(row, 'ticketId'),
      }),
      priority: t.field({
        type: priority,
        nullable: true,
        description: 'The priority, at the start and after a change.',
        resolve: ({ envelope: { event } }) =>
          event.type === 'ChatPriorityChanged' ? event.to : event.type === 'ChatStarted' ? event.priority : undefined,
      }),
      category: t.string({
        nullable: true,
        description: 'The path of the category, at the start and after a change.',
        resolve: ({ envelope: { event } }) =>
          event.type === 'ChatCategorized' ? event.to : event.type === 'ChatStarted' ? event.category : undefined,
      }),
      reason: t.string({
        nullable: true,
        description: 'The reason, for the desk; null for customers.',
        resolve: ({ envelope: { event } }, _, context) =>
          internally(
            context,
            event.type === 'ChatClosed'
              ? event.note
              : 'reason' in event
                ? event.reason
                : 'note' in event
                  ? event.note
                  : undefined,
          ),
      }),
    }),
  })

  builder.objectField(chat, 'events', (t) =>
    t.connection(
      {
        type: chatEvent,
        description: 'The events, oldest first. Customers do not see internal ones.',
        extensions: { cost: historyCost },
        resolve: ({ id, fromStream }, args, context) =>
          connectionOf(list, args, async (page) => {
            const chat = fromStream ?? (await readOwnChat(id, context))
            return chat ? readChatEvents(context, { id, chat }, page) : { rows: [], hasPrevious: false, hasNext: false }
          }),
      },
      ...namesOf('ChatEvent'),
    ),
  )
  return chatEvent
}

const list = 'chatEvents'

/** Finds an event of a chat by the id of the chat and its position. */
async function eventOf(id: string, context: ApiContext): Promise<NumberedChatEvent | undefined> {
  const [chatId = '', position = ''] = splitIds(id)
  const chat = await readOwnChat(chatId, context)
  return chat && chatEventAt(context, { id: chatId, chat }, position)
}

export type ChatEventRef = ReturnType<typeof addChatEventType>

/** The message that an event has sent. */
function sentMessage({
  chatId,
  number,
  envelope: { event },
  isRedacted,
}: NumberedChatEvent): ChatMessageView | undefined {
  if (event.type !== 'ChatMessageSent') return undefined
  const { messageId: id, kind, by: author, at, inReplyTo } = event
  const { body, attachments = [], actions = [], card } = isRedacted ? nothing : event
  const numbered = kind !== 'note' && { number }
  return { chatId, id, kind, author, body, at, attachments, actions, card, inReplyTo, ...numbered }
}

const nothing: Pick<ChatMessageView, 'body' | 'attachments' | 'actions' | 'card'> = {
  body: '',
  attachments: [],
  actions: [],
}
