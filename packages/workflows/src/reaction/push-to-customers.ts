import type { ChatEvent, Desk, EventEnvelope, Instant } from '@guichet/domain'
import {
  chatPushOf,
  defaultChatSettings,
  importIdOf,
  mergedCustomersOf,
  minutes,
  parseStream,
  pushedChatEvents,
  survivorOf,
} from '@guichet/domain'
import type { Delivery } from '../delivery/delivery.ts'
import type { PushSubscriptions, RecordedPush } from '../delivery/push-subscriptions.ts'
import type { Connections } from '../routing/absences.ts'
import type { Reaction } from './reaction.ts'
import { reactionToMany } from './reaction.ts'

type PushParts = {
  readonly subscriptions: Pick<PushSubscriptions, 'any' | 'record' | 'move' | 'removePerson'>
  readonly connections: Pick<Connections, 'customer'>
  readonly now: () => Instant
}

/** What happened longer ago is not pushed. */
const longestAgo = minutes(10)

/**
 * After how many milliseconds a customer who seemed connected is pushed to, unless they have seen the event: the
 * connection of a device that fell asleep lasts up to 45 seconds.
 */
const connectedMs = minutes(1)

/**
 * Pushes what happens in chats to the browsers of customers who are not there. The browsers of a visitor go with them to
 * the customer who they are; those of a blocked or withdrawn customer are unsubscribed.
 */
export function pushToCustomers({ subscriptions, connections, now }: PushParts): Reaction {
  return reactionToMany({
    name: 'push_to_customers',
    on: [...pushedChatEvents, 'VisitorIdentified', 'CustomerBlocked', 'CustomerImportWithdrawn'],
    among: 200,
    inAnyOrder: true,
    react: async (envelopes, desk) => {
      const from = Date.parse(now()) - longestAgo
      const recent: EventEnvelope<ChatEvent>[] = []
      for (const envelope of envelopes) {
        const { event, stream, correlationId } = envelope
        const { id } = parseStream(stream)
        if (event.type === 'VisitorIdentified') await subscriptions.move(id, event.customer.id)
        else if (event.type === 'CustomerBlocked' || event.type === 'CustomerImportWithdrawn')
          await subscriptions.removePerson(id)
        else if (Date.parse(event.at) >= from && importIdOf(correlationId) === undefined)
          recent.push({ ...envelope, event })
      }
      if (recent.length === 0 || !(await subscriptions.any())) return
      const pushes: RecordedPush[] = []
      for (const envelope of lastOfEachChat(recent)) {
        const push = await pushOf(envelope, desk, connections)
        if (push) pushes.push(push)
      }
      if (pushes.length > 0) await subscriptions.record(pushes)
    },
  })
}

/** Of several events of a chat that came together, the last one is pushed. */
const lastOfEachChat = (envelopes: readonly EventEnvelope<ChatEvent>[]): readonly EventEnvelope<ChatEvent>[] => {
  const pushed = envelopes.filter(({ event }) => chatPushOf(event, 'fr'))
  return [...new Map(pushed.map((envelope) => [envelope.stream, envelope])).values()]
}

async function pushOf(
  { event, stream, id: eventId }: EventEnvelope<ChatEvent>,
  desk: Desk,
  connections: PushParts['connections'],
): Promise<RecordedPush | undefined> {
  const { id: chatId } = parseStream(stream)
  const { state: chat } = await desk.read('chat', chatId)
  if (chat.status === 'absent') return undefined
  const settings = (await desk.configuration())?.chat ?? defaultChatSettings
  const push = chatPushOf(event, chat.language)
  if (!push || !settings.channels[chat.channel].push) return undefined
  const people = await mergedCustomersOf(desk, await survivorOf(desk, chat.customer.id))
  const isConnected = people.some((person) => connections.customer(person) === 0)
  return { eventId, chatId, at: event.at, push, people, afterMs: isConnected ? connectedMs : 0 }
}

/** Whether the customer of a chat has not seen all of it, and has no connection. */
export async function needsPush(
  { content: { chatId }, recipientId }: Pick<Delivery, 'content' | 'recipientId'>,
  desk: Pick<Desk, 'read'>,
  connections: Pick<Connections, 'customer'>,
): Promise<boolean> {
  if (chatId === undefined) return true
  const { state: chat } = await desk.read('chat', chatId)
  if (chat.status === 'absent' || chat.read.customer >= chat.lastItem) return false
  return ![chat.customer.id, recipientId].some((id) => id !== undefined && connections.customer(id) === 0)
}
