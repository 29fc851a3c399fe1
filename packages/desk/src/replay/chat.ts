import type { Chat, ChatEvent, ChatEventType, ChatState, Desk, EventEnvelope, Instant } from '@guichet/domain'
import { describeChatEvent, evolveChat, fold, readHistory } from '@guichet/domain'
import { historyUntil } from '@guichet/projections'
import { printEntries, printFacts } from './print-replay.ts'
import type { Entry } from './replay.ts'

/** A chat's history, and its state after it: of its messages, how many there are. */
type ChatReplay = {
  readonly chatId: string
  readonly asOf: Instant | undefined
  readonly entries: readonly Entry<ChatEventType>[]
  readonly state: Omit<Chat, 'messages'> | { readonly status: 'absent' }
}

/** The id of a chat that an operator names by its id, its stream or its id in the API. */
export const chatIdOf = (id: string): string => id.replace(/^(?:chat-)?(?:Chat~)?/, '')

/**
 * Replays the history of a chat; with an instant, its longest beginning without later events. The content of a message
 * that has been removed since is not in it, whatever the instant.
 * @returns undefined if no such chat was ever started.
 */
export async function replayChat(desk: Desk, chatId: string, asOf?: Instant): Promise<ChatReplay | undefined> {
  const all = await readHistory(desk.store, 'chat', chatId)
  if (all.length === 0) return undefined
  const removed = removedIn(all)
  const until = asOf === undefined ? all : historyUntil(all, asOf)
  const state = fold<ChatEvent, ChatState>(
    { initial: { status: 'absent' }, evolve: evolveChat },
    until.map(({ event }) => event),
  )
  return { chatId, asOf, entries: until.map((envelope) => entryOf(envelope, removed)), state: withoutMessages(state) }
}

const removedIn = (history: readonly EventEnvelope<ChatEvent>[]): ReadonlySet<string> =>
  new Set(history.flatMap(({ event }) => (event.type === 'ChatMessageRedacted' ? event.messageId : [])))

/** The data of the events of a chat, by version, without the content of messages that was removed at any time. */
export function chatDataOf(history: readonly EventEnvelope<ChatEvent>[]): ReadonlyMap<number, object> {
  const removed = removedIn(history)
  return new Map(history.map((envelope) => [envelope.version, entryOf(envelope, removed).data]))
}

function withoutMessages(state: ChatState): ChatReplay['state'] {
  if (state.status === 'absent') return state
  const { messages: _, ...rest } = state
  return rest
}

function entryOf({ event, version }: EventEnvelope<ChatEvent>, removed: ReadonlySet<string>): Entry<ChatEventType> {
  const { type, at, by, ...data } = event
  const { what, why, said, shows = [] } = describeChatEvent(event)
  const entry = { version, at, type, by, what, why, said, data, shows }
  const isRemoved = 'messageId' in event && removed.has(event.messageId) && type !== 'ChatMessageRedacted'
  if (!isRemoved) return entry
  const fields = Object.entries(data).filter(([field]) => keptFields.has(field))
  const ofAction = type === 'ChatActionChosen' ? { what: 'chose an action' } : {}
  return { ...entry, ...ofAction, said: undefined, data: Object.fromEntries(fields), shows: ['(content removed)'] }
}

/** What is left of an event of a message whose content was removed. */
const keptFields: ReadonlySet<string> = new Set(['messageId', 'kind', 'inReplyTo', 'internal', 'actionId'])

/** Formats a chat's history as lines for people, times in UTC. */
export function printChat({ chatId, asOf, entries, state }: ChatReplay): readonly string[] {
  const until = asOf === undefined ? '' : ` as of ${asOf}`
  if (state.status === 'absent') return [`chat ${chatId}${until}: nothing had happened yet`]
  const { customer, channel, priority, category, assignee, startedAt, updatedAt, closed, messageCount } = state
  return [
    `chat ${chatId}${until}`,
    '',
    ...printEntries(entries),
    '',
    ...printFacts([
      ['status', closed ? `${state.status} (${closed.reason})` : state.status],
      ['customer', customer.name ?? customer.id],
      ['channel', channel],
      ['priority', priority],
      ['category', category],
      ['agent', assignee && (assignee.name ?? assignee.id)],
      ['messages', String(messageCount)],
      ['started', startedAt],
      ['last change', updatedAt],
      ['ticket', state.conversion?.ticketId],
    ]),
  ]
}
