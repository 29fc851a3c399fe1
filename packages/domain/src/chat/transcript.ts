import type { EventStore } from '../kernel/event-store.ts'
import { readInPages } from '../kernel/event-store.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { streamName } from '../kernel/event.ts'
import { limits } from '../ticket/vocabulary.ts'
import type { ChatEvent, ChatEventOf } from './events.ts'
import { describeChatEvent, isShownInChat } from './events.ts'

/** A text of a transcript, as long as a message of a ticket may be, and the files of its messages. */
type TranscriptPart = { readonly text: string; readonly fileIds: readonly string[] }

/** The transcript of a chat for the ticket that it becomes: what its customer was shown, and the rest for the desk. */
type ChatTranscript = {
  /** What the customer was shown, in order: the beginning, then its continuation. */
  readonly shown: readonly [TranscriptPart, ...TranscriptPart[]]
  /** Notes, and why it was closed. */
  readonly internal: readonly TranscriptPart[]
}

type WithContent = ChatEventOf<'ChatMessageSent' | 'ChatActionChosen'>

/** What has happened to the messages of a chat, and its events that are in a transcript. */
type Transcribed = {
  readonly events: readonly ChatEvent[]
  /** Every text that a message was changed to, in order, by its id. */
  readonly edits: ReadonlyMap<string, readonly string[]>
  readonly redacted: ReadonlySet<string>
}

async function readTranscribed(store: EventStore, chatId: string): Promise<Transcribed> {
  const edits = new Map<string, string[]>()
  const redacted = new Set<string>()
  const events: ChatEvent[] = []
  for await (const page of readInPages(store, streamName('chat', chatId))) {
    for (const { event } of page as readonly EventEnvelope<ChatEvent>[]) {
      if (event.type === 'ChatMessageEdited')
        edits.set(event.messageId, [...(edits.get(event.messageId) ?? []), event.body])
      if (event.type === 'ChatMessageRedacted') redacted.add(event.messageId)
      if (isInTranscript(event)) events.push(event)
    }
  }
  return { events, edits, redacted }
}

/** The whole transcript of a chat, with edits applied and removed content left out. */
export async function chatTranscript(store: EventStore, chatId: string): Promise<ChatTranscript> {
  const { events, edits, redacted } = await readTranscribed(store, chatId)
  const ofContent = (event: WithContent): TranscriptPart => {
    if (redacted.has(event.messageId)) return { text: line(event, removed), fileIds: [] }
    const files = event.type === 'ChatMessageSent' ? (event.attachments ?? []) : []
    return {
      text: line(event, contentOf(event, edits.get(event.messageId)?.at(-1))),
      fileIds: files.map(({ fileId }) => fileId),
    }
  }
  const withoutFiles = (text: string): readonly TranscriptPart[] => [{ text, fileIds: [] }]
  const forCustomer = (event: ChatEvent): readonly TranscriptPart[] => {
    if (!isShownInChat(event)) return []
    if (hasContent(event)) return [ofContent(event)]
    return withoutFiles(line(event, event.type === 'ChatClosed' ? 'closed the chat' : describeChatEvent(event).what))
  }
  const forDesk = (event: ChatEvent): readonly TranscriptPart[] => {
    if (event.type === 'ChatMessageSent') return isShownInChat(event) ? [] : [ofContent(event)]
    if (event.type !== 'ChatClosed' && isShownInChat(event)) return []
    const { what, why } = describeChatEvent(event)
    return withoutFiles(line(event, why === undefined ? what : `${what}: ${why}`))
  }
  const [beginning = { text: chatId, fileIds: [] }, ...rest] = inParts(events.flatMap(forCustomer))
  return { shown: [beginning, ...rest], internal: inParts(events.flatMap(forDesk)) }
}

/** What was removed from a chat: how to remove it from texts that were made of its transcript, and its files. */
export type RemovedContent = {
  readonly removeFrom: (text: string) => string
  readonly fileIds: ReadonlySet<string>
}

/** What was removed from a chat; undefined if nothing was. */
export async function removedFromChat(store: EventStore, chatId: string): Promise<RemovedContent | undefined> {
  const { events, edits, redacted } = await readTranscribed(store, chatId)
  const gone = events.filter(hasContent).filter(({ messageId }) => redacted.has(messageId))
  if (gone.length === 0) return undefined
  const lines = gone
    .flatMap((event) =>
      [undefined, ...(edits.get(event.messageId) ?? [])].flatMap((body) =>
        zones.map((zone) => ({ from: line(event, contentOf(event, body), zone), to: line(event, removed, zone) })),
      ),
    )
    .toSorted((one, other) => other.from.length - one.from.length)
  return {
    removeFrom: (text) => lines.reduce((left, { from, to }) => withoutLine(left, from, to), text),
    fileIds: new Set(
      gone.flatMap((event) =>
        event.type === 'ChatMessageSent' ? (event.attachments ?? []).map(({ fileId }) => fileId) : [],
      ),
    ),
  }
}

/** A text in which whole lines are replaced. The longest comes first: it may begin as a shorter one does. */
function withoutLine(text: string, from: string, to: string): string {
  if (from === to) return text
  let left = `\n${text}\n`
  while (left.includes(`\n${from}\n`)) left = left.replace(`\n${from}\n`, () => `\n${to}\n`)
  return left.slice(1, -1)
}

const removed = '(removed)'

const hasContent = (event: ChatEvent): event is WithContent =>
  event.type === 'ChatMessageSent' || event.type === 'ChatActionChosen'

/** The content of a message as one text; `body` is the text that it was changed to. */
function contentOf(event: WithContent, body?: string): string {
  if (event.type === 'ChatActionChosen') return describeChatEvent(event).what
  const files = (event.attachments ?? []).map(({ name }) => `[${name}]`)
  const offered = (event.actions ?? []).map(({ label }) => `(${label})`)
  return [body ?? event.body, ...files, ...offered].filter(Boolean).join(' ')
}

/** How lines name the zone of their times. Those of older tickets do not. */
const zones = [' UTC', ''] as const

/** A line of a transcript: when, who, and what. */
const line = ({ at, by }: ChatEvent, what: string, zone: (typeof zones)[number] = ' UTC'): string =>
  `[${at.slice(0, 19).replace('T', ' ')}${zone}] ${by.name ?? by.id}: ${what}`

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
function inParts(lines: readonly TranscriptPart[]): readonly TranscriptPart[] {
  const parts: TranscriptPart[] = []
  for (const line of lines) {
    const last = parts.at(-1)
    if (!last || last.text.length + line.text.length + 1 > limits.body) parts.push(line)
    else parts[parts.length - 1] = { text: `${last.text}\n${line.text}`, fileIds: [...last.fileIds, ...line.fileIds] }
  }
  return parts
}
