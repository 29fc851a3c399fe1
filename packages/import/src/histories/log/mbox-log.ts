import type { Email } from 'postal-mime'
import { htmlToText, tooMuchHtml } from '../cells.ts'
import type { JsonObject } from './json-record.ts'
import { jsonRecord } from './json-record.ts'
import type { Log, LogRow } from './log-row.ts'
import { people } from './mail-person.ts'
import type { Threads } from './threads.ts'
import { createThreads, messageIdOf } from './mail-threads.ts'
import { parseMail } from './parse-mail.ts'
import { headersOf } from './readable-mail.ts'
import type { Shape } from './shape.ts'
import { rowsOfRecord } from './shape.ts'

/** The longest message that is read, in bytes. */
const maxMessageBytes = 32 * 1024 * 1024

/** The maximum of lines in a message, without attachments: each blocks the parser for some ten microseconds. */
const maxMessageLines = 100_000

type MboxReading = {
  readonly shape: Shape
  /** The threads of all mailboxes that are read together. */
  readonly threads: Threads<Email>
  readonly onBytes?: ((chunk: Buffer) => void) | undefined
}

/**
 * Reads a mailbox in the format mbox. A row's number is the line on which its message begins. The columns are `message_id`,
 * `thread`, `date`, `subject`, `text`, `attachments`, `from`, `from_name`, `to`, `customer`, `customer_name`, `language` (of
 * `Content-Language`) and `sender`, which
 * is `customer`, `agent`, `internal` (an agent, but not to the customer), `other` or `automatic`. The order of the messages is meaningless.
 */
export function mboxLog(bytes: AsyncIterable<Buffer>, reading: MboxReading): Log {
  return { columns: ['message_id', 'date', 'from', 'subject'], rows: rows(bytes, reading), unordered: true }
}

/** Finds the threads of mailboxes by the headers of all their messages. */
export async function readThreads(
  mailboxes: readonly AsyncIterable<Buffer>[],
  desk: readonly string[],
): Promise<Threads<Email>> {
  const threads = createThreads(desk)
  for (const bytes of mailboxes) {
    for await (const { raw, envelope } of messages(bytes)) {
      const mail = typeof raw === 'string' ? undefined : await parseMail(headersOf(raw))
      if (mail) threads.add(dated(mail.mail, envelope))
    }
  }
  return threads
}

async function* rows(bytes: AsyncIterable<Buffer>, { shape, threads, onBytes }: MboxReading): AsyncGenerator<LogRow> {
  for await (const { line, raw, envelope } of messages(bytes, onBytes)) {
    const written = typeof raw === 'string' ? undefined : await parseMail(raw)
    const mail = written && dated(written.mail, envelope)
    const thread = mail && threads.of(mail)
    const text = mail && (mail.text?.trim() ? mail.text.trim() : htmlToText(mail.html ?? ''))
    if (!mail || !thread || text === undefined) {
      const fault = typeof raw === 'string' ? raw : thread ? tooMuchHtml : 'is no e-mail'
      yield { row: line, original: ['', '', '', ''], values: [], fault }
      continue
    }
    const messageId = messageIdOf(mail)
    const record: JsonObject = {
      message_id: messageId,
      thread: thread.id,
      date: mail.date,
      subject: mail.subject?.trim() || firstWords(text),
      text,
      attachments: mail.attachments.map(({ filename, mimeType }) => filename ?? mimeType).join(', '),
      from: thread.author.address,
      from_name: thread.author.name,
      to: people(mail.to)
        .map(({ address }) => address)
        .join(', '),
      customer: thread.customer.address,
      customer_name: thread.customer.name,
      sender: thread.sender,
      language: mail.headers
        .find(({ key }) => key === 'content-language')
        ?.value.split(',')[0]
        ?.trim(),
    }
    const original = ['message_id', 'date', 'from', 'subject'].map((name) => String(record[name] ?? ''))
    const unjoined = thread.answersUnknown && thread.first === messageId
    const read = jsonRecord(record, () => undefined)
    const isDated = mail === written.mail
    const unclear = written.unclear.map((name) => unclearColumns[name] ?? name)
    for (const row of rowsOfRecord(shape, read, { row: line, original }))
      yield { ...row, ...(unjoined && { unjoined }), ...(!isDated && { undated: true as const }), unclear }
  }
}

/** What stands for a subject that a mail does not have: the first words of its text. */
const firstWords = (text: string): string => /^[^\n]{1,100}(?!\S)/u.exec(text)?.[0].trimEnd() ?? '(no subject)'

/** The columns that show what these headers say. */
const unclearColumns: Readonly<Record<string, string>> = { from: 'from_name', 'reply-to': 'from_name' }

/** Gives a mail without a readable time that of its `From ` line, if that has one. */
function dated(mail: Email, envelope: string): Email {
  if (!Number.isNaN(Date.parse(mail.date ?? ''))) return mail
  const [, time = ''] =
    /^From .*?(\b(?:(?:mon|tue|wed|thu|fri|sat|sun)\b|\d{4}-\d\d-\d\d).*)$/i.exec(envelope.trim()) ?? []
  const hasZone = /\d:\d\d.{0,40}([+-]\d{4}|\b(utc|gmt)\b|z$)/i.test(time)
  const at = Date.parse(hasZone ? time : `${time} UTC`)
  return Number.isNaN(at) ? mail : { ...mail, date: new Date(at).toISOString() }
}

/** A message with its `From ` line, or the reason why it is not read. */
type Message = {
  readonly line: number
  readonly envelope: string
  readonly raw: Buffer | 'is longer than 32 MiB' | 'has more than 100,000 lines'
}

/** A line that may begin a message: a sender and a time, as programs write it in various forms. */
const separator = /^From (?=.*\b(mon|tue|wed|thu|fri|sat|sun)\b|.*\d{4}-\d\d-\d\d)(?=.*\d:\d\d)(?=.*\b\d{4}\b)/i

/** The form of the standard (RFC 4155), with or without a zone. */
const asctime = /^From .*\b(mon|tue|wed|thu|fri|sat|sun) [a-z]{3} +\d{1,2} \d{1,2}:\d\d(:\d\d)?( \S+){0,2} \d{4}\b/i

const header = /^[!-9;-~]+:(?!\/\/)/

/** Headers follow the line that begins a message, since a paragraph of a text may begin with `From`, too. */
const beginsMessage = (line: string, next: string): boolean =>
  header.test(next) || (asctime.test(line) && (next.trim() === '' || next.startsWith('>From ')))

const quotedFrom = /^>+From /
const ofAttachment = /^[A-Za-z0-9+/=]{60,}\s*$/

/** Yields the messages of a mailbox, each from its `From ` line on; without their content if too long. */
async function* messages(bytes: AsyncIterable<Buffer>, onBytes?: (chunk: Buffer) => void): AsyncGenerator<Message> {
  let current: { line: number; envelope: string; content: Content; lines: number } | undefined
  const ended = (): Message | undefined => {
    if (!current) return undefined
    const { line, envelope, content, lines } = current
    if (lines > maxMessageLines) return { line, envelope, raw: 'has more than 100,000 lines' }
    return { line, envelope, raw: content.length > maxMessageBytes ? 'is longer than 32 MiB' : content.whole() }
  }

  for await (const lines of markedLines(bytes, onBytes)) {
    for (const { bytes: line, start, number, begins } of lines) {
      if (begins) {
        const message = ended()
        if (message) yield message
        current = { line: number, envelope: start, content: new Content(), lines: 0 }
      } else if (current) {
        if (!ofAttachment.test(start)) current.lines++
        if (current.lines > maxMessageLines) current.content = new Content()
        else current.content.add(quotedFrom.test(start) ? line.subarray(1) : line)
      }
    }
  }
  const last = ended()
  if (last) yield last
}

/** Yields, unchanged, those messages of a mailbox that begin on certain lines. */
export async function* messagesAt(bytes: AsyncIterable<Buffer>, begin: ReadonlySet<number>): AsyncGenerator<Buffer> {
  let isWanted = false
  for await (const lines of markedLines(bytes)) {
    for (const line of lines) {
      if (line.begins) isWanted = begin.has(line.number)
      if (isWanted) yield line.bytes
    }
  }
}

type MarkedLine = {
  readonly bytes: Buffer
  /** Its first characters. */
  readonly start: string
  readonly number: number
  readonly begins: boolean
}

/** Yields the lines of a mailbox, and whether a message begins with each. */
async function* markedLines(
  bytes: AsyncIterable<Buffer>,
  onBytes: (chunk: Buffer) => void = () => undefined,
): AsyncGenerator<readonly MarkedLine[]> {
  let [number, afterBlank] = [0, true]
  let perhaps: MarkedLine | undefined
  for await (const lines of linesOf(bytes, onBytes)) {
    const marked: MarkedLine[] = []
    for (const line of lines) {
      const start = line.toString('latin1', 0, Math.min(200, line.length))
      const read: MarkedLine = { bytes: line, start, number: ++number, begins: false }
      if (perhaps) marked.push({ ...perhaps, begins: beginsMessage(perhaps.start, start) })
      perhaps = afterBlank && separator.test(start) ? read : undefined
      if (!perhaps) marked.push(read)
      afterBlank = start.trim() === ''
    }
    yield marked
  }
  if (perhaps) yield [{ ...perhaps, begins: beginsMessage(perhaps.start, '') }]
}

/** The bytes of a message. Lines that are adjacent in memory form one part. */
class Content {
  length = 0
  #parts: Buffer[] = []

  add(line: Buffer): void {
    this.length += line.length
    if (this.length > maxMessageBytes) this.#parts = []
    else if (!this.#extend(line)) this.#parts.push(line)
  }

  whole(): Buffer {
    return Buffer.concat(this.#parts)
  }

  #extend(line: Buffer): boolean {
    const last = this.#parts.at(-1)
    if (!last || last.buffer !== line.buffer || last.byteOffset + last.length !== line.byteOffset) return false
    this.#parts[this.#parts.length - 1] = Buffer.from(last.buffer, last.byteOffset, last.length + line.length)
    return true
  }
}

/**
 * Yields lines with their line ends, those that end in one chunk together; a line longer than the longest message is
 * split.
 */
async function* linesOf(
  bytes: AsyncIterable<Buffer>,
  onBytes: (chunk: Buffer) => void,
): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer[] = []
  let length = 0
  for await (const chunk of bytes) {
    onBytes(chunk)
    const lines: Buffer[] = []
    let begin = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, begin)) {
      const line = chunk.subarray(begin, end + 1)
      lines.push(rest.length === 0 ? line : Buffer.concat([...rest, line]))
      if (rest.length > 0) [rest, length] = [[], 0]
      begin = end + 1
    }
    if (lines.length > 0) yield lines
    if (begin === chunk.length) continue
    rest.push(begin === 0 ? chunk : chunk.subarray(begin))
    length += chunk.length - begin
    if (length <= maxMessageBytes) continue
    yield [Buffer.concat(rest)]
    ;[rest, length] = [[], 0]
  }
  if (rest.length > 0) yield [Buffer.concat(rest)]
}
