import type { Append, ChatEvent, ChatSide } from '@guichet/domain'
import { defaultChatSettings, instant, later } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { unconfigured } from '@guichet/desk/configuration'

const atOnce = 500
const started = instant('2026-01-05T08:00:00Z')

/** The messages of a seeded chat, one of each kind of change among them. */
const messages = 12

/** How many events each seeded chat has: beside its messages a start, an offer, marks, changes of messages and an end. */
export const eventsPerChat = messages + 14

/**
 * Appends the history of many chats directly to a store: each was taken by one of 200 agents, both sides wrote in turn and read, a
 * message and a note were changed, another removed, and the agent closed it.
 */
export async function seedChats(store: PostgresStore, count: number): Promise<void> {
  for (let first = 0; first < count; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - first) }, (_, n) => first + n)
    await store.appendMany(numbers.map(chatHistory))
  }
}

function chatHistory(number: number): Append<ChatEvent> {
  const start = later(started, number * 20_000)
  const customer = { id: `visitor-${number}`, name: `Client ${number % 500}` }
  const agent = { id: `agent-${number % 200}`, name: `Agente ${number % 200}` }
  const theirs = { at: start, by: { kind: 'customer', id: customer.id } } as const
  const router = { at: later(start, 2_000), by: { kind: 'system', id: 'router' } } as const
  const events: ChatEvent[] = [
    {
      type: 'ChatStarted',
      ...theirs,
      customer,
      channel: 'web',
      language: 'fr',
      priority: number % 10 === 0 ? 'high' : 'normal',
      times: defaultChatSettings.times,
      policyVersion: unconfigured.version,
    },
    { type: 'ChatOffered', ...router, round: 1, agent, agentVersion: 1, expiresAt: later(start, 22_000) },
  ]
  const accepted = { at: later(start, 10_000), by: { kind: 'agent', ...agent } } as const
  events.push({ type: 'ChatAccepted', ...accepted, round: 1, agent })
  let [shown, seconds] = [2, 10]
  const read = (side: ChatSide, by: ChatEvent['by']): void => {
    events.push({ type: 'ChatMessagesRead', at: later(start, seconds * 1_000), by, side, upTo: shown++ })
  }
  const message = (index: number) => {
    seconds += 8
    const fromAgent = index % 2 === 1
    const { by } = fromAgent ? accepted : theirs
    const kind = index === 5 ? 'note' : 'text'
    const body = `Bonjour, voici la réponse ${index} à propos de la facture ${number} et de votre compte bloqué.`
    events.push({
      type: 'ChatMessageSent',
      at: later(start, seconds * 1_000),
      by,
      messageId: `m-${number}-${index}`,
      kind,
      body,
    })
    if (kind === 'note') return
    shown++
    if (index > 3) read(fromAgent ? 'customer' : 'desk', fromAgent ? theirs.by : accepted.by)
  }
  for (let index = 0; index < messages; index++) message(index)
  const at = later(start, (seconds += 5) * 1_000)
  const internal = false
  events.push(
    { type: 'ChatMessageEdited', ...accepted, at, messageId: `m-${number}-1`, body: 'Bonjour, je corrige.', internal },
    { type: 'ChatMessageEdited', ...accepted, at, messageId: `m-${number}-5`, body: 'À vérifier.', internal: true },
    { type: 'ChatMessageRedacted', ...theirs, at, messageId: `m-${number}-2`, internal },
    { type: 'ChatClosed', ...accepted, at, from: 'active', reason: 'solved' },
  )
  return { stream: `chat-seed-${number}`, expectedVersion: 'no_stream', commandId: `seed-chat-${number}`, events }
}
