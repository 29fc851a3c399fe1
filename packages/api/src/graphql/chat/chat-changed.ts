import type { Chat, ChatEvent, EventEnvelope } from '@guichet/domain'
import { isShownInChat, streamName } from '@guichet/domain'
import { projectionsBehind } from '@guichet/projections'
import { edgeError } from '../../errors.ts'
import type { SchemaParts } from '../builder.ts'
import type { ChatPlace, NumberedChatEvent } from './chat-history.ts'
import { eventsOf, isRedactedIn, keysetOf, placeBefore } from './chat-history.ts'
import { addChatType, loadChat } from './chat.ts'
import { seesOwnOnly } from '../context.ts'
import { followStream } from '../follow-stream.ts'
import { keysetIn, toCursor } from '../paging.ts'
import { maySeeChatsOf, readVisibleChat } from '../shared-access.ts'
import type { ApiContext } from '../services.ts'
import type { Source } from '../subscription.ts'
import { addSubscription, changeFields, Ended, toPosition } from '../subscription.ts'
import { addChatEventType } from './chat-event.ts'

/** The most earlier events that a reader gets; of more, it gets the last ones, and the first of them says so. */
const mostEarlier = 500

type ChatChange = NumberedChatEvent & { readonly truncated: boolean }

/** Who reads: each audience has numbers of its own, without gaps. The desk counts every event. */
type Audience = 'customer' | 'desk'

/** Adds `chatChanged`: every event of a chat that the viewer may see, in order, each once. */
export function addChatChanged({ builder, use }: SchemaParts): void {
  const event = use(addChatEventType)
  const chat = use(addChatType)
  const change = builder.objectRef<ChatChange>('ChatChange').implement({
    description: 'An event of a chat that the viewer follows.',
    fields: (t) => ({
      ...changeFields<ChatChange>(
        t,
        '`Chat.events`',
        (row) => toCursor(eventsOf(row.chatId), keysetOf(row)),
        ({ envelope: { position } }) => position,
      ),
      truncated: t.exposeBoolean('truncated', {
        description: `Whether events between the cursor and this one were left out: a reader gets ${mostEarlier} earlier ones at most.`,
      }),
      event: t.field({ type: event, description: 'The event.', resolve: (row) => row }),
      chat: t.field({
        type: chat,
        nullable: true,
        description: 'The chat now.',
        resolve: ({ chatId }, _, context) => loadChat(chatId, context),
      }),
    }),
  })

  addSubscription(builder, 'chatChanged', {
    type: change,
    description: 'The events of a chat from now on, or after a cursor, or from the last ones on.',
    args: builder.args((t) => ({
      id: t.id({ required: true }),
      after: t.string({
        description:
          'Where to continue, however long ago that was: a cursor of `chatChanged` or `Chat.events`, or a position.',
      }),
      last: t.int({ description: `Begins with this many earlier events, at most ${mostEarlier}.` }),
    })),
    source: async ({ id, after, last }, context) => {
      const chat = await readVisibleChat(id, context)
      if (!chat) throw edgeError('chat_unknown')
      const audience: Audience = seesOwnOnly(context) ? 'customer' : 'desk'
      return followChat(context, id, audience, await beginningOf(context, id, chat, audience, after, last))
    },
  })
}

/** Where a reader begins, and whether events before that were left out. */
type Beginning = ChatPlace & { readonly truncated: boolean }

/** The events of a chat after a beginning. */
export function followChat(
  context: ApiContext,
  id: string,
  audience: Audience,
  beginning: Beginning,
): Source<ChatChange> {
  /** The messages whose removal happened since, and was not given yet. */
  const removed = new Set<string>()
  /** Whose chat it is: a visitor's becomes that of the customer who claims it. */
  let customerId: string | undefined
  const note = ({ event }: EventEnvelope): void => {
    const happened = event as ChatEvent
    if (happened.type === 'ChatMessageRedacted') removed.add(happened.messageId)
    if (happened.type === 'ChatCustomerIdentified') customerId = happened.customer.id
  }
  const shows = (envelope: EventEnvelope): boolean => isFor(audience, envelope as EventEnvelope<ChatEvent>)
  let { number, truncated } = beginning
  /** The chat as it was when it began to be followed; only as long as earlier events are given, since it may be large. */
  let chat: Chat | undefined
  const begin = async (): Promise<void> => {
    chat = await readVisibleChat(id, context)
    customerId ??= chat?.customer.id ?? ''
    if (chat && chat.version <= beginning.version) chat = undefined
  }
  const followed = { stream: streamName('chat', id), after: beginning.version, shows, onEvent: note, begin }
  return followStream(context, followed, async (happened) => {
    const envelope = happened as EventEnvelope<ChatEvent>
    const { event, version } = envelope
    if (audience === 'customer' && customerId !== context.principal?.id) {
      context.reload(envelope.position)
      if (!(await maySeeChatsOf(customerId ?? '', context))) throw new Ended()
    }
    if (isShownInChat(event)) number++
    const isRemoved = 'messageId' in event && removed.has(event.messageId)
    const isRedacted = isRemoved || (chat !== undefined && isRedactedIn(chat, envelope))
    if (event.type === 'ChatMessageRedacted') removed.delete(event.messageId)
    if (chat && chat.version <= version) chat = undefined
    // Later requests to this server show what the event is about, such as its files.
    context.services.acknowledged.written(envelope.position)
    const change = { chatId: id, number, envelope, isRedacted, truncated }
    truncated = false
    return change
  })
}

const isFor = (audience: Audience, { event }: EventEnvelope<ChatEvent>): boolean =>
  audience === 'desk' || isShownInChat(event)

/** The numbers of an audience: the desk counts every event, customers those that they are shown. */
const countOf = (audience: Audience, { version, number }: ChatPlace): number => (audience === 'desk' ? version : number)

async function beginningOf(
  context: ApiContext,
  id: string,
  { version, lastNumber }: Chat,
  audience: Audience,
  after: string | null | undefined,
  last: number | null | undefined,
): Promise<Beginning> {
  const end = { version, number: lastNumber }
  const newest = countOf(audience, end)
  if (after == null) {
    const from = Math.max(newest - Math.min(Math.max(last ?? 0, 0), mostEarlier), 0)
    const place = await placeBefore(context, id, end, (each) => countOf(audience, each) <= from)
    return { ...place, truncated: false }
  }

  const { services } = context
  const keyset = keysetIn(eventsOf(id), after)
  const named = keyset?.value ?? after
  if (!services.store.isPosition(named)) throw edgeError('cursor_invalid')
  if (audience === 'customer' && keyset?.id === String(lastNumber)) return { ...end, truncated: false }
  const position = keyset ? named : await toPosition(services, named, projectionsBehind.chats)
  let truncated = false
  let isFound = keyset === undefined
  const place = await placeBefore(context, id, end, (each, envelope) => {
    if (!envelope) return false
    isFound ||= envelope.position === position
    if (services.store.comparePositions(envelope.position, position) <= 0) return true
    truncated = newest - countOf(audience, each) >= mostEarlier && isFor(audience, envelope)
    return truncated
  })
  if (!isFound && !truncated) throw edgeError('cursor_invalid')
  return { ...place, truncated }
}
