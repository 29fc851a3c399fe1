import type { EventStore } from '../kernel/event-store.ts'
import { readInPages } from '../kernel/event-store.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { streamName } from '../kernel/event.ts'
import { limits } from '../ticket/vocabulary.ts'
import type { ChatEvent } from './events.ts'
import { describeChatEvent, isShownInChat } from './events.ts'

/** The transcript of a chat for the ticket that it becomes: what its customer was shown, and the rest for the desk. */
type ChatTranscript = {
  /** The beginning, as much as a message of a ticket holds. */
  readonly body: string
  /** The continuation, and the notes of the desk. */
  readonly notes: readonly string[]
}

/** The whole transcript of a chat, with edits applied and removed content left out. */
export async function chatTranscript(store: EventStore, chatId: string): Promise<ChatTranscript> {
  const edited = new Map<string, string>()
  const redacted = new Set<string>()
  const items: EventEnvelope<ChatEvent>[] = []
  for await (const page of readInPages(store, streamName('chat', chatId))) {
    for (const envelope of page as readonly EventEnvelope<ChatEvent>[]) {
      const { event } = envelope
      if (event.type === 'ChatMessageEdited') edited.set(event.messageId, event.body)
      if (event.type === 'ChatMessageRedacted') redacted.add(event.messageId)
      if (isInTranscript(event)) items.push(envelope)
    }
  }
  const written = ({ event }: EventEnvelope<ChatEvent>): string => {
    const when = event.at.slice(0, 19).replace('T', ' ')
    const who = event.by.name ?? event.by.id
    if (event.type !== 'ChatMessageSent') return `[${when}] ${who}: ${describeChatEvent(event).what}`
    const { messageId, attachments = [], actions = [] } = event
    if (redacted.has(messageId)) return `[${when}] ${who}: (removed)`
    const files = attachments.map(({ name }) => `[${name}]`)
    const offered = actions.map(({ label }) => `(${label})`)
    return `[${when}] ${who}: ${[edited.get(messageId) ?? event.body, ...files, ...offered].filter(Boolean).join(' ')}`
  }
  const [body = '', ...rest] = inParts(items.filter(({ event }) => isShownInChat(event)).map(written))
  const notes = items.filter(({ event }) => !isShownInChat(event)).map(written)
  return { body: body === '' ? chatId : body, notes: [...rest, ...inParts(notes)] }
}

const transcribed: ReadonlySet<ChatEvent['type']> = new Set<ChatEvent['type']>([
  'ChatStarted',
  'ChatAccepted',
  'ChatTransferred',
  'ChatRequeued',
  'ChatMessageSent',
  'ChatActionChosen',
  'ChatReopened',
  'ChatClosed',
])

const isInTranscript = ({ type }: ChatEvent): boolean => transcribed.has(type)

/** Lines joined to texts, each as long as a message of a ticket may be. */
function inParts(lines: readonly string[]): readonly string[] {
  const parts: string[] = []
  let part = ''
  for (const line of lines) {
    if (part !== '' && part.length + line.length + 1 > limits.body) {
      parts.push(part)
      part = ''
    }
    part += part === '' ? line : `\n${line}`
  }
  return part === '' ? parts : [...parts, part]
}
