import { z } from 'zod'
import { readHistory, readHistoryInPages } from '../history.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'
import { storedInstantSchema } from '../kernel/time.ts'
import { storedOriginalSchema } from '../message-original.ts'
import type { ChatMessage, ChatMessageChange } from './changed-message.ts'
import { changedMessage, withoutContent } from './changed-message.ts'
import type { ChatEvent, ChatEventOf, ChatEventType } from './events.ts'
import { isShownInChat } from './events.ts'
import type { Chat } from './state.ts'
import type { ChatReader } from './wording.ts'
import { chatLanguageFor, localIso, transcriptWords, wordChatEvent } from './wording.ts'
import { chatChannels, chatCloseReasons, chatMessageKinds, chatStatuses } from './vocabulary.ts'

const text = z.string()
const local = text.describe('The same moment on the wall clock of the time zone, with its offset from UTC.')

/** The head of a transcript. */
const transcriptHeadSchema = z.object({
  format: z.literal('guichet/chat-transcript'),
  /** Raised when a field changes its meaning or is removed; new fields may come under the same number. */
  formatVersion: z.literal(1),
  chatId: text,
  audience: z.enum(['customer', 'desk']).describe('Whom it is for: a transcript for the desk contains internal notes.'),
  language: text,
  timeZone: text.describe('IANA.'),
  exportedAt: storedInstantSchema,
  status: z.enum(chatStatuses),
  channel: z.enum(chatChannels),
  customer: z.object({ id: text, name: text.optional() }),
  startedAt: storedInstantSchema,
  closedAt: storedInstantSchema.optional(),
  closeReason: z.enum(chatCloseReasons).optional(),
})

/** A message or an event of a transcript. */
const transcriptEntrySchema = z.object({
  type: text.describe('The type of the event, such as `ChatMessageSent`.'),
  number: z
    .int()
    .positive()
    .optional()
    .describe('Its number in what the customer is shown; none for what is internal.'),
  version: z.int().positive().optional().describe('The version of the chat after it; for the desk.'),
  at: storedInstantSchema,
  local,
  by: z.object({ kind: z.enum(['customer', 'agent', 'system']), id: text.optional(), name: text }),
  internal: z.boolean().describe('Whether only the desk sees it.'),
  text: text.describe('What was said, or a sentence that says what happened.'),
  reason: text.optional().describe('The reason, for the desk.'),
  message: z
    .object({
      messageId: text,
      kind: z.enum(chatMessageKinds),
      inReplyTo: text.optional(),
      editedAt: storedInstantSchema.optional().describe('When its text was last changed: `text` is the present one.'),
      removedAt: storedInstantSchema.optional().describe('When its content was removed: then there is none.'),
      files: z.array(z.object({ name: text, mediaType: text, bytes: z.int().nonnegative() })),
      actions: z.array(z.object({ label: text, chosen: z.boolean() })),
      card: z.object({ source: text, title: text, fields: z.array(z.object({ label: text, value: text })) }).optional(),
      original: storedOriginalSchema.describe('From what the text was translated; for the desk.'),
    })
    .optional()
    .describe('The message, if it is one.'),
})

/** A transcript as JSON. */
export const transcriptSchema = transcriptHeadSchema.extend({ entries: z.array(transcriptEntrySchema) })

/** What the head of a transcript says of its chat. */
export type TranscriptHead = Readonly<z.infer<typeof transcriptHeadSchema>>

/** One message or event of a transcript. */
export type TranscriptEntry = Readonly<z.infer<typeof transcriptEntrySchema>>

/**
 * What no transcript says, whatever it is written for: marks, offers and connections; changes of messages are shown on
 * the message.
 */
const leftOut: ReadonlySet<ChatEventType> = new Set<ChatEventType>([
  'ChatMessageEdited',
  'ChatMessageRedacted',
  'ChatMessagesDelivered',
  'ChatMessagesRead',
  'ChatOffered',
  'ChatOfferDeclined',
  'ChatOfferExpired',
  'ChatOfferWithdrawn',
  'ChatCustomerDisconnected',
  'ChatCustomerReconnected',
])

/** The head of the transcript of a chat for a reader. */
export function transcriptHead(chatId: string, chat: Chat, reader: ChatReader, exportedAt: Instant): TranscriptHead {
  const { customer, status, channel, startedAt, closed } = chat
  const { audience, timeZone } = reader
  const reason = closed && (audience === 'customer' && closed.reason === 'spam' ? 'other' : closed.reason)
  return {
    format: 'guichet/chat-transcript',
    formatVersion: 1,
    chatId,
    audience,
    language: chatLanguageFor(reader.language),
    timeZone,
    exportedAt,
    status,
    channel,
    customer: { id: customer.id, ...(customer.name !== undefined && { name: customer.name }) },
    startedAt,
    ...(closed && { closedAt: closed.at }),
    ...(reason && { closeReason: reason }),
  }
}

/** What later events have made of a message: its present text is there unless there are too many of them. */
export type MessageChange = ChatMessageChange & {
  /** The version of the event with its present text. */
  readonly editedIn?: number
}

/** An event of a chat with what later events have made of its message. */
export type TranscribedEvent = {
  readonly envelope: EventEnvelope<ChatEvent>
  readonly changed: MessageChange | undefined
  /** How many events the customer was shown up to it. */
  readonly number: number
}

/** The changes of the messages of a chat, by the ids of the messages. */
type TranscriptChanges = Map<string, MessageChange>

/** The most characters of changed texts that are kept in memory; others are read again when they are needed. */
const mostKept = 1_000_000

/** Notes what an event has changed in a message; `keeps` says whether a changed text is kept. */
function noteChange(
  changes: TranscriptChanges,
  { event, version }: EventEnvelope<ChatEvent>,
  keeps: (characters: number) => boolean,
): void {
  if (!('messageId' in event)) return
  const before: MessageChange = changes.get(event.messageId) ?? {}
  const change = changedMessage(before, event)
  if (change === before) return
  if (event.type === 'ChatMessageEdited') {
    const { body: _, ...others } = change
    const shortened = keeps(event.body.length) ? change : others
    changes.set(event.messageId, { ...shortened, editedIn: version })
  } else changes.set(event.messageId, change)
}

/**
 * The entry of an event in a transcript; undefined for one that the transcript, or its reader, does not see.
 * @param body the present text of a message that was changed.
 */
export function transcriptEntry(
  { envelope: { event, version }, changed, number }: TranscribedEvent,
  reader: ChatReader,
  body?: string,
): TranscriptEntry | undefined {
  const internal = !isShownInChat(event)
  const forDesk = reader.audience === 'desk'
  if (leftOut.has(event.type) || (internal && !forDesk)) return undefined
  const { at, by } = event
  const removed = changed?.redactedAt !== undefined
  const shownEvent: ChatEvent = event.type === 'ChatActionChosen' && removed ? { ...event, label: '' } : event
  const { what, why, said } = wordChatEvent(shownEvent, reader)
  const isMessage = event.type === 'ChatMessageSent'
  const written = isMessage ? (removed ? '' : (body ?? event.body)) : [what, said].filter(Boolean).join(': ')
  return {
    type: event.type,
    ...(!internal && { number }),
    ...(forDesk && { version }),
    at,
    local: localIso(at, reader.timeZone),
    by: {
      kind: by.kind,
      ...((forDesk || by.kind === 'customer') && { id: by.id }),
      name: by.name ?? (forDesk ? by.id : transcriptWords(reader.language).actorKinds[by.kind]),
    },
    internal,
    text: written,
    // The desk gave it for itself.
    ...(why !== undefined && (forDesk || event.type !== 'ChatTransferEnded') && { reason: why }),
    ...(isMessage && { message: messageOf(event, changed, forDesk) }),
  }
}

function messageOf(
  event: ChatEventOf<'ChatMessageSent'>,
  changed: MessageChange = {},
  forDesk: boolean,
): TranscriptEntry['message'] {
  const message: ChatMessage = { ...event, ...changed }
  const { redactedAt } = message
  const {
    messageId,
    kind,
    inReplyTo,
    editedAt,
    chosen,
    attachments = [],
    actions = [],
    card,
    original,
  } = redactedAt === undefined ? message : withoutContent(message)
  return {
    messageId,
    kind,
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(redactedAt ? { removedAt: redactedAt } : editedAt && { editedAt }),
    files: attachments.map(({ name, mediaType, bytes }) => ({ name, mediaType, bytes })),
    actions: actions.map(({ actionId, label }) => ({ label, chosen: actionId === chosen })),
    ...(card && { card }),
    ...(original && forDesk && { original }),
  }
}

type ReadingStore = Pick<EventStore, 'readStream'>

/**
 * Every event of a stored chat up to a version, with what later ones up to it have made of its message, in order and in
 * bounded memory: the history is read twice, first for the changes. All that is made of the history of a chat is made
 * of this.
 */
export async function* readTranscribed(
  store: ReadingStore,
  chatId: string,
  upTo = Infinity,
): AsyncGenerator<TranscribedEvent, void, undefined> {
  const pages = () => readHistoryInPages(store, 'chat', chatId, upTo)
  const changes: TranscriptChanges = new Map()
  let total = 0
  const keeps = (characters: number): boolean => (total += characters) <= mostKept
  for await (const page of pages()) for (const envelope of page) noteChange(changes, envelope, keeps)
  let number = 0
  for await (const page of pages()) {
    for (const envelope of page) {
      const { event } = envelope
      if (isShownInChat(event)) number++
      yield { envelope, changed: 'messageId' in event ? changes.get(event.messageId) : undefined, number }
    }
  }
}

/** The entries of the transcript of a stored chat up to a version, in order and in bounded memory. */
export async function* readTranscript(
  store: ReadingStore,
  chatId: string,
  upTo: number,
  reader: ChatReader,
): AsyncGenerator<TranscriptEntry, void, undefined> {
  for await (const transcribed of readTranscribed(store, chatId, upTo)) {
    const entry = transcriptEntry(transcribed, reader, await presentText(store, transcribed))
    if (entry) yield entry
  }
}

/** The present text of a message that was changed; undefined for any other event. */
export async function presentText(
  store: ReadingStore,
  { envelope: { event, stream }, changed = {} }: TranscribedEvent,
): Promise<string | undefined> {
  const { body, editedIn, redactedAt } = changed
  if (event.type !== 'ChatMessageSent') return undefined
  if (body !== undefined || editedIn === undefined || redactedAt !== undefined) return body
  const [envelope] = await readHistory(store, 'chat', parseStream(stream).id, editedIn, 1)
  return envelope?.event.type === 'ChatMessageEdited' ? envelope.event.body : undefined
}
