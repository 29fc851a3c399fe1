import { z } from 'zod'
import type { ChatEvent, EventEnvelope, EventStore, StreamName } from '@guichet/domain'
import { isShownInChat, streamName } from '@guichet/domain'
import { edgeError } from '../errors.ts'
import type { ApiBuilder } from './builder.ts'
import type { ChatEventRef, NumberedChatEvent } from './chat-event.ts'
import type { ChatTypes, ChatView } from './chat.ts'
import { readChat } from './chat.ts'
import { seesOwnOnly } from './context.ts'
import { followStream } from './follow-stream.ts'
import { decode } from './paging.ts'
import type { ApiContext } from './services.ts'

/** The most earlier events that a reader gets; of more, it gets the last ones, and is told so. */
const mostEarlier = 500

type ChatChange = NumberedChatEvent & { readonly truncated: boolean; readonly audience: Audience }

/** Who reads: each audience has numbers of its own, without gaps. The desk counts every event. */
type Audience = 'customer' | 'desk'

/** Adds `chatChanged`: every event of a chat that the viewer may see, in order, each once. */
export function addChatChanged(builder: ApiBuilder, event: ChatEventRef, { chat }: ChatTypes): void {
  const change = builder.objectRef<ChatChange>('ChatChange').implement({
    description: 'An event of a chat that the viewer follows.',
    fields: (t) => ({
      cursor: t.string({
        description: 'For use as `after`, to continue after it, however long ago that was.',
        resolve: ({ chatId, audience, number }) => toCursor(chatId, audience, number),
      }),
      truncated: t.exposeBoolean('truncated', {
        description: `Whether events between the cursor and this one were left out: a reader gets ${mostEarlier} earlier ones at most.`,
      }),
      event: t.field({ type: event, description: 'The event.', resolve: (row) => row }),
      chat: t.field({
        type: chat,
        nullable: true,
        description: 'The chat now.',
        resolve: ({ chatId }, _, context) => readChat(chatId, context),
      }),
    }),
  })

  builder.subscriptionField('chatChanged', (t) =>
    t.field({
      type: change,
      description: 'The events of a chat from now on, or after a cursor, or from the last ones on.',
      args: {
        id: t.arg.id({ required: true }),
        after: t.arg.string({ description: 'The cursor of the last event that you have.' }),
        last: t.arg.int({ description: `Begins with this many earlier events, at most ${mostEarlier}.` }),
      },
      subscribe: async (_, { id, after, last }, context) => {
        const view = await readChat(id, context)
        if (!view) throw edgeError('chat_unknown')
        const audience: Audience = seesOwnOnly(context) ? 'customer' : 'desk'
        return follow(context, view, audience, await beginningOf(context, view, audience, after, last))
      },
      resolve: (value: ChatChange) => value,
    }),
  )
}

/** A version of a chat, the number of the last event up to it, and whether events before it were left out. */
type Beginning = { readonly version: number; readonly number: number; readonly truncated: boolean }

function follow(
  context: ApiContext,
  { id }: ChatView,
  audience: Audience,
  beginning: Beginning,
): AsyncIterableIterator<ChatChange> {
  const shows = (envelope: EventEnvelope): boolean => audience === 'desk' || isShownInChat(envelope.event as ChatEvent)
  const followed = { stream: streamName('chat', id), after: beginning.version, shows }
  return followStream(context, followed, async function* (events) {
    let { number, truncated } = beginning
    for await (const envelope of events as AsyncIterable<EventEnvelope<ChatEvent>>) {
      number = audience === 'desk' ? envelope.version : number + 1
      yield { chatId: id, number, envelope, truncated, audience }
      truncated = false
    }
  })
}

async function beginningOf(
  context: ApiContext,
  { id, version, shown }: ChatView,
  audience: Audience,
  after: string | null | undefined,
  last: number | null | undefined,
): Promise<Beginning> {
  const newest = audience === 'desk' ? version : shown
  const seen = after == null ? newest - Math.min(Math.max(last ?? 0, 0), mostEarlier) : numberIn(after, id, audience)
  if (seen > newest) throw edgeError('cursor_invalid')
  const from = Math.max(seen, newest - mostEarlier, 0)
  const truncated = after != null && from > seen
  if (audience === 'desk') return { version: from, number: from, truncated }
  const reached = await versionAtNumber(context.services.store, streamName('chat', id), version, shown, from)
  return { version: reached, number: from, truncated }
}

/** How many events are read at a time while the beginning is looked for. */
const pageSize = 100

/** The version of the last event with a number up to the given one: read from the end, as far as needed. */
async function versionAtNumber(
  store: Pick<EventStore, 'readStream'>,
  stream: StreamName,
  version: number,
  shown: number,
  number: number,
): Promise<number> {
  let [to, count] = [version, shown]
  while (count > number) {
    const from = Math.max(1, to - pageSize + 1)
    const page = (await store.readStream(stream, from, to - from + 1)) as readonly EventEnvelope<ChatEvent>[]
    for (const envelope of page.toReversed()) {
      if (count === number) return envelope.version
      if (isShownInChat(envelope.event)) count--
    }
    to = from - 1
    if (to < 1) return 0
  }
  return to
}

const cursorSchema = z.tuple([z.literal(1), z.string(), z.enum(['customer', 'desk']), z.int().nonnegative()])

const toCursor = (chatId: string, audience: Audience, number: number): string =>
  Buffer.from(JSON.stringify([1, chatId, audience, number])).toString('base64url')

/** The number that a cursor of this chat and audience is for; throws `cursor_invalid` for any other cursor. */
function numberIn(cursor: string, chatId: string, audience: Audience): number {
  const parsed = cursor.length > 2_000 ? undefined : cursorSchema.safeParse(decode(cursor))
  const [, id, readBy, number] = parsed?.data ?? []
  if (id !== chatId || readBy !== audience || number === undefined) throw edgeError('cursor_invalid')
  return number
}
