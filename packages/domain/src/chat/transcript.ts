import type { EventStore } from '../kernel/event-store.ts'
import { limits } from '../kernel/limits.ts'
import type { ChatEvent, ChatEventOf, ChatEventType } from './events.ts'
import { describeChatEvent, isShownInChat } from './events.ts'
import type { MessageChange, TranscribedEvent, TranscriptEntry } from './transcript-document.ts'
import { presentText, readTranscribed, transcriptEntry } from './transcript-document.ts'
import type { ChatReader } from './wording.ts'
import { chatLanguageFor, localTime, transcriptWords } from './wording.ts'

type ReadingStore = Pick<EventStore, 'readStream'>

/** A part of the transcript of a chat, as much as one append to its ticket takes. */
export type TranscriptPart = {
  /** The version of the chat that it reaches: the next part begins after it. */
  readonly upTo: number
  /** What the customer was shown, as long as a message of a ticket may be. */
  readonly forCustomer: string
  /** Notes, and what else only the desk sees, as long as a message of a ticket may be. */
  readonly forDesk: string
  readonly files: readonly TranscriptFile[]
}

type TranscriptFile = { readonly fileId: string; readonly internal: boolean }

/** How many files a part has: an event that attaches a file takes up to two kilobytes. */
const filesPerPart = 100

/**
 * The transcript of a chat for the ticket that it becomes, in the language of the chat: the parts after a version, up to
 * the last request for the ticket. Each file is in one part: where the customer was first shown it, or else where the
 * desk first used it.
 */
export async function* transcriptParts(
  store: ReadingStore,
  chatId: string,
  language: string,
  after: number,
): AsyncGenerator<TranscriptPart, void, undefined> {
  const { end, files } = await endAndFiles(store, chatId)
  let part = emptyPart()
  for await (const transcribed of readTranscribed(store, chatId)) {
    const { version } = transcribed.envelope
    if (version <= after) continue
    if (version > end) break
    const lines = linesFor(transcribed, language, await presentText(store, transcribed))
    const attached = files.get(version) ?? []
    if (!part.takes(lines, attached)) {
      yield part.upTo(version - 1)
      part = emptyPart()
    }
    part.add(lines, attached)
  }
  const last = part.upTo(end)
  if (last.forCustomer !== '' || last.forDesk !== '') yield last
}

/** A line of a transcript, and how many characters are left for it, as its content may be removed later. */
type Line = { readonly text: string; readonly room: number }

/** The lines of an event: for the customer, and for the desk alone. */
type Lines = { readonly forCustomer?: Line | undefined; readonly forDesk?: Line | undefined }

/** Lines that become a message of a ticket. */
function emptyText() {
  const lines: string[] = []
  let room = 0
  return {
    takes: (line: Line | undefined): boolean => line === undefined || room === 0 || room + line.room <= limits.body,
    add: (line: Line | undefined): void => {
      if (line === undefined) return
      lines.push(line.text)
      room += line.room + 1
    },
    text: (): string => lines.join('\n'),
  }
}

function emptyPart() {
  const [forCustomer, forDesk] = [emptyText(), emptyText()]
  const files: TranscriptFile[] = []
  return {
    takes: (lines: Lines, more: readonly TranscriptFile[]): boolean =>
      forCustomer.takes(lines.forCustomer) &&
      forDesk.takes(lines.forDesk) &&
      (files.length === 0 || files.length + more.length <= filesPerPart),
    add: (lines: Lines, more: readonly TranscriptFile[]): void => {
      forCustomer.add(lines.forCustomer)
      forDesk.add(lines.forDesk)
      files.push(...more)
    },
    upTo: (version: number): TranscriptPart => ({
      upTo: version,
      forCustomer: forCustomer.text(),
      forDesk: forDesk.text(),
      files,
    }),
  }
}

/** What is said in the chat of its ticket, which the ticket need not repeat. */
const ofConversion: ReadonlySet<ChatEventType> = new Set<ChatEventType>([
  'ChatConversionRequested',
  'ChatConversionRefused',
  'ChatConverted',
])

/** The request for a ticket, and the end of an open chat that comes with it. */
const isRequest = (event: ChatEvent): boolean =>
  event.type === 'ChatConversionRequested' || (event.type === 'ChatClosed' && event.reason === 'converted')

/** The version of the last request for the ticket of a chat, and the files up to it by the version where they are attached. */
async function endAndFiles(
  store: ReadingStore,
  chatId: string,
): Promise<{ readonly end: number; readonly files: ReadonlyMap<number, readonly TranscriptFile[]> }> {
  let [end, last] = [0, 0]
  const uses: FileUse[] = []
  for await (const transcribed of readTranscribed(store, chatId)) {
    last = transcribed.envelope.version
    if (isRequest(transcribed.envelope.event)) end = last
    uses.push(...usesIn(transcribed).filter(({ removed }) => !removed))
  }
  const files = new Map<number, TranscriptFile[]>()
  const seen = new Set<string>()
  for (const { fileId, version, internal } of uses.toSorted((a, b) => Number(a.internal) - Number(b.internal))) {
    if (version > (end || last) || seen.has(fileId)) continue
    seen.add(fileId)
    const there = files.get(version) ?? []
    there.push({ fileId, internal })
    files.set(version, there)
  }
  return { end: end || last, files }
}

/** A message of a chat that names a file. */
type FileUse = {
  readonly fileId: string
  readonly messageId: string
  readonly version: number
  readonly internal: boolean
  readonly removed: boolean
}

function usesIn({ envelope: { event, version }, changed }: TranscribedEvent): readonly FileUse[] {
  if (event.type !== 'ChatMessageSent') return []
  const { messageId, attachments = [] } = event
  const use = { messageId, version, internal: !isShownInChat(event), removed: changed?.redactedAt !== undefined }
  return attachments.map(({ fileId }) => ({ fileId, ...use }))
}

/** Which messages of a chat name which files, and whether they were removed. */
export async function filesOfChat(store: ReadingStore, chatId: string): Promise<readonly FileUse[]> {
  const uses: FileUse[] = []
  for await (const transcribed of readTranscribed(store, chatId)) uses.push(...usesIn(transcribed))
  return uses
}

const reading = (audience: ChatReader['audience'], language: string): ChatReader => ({
  audience,
  language,
  timeZone: 'UTC',
})

/** Who reads an event as it is first written: the customer, if they are shown it. */
const readingOf = (event: ChatEvent, language: string): ChatReader =>
  reading(isShownInChat(event) ? 'customer' : 'desk', language)

/** Of what the customer is shown, the desk reads the reasons, and what the customer is told otherwise. */
function linesFor(transcribed: TranscribedEvent, language: string, body: string | undefined): Lines {
  if (ofConversion.has(transcribed.envelope.event.type)) return {}
  const forDesk = transcriptEntry(transcribed, reading('desk', language), body)
  if (!forDesk) return {}
  const forCustomer = transcriptEntry(transcribed, reading('customer', language), body)
  const lineOf = (entry: TranscriptEntry): Line => {
    const text = entryLine(entry, language)
    return { text, room: Math.max(text.length, roomOfRemoved(transcribed, language)) }
  }
  if (!forCustomer) return { forDesk: lineOf(forDesk) }
  const saysMore = forDesk.reason !== undefined || forDesk.text !== forCustomer.text
  return { forCustomer: lineOf(forCustomer), ...(saysMore && { forDesk: lineOf(forDesk) }) }
}

/** How long the line of an event is once its content is removed; 0 where none can be. */
function roomOfRemoved(transcribed: TranscribedEvent, language: string): number {
  const { event } = transcribed.envelope
  if (!hasContent(event)) return 0
  const entry = transcriptEntry({ ...transcribed, changed: { redactedAt: event.at } }, readingOf(event, language))
  return entry ? entryLine(entry, language).length : 0
}

const lineEnd = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/

/** An entry as text: when, who, and what. Only its first line is not indented, so that no text passes for another entry. */
function entryLine({ at, by, text, reason, message }: TranscriptEntry, language: string): string {
  const words = transcriptWords(language)
  const edited = message?.editedAt ? ` (${words.edited} ${utc(message.editedAt)})` : ''
  const content = message ? contentOf(text, message, language) : reason === undefined ? text : `${text}: ${reason}`
  const [first = '', ...others] = content.split(lineEnd)
  const indented = others.map((line) => (line.trim() === '' ? '' : `    ${line}`))
  return [`[${utc(at)}] ${by.name}${edited}: ${first}`, ...indented].join('\n').trimEnd()
}

const utc = (at: ChatEvent['at']): string => `${localTime(at, 'UTC')} UTC`

function contentOf(text: string, message: NonNullable<TranscriptEntry['message']>, language: string): string {
  if (message.removedAt) return `(${transcriptWords(language).removed})`
  const { files, actions, card } = message
  const said = [text, ...files.map(({ name }) => `[${name}]`), ...actions.map(({ label }) => `(${label})`)]
  const ofCard = card
    ? [`${card.title} (${card.source})`, ...card.fields.map(({ label, value }) => `${label}: ${value}`)]
    : []
  return [said.filter(Boolean).join(' '), ...ofCard].filter(Boolean).join('\n')
}

/** What was removed from a chat: how to remove it from texts that were made of its transcript, and its files. */
export type RemovedContent = {
  readonly removeFrom: (text: string) => string
  readonly fileIds: ReadonlySet<string>
}

type WithContent = ChatEventOf<'ChatMessageSent' | 'ChatActionChosen'>

/** Whether an event has content that is removed with its message. */
const hasContent = (event: ChatEvent): event is WithContent =>
  event.type === 'ChatMessageSent' || event.type === 'ChatActionChosen'

/** A message that was removed, or a choice of an action of it, with every text that it had. */
type RemovedMessage = {
  readonly transcribed: TranscribedEvent
  readonly event: WithContent
  readonly edits: ChatEventOf<'ChatMessageEdited'>[]
}

/** What was removed from a chat, whose language is given; undefined if nothing was. */
export async function removedFromChat(
  store: ReadingStore,
  chatId: string,
  language: string,
): Promise<RemovedContent | undefined> {
  const edits = new Map<string, ChatEventOf<'ChatMessageEdited'>[]>()
  const removed: RemovedMessage[] = []
  for await (const transcribed of readTranscribed(store, chatId)) {
    const { event } = transcribed.envelope
    if (transcribed.changed?.redactedAt === undefined || !('messageId' in event)) continue
    const ofMessage = edits.get(event.messageId) ?? []
    edits.set(event.messageId, ofMessage)
    if (event.type === 'ChatMessageEdited') ofMessage.push(event)
    if (hasContent(event)) removed.push({ transcribed, event, edits: ofMessage })
  }
  if (removed.length === 0) return undefined
  const languages = [...new Set([chatLanguageFor(language), formerFallback])]
  const lines = removed.flatMap((each) => [
    ...languages.flatMap((one) => replacements(each, one)),
    ...formerReplacements(each),
  ])
  const files = removed.flatMap(({ transcribed }) => usesIn(transcribed))
  return { removeFrom: replacing(lines), fileIds: new Set(files.map(({ fileId }) => fileId)) }
}

/** The language in which older tickets have chats whose language had no words then. */
const formerFallback = 'fr'

type Replacement = { readonly from: string; readonly to: string }

/** Every line that a ticket may have of a message that was removed, and the line that is left. */
function replacements({ transcribed, event, edits }: RemovedMessage, language: string): readonly Replacement[] {
  const reader = readingOf(event, language)
  const lineWith = (changed: MessageChange | undefined, body?: string): string => {
    const entry = transcriptEntry({ ...transcribed, changed }, reader, body)
    return entry ? entryLine(entry, language) : ''
  }
  const to = lineWith(transcribed.changed)
  return [lineWith(undefined), ...edits.map(({ at, body }) => lineWith({ editedAt: at }, body))].map((from) => ({
    from,
    to,
  }))
}

/** The end of a line behind which another entry begins. */
const entryEnd = /\n(?=\[\d{4}-\d\d-\d\d )/

/** Replaces whole entries of a text, but none that only begins as another does. Of two replacements, the first counts. */
function replacing(lines: readonly Replacement[]): (text: string) => string {
  const byEntry = new Map(lines.toReversed().map(({ from, to }) => [from, to]))
  // A message of an older ticket may hold lines that begin as an entry does.
  const forged = [...byEntry].filter(([from]) => entryEnd.test(from)).toSorted(([a], [b]) => b.length - a.length)
  return (text) => {
    const left = forged.reduce((left, [from, to]) => withoutLines(left, from, to), text)
    return left
      .split(entryEnd)
      .map((entry) => byEntry.get(entry) ?? entry)
      .join('\n')
  }
}

/** A text in which whole lines are replaced, also where they follow each other. */
function withoutLines(text: string, from: string, to: string): string {
  let left = `\n${text}\n`
  while (left.includes(`\n${from}\n`)) left = left.replace(`\n${from}\n`, () => `\n${to}\n`)
  return left.slice(1, -1)
}

/** How the lines of older tickets name the zone of their times: the oldest do not. */
const formerZones = [' UTC', ''] as const

/** The lines of tickets that were made before they were worded in the language of the chat, without indentation. */
function formerReplacements({ event, edits }: RemovedMessage): readonly Replacement[] {
  const bodies = [undefined, ...edits.map(({ body }) => body)]
  return bodies.flatMap((body) =>
    formerZones.map((zone) => ({
      from: formerLine(event, formerContent(event, body), zone),
      to: formerLine(event, '(removed)', zone),
    })),
  )
}

function formerContent(event: WithContent, body: string | undefined): string {
  if (event.type === 'ChatActionChosen') return describeChatEvent(event).what
  const files = (event.attachments ?? []).map(({ name }) => `[${name}]`)
  const offered = (event.actions ?? []).map(({ label }) => `(${label})`)
  return [body ?? event.body, ...files, ...offered].filter(Boolean).join(' ')
}

const formerLine = ({ at, by }: ChatEvent, what: string, zone: (typeof formerZones)[number]): string =>
  `[${at.slice(0, 19).replace('T', ' ')}${zone}] ${by.name ?? by.id}: ${what}`
