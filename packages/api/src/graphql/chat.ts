import type { Chat, ChatEvent, ChatEventData, ChatEventOf, ChatParticipant, EventEnvelope } from '@guichet/domain'
import {
  chatChannels,
  chatCloseReasons,
  chatEvents,
  chatMessageKinds,
  chatSides,
  chatStatuses,
  deskCloseReasons,
  isShownInChat,
  participantRoles,
} from '@guichet/domain'
import type { ApiBuilder } from './builder.ts'
import { internally, seesOwnOnly, viewerOf } from './context.ts'
import { loadNodes } from './paging.ts'
import type { ApiContext } from './services.ts'
import type { TicketRef } from './ticket.ts'
import type { People, Vocabulary } from './vocabulary.ts'
import { enumOf } from './vocabulary.ts'

/** A chat as folded from its stream, at a version. */
export type ChatView = { readonly id: string; readonly version: number; readonly chat: Chat }

/** An event of a chat, with its number in what its reader is shown. */
export type NumberedChatEvent = {
  readonly chatId: string
  readonly number: number
  readonly envelope: EventEnvelope<ChatEvent>
}

/** Adds the enumerations of chats. */
export function addChatWords(builder: ApiBuilder) {
  return {
    status: enumOf(builder, 'ChatStatus', chatStatuses),
    channel: enumOf(builder, 'ChatChannel', chatChannels),
    kind: enumOf(builder, 'ChatMessageKind', chatMessageKinds),
    closeReason: enumOf(builder, 'ChatCloseReason', chatCloseReasons),
    deskCloseReason: enumOf(builder, 'DeskChatCloseReason', deskCloseReasons),
    role: enumOf(builder, 'ChatRole', participantRoles),
    side: enumOf(builder, 'ChatSide', chatSides),
    eventType: enumOf(builder, 'ChatEventType', Object.keys(chatEvents) as ChatEvent['type'][]),
  }
}

export type ChatWords = ReturnType<typeof addChatWords>

/** Reads a chat from its stream, if the viewer may see it: customers see their own. */
export async function readChat(id: string, context: ApiContext): Promise<ChatView | undefined> {
  const { version, state: chat } = await context.services.desk.read('chat', id)
  if (chat.status === 'absent') return undefined
  return seesOwnOnly(context) && chat.customer.id !== viewerOf(context).id ? undefined : { id, version, chat }
}

/** Adds `Chat`. Customers see neither offers nor transfers, observers nor what the desk owes. */
export function addChatType(
  builder: ApiBuilder,
  ticket: TicketRef,
  { priority }: Vocabulary,
  { person }: People,
  words: ChatWords,
) {
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
      role: t.expose('role', { type: words.role, description: 'Whether they also write to the customer.' }),
      joined: t.exposeBoolean('joined', { description: 'Whether they have joined; otherwise they are invited.' }),
    }),
  })
  const offer = builder.objectRef<NonNullable<Chat['offer']>>('ChatOffer').implement({
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
  const owed = builder.objectRef<Chat['owed']>('OwedAnswer').implement({
    description: 'An answer that one side of a chat owes the other.',
    fields: (t) => ({
      by: t.expose('by', { type: words.side, description: 'Who owes it.' }),
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

  const chat = builder.objectRef<ChatView>('Chat')
  builder.node(chat, {
    description: 'A live chat of a customer with the desk.',
    id: { description: 'The global id. Mutations take it as `chatId`.', resolve: ({ id }) => id },
    loadMany: loadNodes('chat', readChat),
    fields: (t) => ({
      status: t.field({ type: words.status, description: 'The status.', resolve: ({ chat }) => chat.status }),
      customer: t.field({ type: person, description: 'The customer.', resolve: ({ chat }) => chat.customer }),
      channel: t.field({
        type: words.channel,
        description: 'How the customer chats.',
        resolve: ({ chat }) => chat.channel,
      }),
      language: t.string({ description: 'The language of the chat.', resolve: ({ chat }) => chat.language }),
      priority: t.field({ type: priority, description: 'The priority.', resolve: ({ chat }) => chat.priority }),
      category: t.string({
        nullable: true,
        description: 'The path of the category.',
        resolve: ({ chat }) => chat.category,
      }),
      startedAt: t.field({
        type: 'DateTime',
        description: 'When it was started.',
        resolve: ({ chat }) => chat.startedAt,
      }),
      updatedAt: t.field({
        type: 'DateTime',
        description: 'When its last event happened.',
        resolve: ({ chat }) => chat.updatedAt,
      }),
      agent: t.field({
        type: agent,
        nullable: true,
        description: 'The agent who has it.',
        resolve: ({ chat }) => chat.assignee,
      }),
      speakers: t.field({
        type: [participant],
        description: 'The colleagues who write to the customer beside its agent.',
        resolve: ({ chat }) => chat.participants.filter(({ role, joined }) => role === 'speaker' && joined),
      }),
      lastNumber: t.int({
        description: 'The number of the last event that the customer is shown.',
        resolve: ({ chat }) => chat.shown,
      }),
      delivered: t.field({
        type: marks,
        description: 'Up to which event each side has received it.',
        resolve: ({ chat }) => chat.delivered,
      }),
      read: t.field({
        type: marks,
        description: 'Up to which event each side has read it.',
        resolve: ({ chat }) => chat.read,
      }),
      closedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it was closed.',
        resolve: ({ chat }) => chat.closed?.at,
      }),
      closeReason: t.field({
        type: words.closeReason,
        nullable: true,
        description: 'Why it was closed. Customers see `OTHER` instead of `SPAM`.',
        resolve: ({ chat }, _, context) => chat.closed && reasonSeen(context, chat.closed.reason),
      }),
      rating: t.field({
        type: rating,
        nullable: true,
        description: 'How the customer rated it.',
        resolve: ({ chat }) => chat.rating,
      }),
      ticket: t.field({
        type: ticket,
        nullable: true,
        description: 'The ticket that it became.',
        resolve: ({ chat }, _, { loaders }) =>
          chat.conversion?.state === 'linked' ? loaders.ticket.load(chat.conversion.ticketId) : null,
      }),
      plan: t.string({
        nullable: true,
        description: 'The plan of the customer; null for customers.',
        resolve: ({ chat }, _, context) => internally(context, chat.plan),
      }),
      offer: t.field({
        type: offer,
        nullable: true,
        description: 'The open offer; null for customers.',
        resolve: ({ chat }, _, context) => internally(context, chat.offer),
      }),
      transfer: t.field({
        type: transfer,
        nullable: true,
        description: 'The open transfer; null for customers.',
        resolve: ({ chat }, _, context) => internally(context, chat.transfer),
      }),
      participants: t.field({
        type: [participant],
        description: 'All colleagues, invited ones and observers too; empty for customers.',
        resolve: ({ chat }, _, context) => [...(internally(context, chat.participants) ?? [])],
      }),
      owed: t.field({
        type: owed,
        nullable: true,
        description: 'Who owes an answer; null for customers.',
        resolve: ({ chat }, _, context) => internally(context, chat.owed),
      }),
      version: t.int({
        nullable: true,
        description: 'The version; null for customers.',
        resolve: ({ version }, _, context) => internally(context, version),
      }),
    }),
  })
  return { chat, agent }
}

export type ChatTypes = ReturnType<typeof addChatType>

const reasonSeen = (context: ApiContext, reason: ChatEventData<'ChatClosed'>['reason']) =>
  seesOwnOnly(context) && reason === 'spam' ? 'other' : reason

/** Adds `ChatEvent`: one event of a chat, with the fields of its type; those of other types are null. */
export function addChatEventType(
  builder: ApiBuilder,
  { priority }: Vocabulary,
  { actor }: People,
  words: ChatWords,
  { agent }: ChatTypes,
) {
  type Message = ChatEventOf<'ChatMessageSent'>
  const attachment = builder.objectRef<NonNullable<Message['attachments']>[number]>('ChatAttachment').implement({
    description: 'A file of a message.',
    fields: (t) => ({
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
    }),
  })
  const value = builder.objectRef<NonNullable<Message['card']>['fields'][number]>('ChatCardValue').implement({
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
      fields: t.field({ type: [value], description: 'The values.', resolve: ({ fields }) => fields }),
    }),
  })
  const message = builder.objectRef<Message>('ChatMessage').implement({
    description: 'A message of a chat as it was sent.',
    fields: (t) => ({
      messageId: t.exposeID('messageId', { description: 'The id. It begins with the id that its sender chose.' }),
      kind: t.expose('kind', { type: words.kind, description: 'The kind.' }),
      body: t.exposeString('body', { description: 'The text.' }),
      attachments: t.field({
        type: [attachment],
        description: 'The files.',
        resolve: ({ attachments = [] }) => attachments,
      }),
      actions: t.field({ type: [action], description: 'The actions offered.', resolve: ({ actions = [] }) => actions }),
      card: t.expose('card', { type: card, nullable: true, description: 'Live data.' }),
      inReplyTo: t.exposeID('inReplyTo', { nullable: true, description: 'The id of the message that it answers.' }),
    }),
  })

  /** A field of some types of events. */
  const of = <K extends string>({ envelope: { event } }: NumberedChatEvent, field: K) =>
    (field in event ? event[field as unknown as keyof ChatEvent] : undefined) as
      (ChatEvent extends infer E ? (E extends Readonly<Record<K, infer V>> ? V : never) : never) | undefined

  return builder.objectRef<NumberedChatEvent>('ChatEvent').implement({
    description: 'One event of a chat. Fields that its type does not have are null.',
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
        description: 'The message that was sent.',
        resolve: ({ envelope: { event } }) => (event.type === 'ChatMessageSent' ? event : undefined),
      }),
      messageId: t.id({
        nullable: true,
        description: 'The message that it is about.',
        resolve: (row) => of(row, 'messageId'),
      }),
      body: t.string({
        nullable: true,
        description: 'The text of a message after a change.',
        resolve: ({ envelope: { event } }) => (event.type === 'ChatMessageEdited' ? event.body : undefined),
      }),
      actionId: t.id({
        nullable: true,
        description: 'The action that was chosen.',
        resolve: (row) => of(row, 'actionId'),
      }),
      label: t.string({ nullable: true, description: 'The text of the action.', resolve: (row) => of(row, 'label') }),
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
}

export type ChatEventRef = ReturnType<typeof addChatEventType>
