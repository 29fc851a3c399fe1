import type { Chat, ChatEvent, EventEnvelope, Instant } from '@guichet/domain'
import { chatMessageOf, isShownInChat, readHistory, streamName } from '@guichet/domain'
import type { ChatRow, Keyset, Page, Slice } from '@guichet/projections'
import { chatRow, evolveChatFacts, noChatFacts } from '@guichet/projections'
import { seesOwnOnly } from '../context.ts'
import { versionAt } from '../follow-stream.ts'
import type { ApiContext } from '../services.ts'

/** An event of a chat, as a reader is shown it. */
export type NumberedChatEvent = {
  readonly chatId: string
  /** How many events the customer was shown up to it. */
  readonly number: number
  readonly envelope: EventEnvelope<ChatEvent>
  /** The content of the message that it is about was removed later: it is not shown. */
  readonly isRedacted: boolean
}

/** A place in a chat: a version, and how many events the customer was shown up to it. */
export type ChatPlace = { readonly version: number; readonly number: number }

type Reading = Pick<ApiContext, 'services' | 'budget'>

/** `present`: the chat as it is now, where `chat` is what it was. */
type ChatSource = { readonly id: string; readonly chat: Chat; readonly present?: Chat | undefined }

/** How many events are read at a time. */
const pageSize = 100

/** The name of the list of the events of a chat in its cursors, which are of no other chat. */
export const eventsOf = (chatId: string): string => `chatEvents:${chatId}`

/** The place of an event of a chat in the list of its events. */
export const keysetOf = ({ envelope, number }: Pick<NumberedChatEvent, 'envelope' | 'number'>): Keyset => ({
  value: envelope.position,
  id: String(number),
})

/** Whether an event is about a message whose content was removed, as far as this state of the chat knows. */
export const isRedactedIn = (chat: Chat, { event }: EventEnvelope<ChatEvent>): boolean =>
  'messageId' in event && chatMessageOf(chat, event.messageId)?.redacted === true

/**
 * Returns the place of the last event up to one for which `reached` holds, read from the end of the chat: the beginning of the chat if it
 * holds for none. `reached` is asked of a place before its event is read, and with it.
 */
export async function placeBefore(
  context: Reading,
  id: string,
  end: ChatPlace,
  reached: (place: ChatPlace, envelope?: EventEnvelope<ChatEvent>) => boolean,
): Promise<ChatPlace> {
  let { version, number } = end
  while (version > 0 && !reached({ version, number })) {
    const from = Math.max(1, version - pageSize + 1)
    for (const envelope of (await readEvents(context, id, from, version - from + 1)).toReversed()) {
      if (reached({ version, number }, envelope)) return { version, number }
      version = envelope.version - 1
      if (isShownInChat(envelope.event)) number--
    }
  }
  return { version, number }
}

/** Finds an event of a chat that the viewer may see, by its position. */
export async function chatEventAt(
  context: ApiContext,
  { id: chatId, chat }: ChatSource,
  position: string,
): Promise<NumberedChatEvent | undefined> {
  const { store } = context.services
  if (!store.isPosition(position)) return undefined
  const version = await versionAt(store, streamName('chat', chatId), chat.version, position)
  const [envelope] = version === 0 ? [] : await readEvents(context, chatId, version, 1)
  if (envelope?.position !== position) return undefined
  if (seesOwnOnly(context) && !isShownInChat(envelope.event)) return undefined
  const end = { version: chat.version, number: chat.lastNumber }
  const { number } = await placeBefore(context, chatId, end, (place) => place.version <= version)
  return { chatId, number, envelope, isRedacted: isRedactedIn(chat, envelope) }
}

/**
 * Reads a page of the events of a chat that the viewer may see, in order. A keyset is the place of its event.
 * @throws RangeError when the page begins or ends at something else.
 * @throws GraphQLError `too_complex`, `read_timeout` from the reading budget of the operation.
 */
export async function readChatEvents(
  context: ApiContext,
  { id: chatId, chat, present = chat }: ChatSource,
  { limit, backward, after, before }: Page,
): Promise<Slice<NumberedChatEvent>> {
  const place = (bound: Keyset): Promise<ChatPlace> => placeOf(context, chatId, chat, bound)
  const isShown = ({ event }: EventEnvelope<ChatEvent>): boolean => !seesOwnOnly(context) || isShownInChat(event)
  const first = after ? await place(after) : { version: 0, number: 0 }
  const end = before ? await place(before) : { version: chat.version + 1, number: chat.lastNumber + 1 }
  const last = Math.min(end.version - 1, chat.version)
  const events: NumberedChatEvent[] = []
  const add = (envelope: EventEnvelope<ChatEvent>, number: number): void => {
    if (isShown(envelope)) events.push({ chatId, number, envelope, isRedacted: isRedactedIn(present, envelope) })
  }

  if (!backward) {
    let { version, number } = first
    while (version < last && events.length <= limit) {
      const count = Math.min(pageSize, last - version)
      for (const envelope of await readEvents(context, chatId, version + 1, count)) {
        version = envelope.version
        if (isShownInChat(envelope.event)) number++
        add(envelope, number)
      }
    }
    return sliceOf(
      events.slice(0, limit),
      first.number > 0 || first.version > 0,
      events.length > limit || last < chat.version,
    )
  }
  // The event before which the page ends is read too: whether it is shown tells the number of the one before it.
  let version = Math.min(end.version, chat.version) + 1
  let number = before ? end.number : chat.lastNumber
  while (version > first.version + 1 && events.length <= limit) {
    const from = Math.max(first.version + 1, version - pageSize)
    for (const envelope of (await readEvents(context, chatId, from, version - from)).toReversed()) {
      version = envelope.version
      if (version <= last) add(envelope, number)
      if (isShownInChat(envelope.event)) number--
    }
  }
  const rows = events.slice(0, limit).toReversed()
  return sliceOf(rows, events.length > limit || first.version > 0, last < chat.version)
}

/** A chat as it was at an instant. */
type ChatThen = { readonly row: ChatRow; readonly chat: Chat }

/**
 * Returns a chat as it was at an instant, including the events of that instant; undefined before it was started. What
 * has been removed from it since `present` is not in it.
 * @throws GraphQLError `too_complex`, `read_timeout` from the reading budget of the operation.
 */
export async function chatAt(context: Reading, id: string, at: Instant, present: Chat): Promise<ChatThen | undefined> {
  let facts = noChatFacts
  let version = 0
  for await (const envelope of eventsUntil(context, id, present.version, ({ event }) => event.at <= at)) {
    facts = evolveChatFacts(facts, envelope)
    version = envelope.version
  }
  const { state, marks } = facts
  if (state.status === 'absent' || !marks) return undefined
  const row = chatRow(id, version, state, marks)
  const hideRedacted = (last: ChatRow['lastMessage']) =>
    last && chatMessageOf(present, last.messageId)?.redacted ? { ...last, text: '', attachments: 0 } : last
  const [lastMessage, lastPublicMessage] = [hideRedacted(row.lastMessage), hideRedacted(row.lastPublicMessage)]
  return { row: { ...row, lastMessage, lastPublicMessage }, chat: state }
}

/** The events of a chat up to the first one for which `holds` does not hold, page by page. */
export async function* eventsUntil(
  context: Reading,
  id: string,
  last: number,
  holds: (envelope: EventEnvelope<ChatEvent>) => boolean = () => true,
): AsyncGenerator<EventEnvelope<ChatEvent>, void, undefined> {
  for (let version = 0; version < last;) {
    const page = await readEvents(context, id, version + 1, Math.min(pageSize, last - version))
    for (const envelope of page) {
      if (!holds(envelope)) return
      yield envelope
    }
    if (page.length === 0) return
    version += page.length
  }
}

async function readEvents(
  { services: { store }, budget }: Reading,
  id: string,
  from: number,
  count: number,
): Promise<readonly EventEnvelope<ChatEvent>[]> {
  return budget.page(
    async () => {
      const read = await readHistory(store, 'chat', id, from, count)
      budget.events(read)
      return read
    },
    (read) => budget.texts(read.reduce((sum, { event }) => sum + ('body' in event ? event.body.length : 0), 0)),
  )
}

const sliceOf = (
  events: readonly NumberedChatEvent[],
  hasPrevious: boolean,
  hasNext: boolean,
): Slice<NumberedChatEvent> => ({
  rows: events.map((row) => ({ row, keyset: keysetOf(row) })),
  hasPrevious,
  hasNext,
})

async function placeOf(
  { services: { store } }: Reading,
  id: string,
  { version: length }: Chat,
  { value, id: number }: Keyset,
): Promise<ChatPlace> {
  if (!store.isPosition(value) || !/^\d{1,9}$/.test(number)) throw new RangeError(`no place: ${value}, ${number}`)
  return { version: await versionAt(store, streamName('chat', id), length, value), number: Number(number) }
}
