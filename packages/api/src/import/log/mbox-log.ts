import { createHash } from 'node:crypto'
import type { Address, Email } from 'postal-mime'
import PostalMime from 'postal-mime'
import { htmlToText, tooMuchHtml } from '../html-to-text.ts'
import type { JsonObject } from './json-record.ts'
import { jsonRecord } from './json-record.ts'
import type { Log, LogRow } from './log-row.ts'
import type { Shape } from './shape.ts'
import { rowsOfRecord } from './shape.ts'

/** The longest message that is read, in bytes. */
export const maxMessageBytes = 32 * 1024 * 1024

/** The most lines of a message besides those of attachments: each costs the parser some ten microseconds at once. */
export const maxMessageLines = 100_000

export type MboxReading = {
  readonly shape: Shape
  /** Addresses and domains (`@example.org`) of the desk. */
  readonly desk?: readonly string[] | undefined
  readonly onBytes?: ((chunk: Buffer) => void) | undefined
}

/**
 * Reads a mailbox in the format mbox. A row's number is the line on which its message begins. The columns are `message_id`,
 * `thread`, `date`, `subject`, `text`, `attachments`, `from`, `from_name`, `to`, `customer`, `customer_name` and `sender`, which
 * is `customer`, `agent` or `other`.
 */
export function mboxLog(bytes: AsyncIterable<Buffer>, { shape, desk, onBytes }: MboxReading): Log {
  return { columns: ['message_id', 'date', 'from', 'subject'], rows: rows(bytes, { shape, desk, onBytes }) }
}

async function* rows(bytes: AsyncIterable<Buffer>, { shape, desk = [], onBytes }: MboxReading): AsyncGenerator<LogRow> {
  const threads = createThreads(desk)
  for await (const { line, raw } of messages(bytes, onBytes)) {
    const mail = typeof raw === 'string' ? undefined : await parsed(raw)
    const record = mail && threads.recordOf(mail)
    if (!record) {
      const fault = typeof raw === 'string' ? raw : mail ? tooMuchHtml : 'is no e-mail'
      yield { row: line, original: ['', '', '', ''], values: [], fault }
      continue
    }
    const original = ['message_id', 'date', 'from', 'subject'].map((name) => String(record[name] ?? ''))
    yield* rowsOfRecord(
      shape,
      jsonRecord(record, () => undefined),
      { row: line, original },
    )
  }
}

async function parsed(raw: Buffer): Promise<Email | undefined> {
  try {
    const mail = await PostalMime.parse(raw)
    return mail.headers.length > 0 ? mail : undefined
  } catch {
    return undefined
  }
}

/** A message, or why it is not read. */
type Message = { readonly line: number; readonly raw: Buffer | 'is longer than 32 MiB' | 'has more than 100,000 lines' }

const separator = /^From \S+ .*\d{4}/
const quotedFrom = /^>+From /
const ofAttachment = /^[A-Za-z0-9+/=]{60,}\s*$/

/** The messages of a mailbox, each from its `From ` line on; without their content when they are too long. */
async function* messages(
  bytes: AsyncIterable<Buffer>,
  onBytes: (chunk: Buffer) => void = () => undefined,
): AsyncGenerator<Message> {
  let current: { line: number; content: Content; lines: number } | undefined
  let [number, afterBlank] = [0, true]
  const ended = (): Message | undefined => {
    if (!current) return undefined
    const { line, content, lines } = current
    if (lines > maxMessageLines) return { line, raw: 'has more than 100,000 lines' }
    return { line, raw: content.length > maxMessageBytes ? 'is longer than 32 MiB' : content.whole() }
  }

  for await (const line of linesOf(bytes, onBytes)) {
    number++
    const start = line.subarray(0, 200).toString('latin1')
    if (afterBlank && separator.test(start)) {
      const message = ended()
      if (message) yield message
      current = { line: number, content: new Content(), lines: 0 }
    } else if (current) {
      if (!ofAttachment.test(start)) current.lines++
      if (current.lines > maxMessageLines) current.content = new Content()
      else current.content.add(quotedFrom.test(start) ? line.subarray(1) : line)
    }
    afterBlank = start.trim() === ''
  }
  const last = ended()
  if (last) yield last
}

/** The bytes of a message. Lines that follow each other in the memory that they were read into are one part. */
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

/** Lines with their ends; a line that is longer than a message may be comes in pieces. */
async function* linesOf(bytes: AsyncIterable<Buffer>, onBytes: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  let length = 0
  for await (const chunk of bytes) {
    onBytes(chunk)
    let begin = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, begin)) {
      const line = chunk.subarray(begin, end + 1)
      yield rest.length === 0 ? line : Buffer.concat([...rest, line])
      if (rest.length > 0) [rest, length] = [[], 0]
      begin = end + 1
    }
    if (begin === chunk.length) continue
    rest.push(begin === 0 ? chunk : chunk.subarray(begin))
    length += chunk.length - begin
    if (length <= maxMessageBytes) continue
    yield Buffer.concat(rest)
    ;[rest, length] = [[], 0]
  }
  if (rest.length > 0) yield Buffer.concat(rest)
}

type Person = { readonly address: string; readonly name: string | undefined }
type Thread = { readonly id: string; readonly customer: Person }

/** Finds the thread of each message: by what it refers to, or else by its subject. A hundred bytes or so are kept of each. */
function createThreads(desk: readonly string[]): { recordOf(mail: Email): JsonObject | undefined } {
  const byMessage = new Map<string, Thread>()
  const bySubject = new Map<string, Thread>()
  const own = new Set(desk.map((entry) => entry.toLowerCase()))
  const isDesk = (address: string): boolean => own.has(address) || own.has(address.slice(address.lastIndexOf('@')))

  const threadOf = (mail: Email, messageId: string, from: Person): Thread => {
    const references = [...idsIn(mail.references), ...idsIn(mail.inReplyTo)]
    const { key, isReply } = subjectOf(mail)
    const known = references.map((id) => byMessage.get(id)).find((thread) => thread !== undefined)
    const thread =
      known ??
      (references.length === 0 && isReply ? bySubject.get(key) : undefined) ??
      newThread(references[0] ?? messageId, mail, from)
    for (const id of [messageId, ...references]) if (!byMessage.has(id)) byMessage.set(id, thread)
    if (key !== '') bySubject.set(key, thread)
    return thread
  }

  const newThread = (root: string, mail: Email, from: Person): Thread => {
    const others = people(mail.to).filter(({ address }) => !isDesk(address))
    const customer = own.size > 0 && isDesk(from.address) ? (others[0] ?? from) : from
    return { id: hash(root).slice(0, 20), customer }
  }

  const senderOf = ({ address }: Person, { customer }: Thread): string => {
    if (address === customer.address) return 'customer'
    return own.size === 0 || isDesk(address) ? 'agent' : 'other'
  }

  return {
    recordOf: (mail) => {
      const from = people(mail.from && [mail.from])[0] ?? { address: 'unknown', name: undefined }
      const messageId = idsIn(mail.messageId)[0] ?? hash(`${mail.date} ${from.address} ${mail.subject}`)
      const thread = threadOf(mail, messageId, from)
      const text = mail.text?.trim() ? mail.text.trim() : htmlToText(mail.html ?? '')
      if (text === undefined) return undefined
      return {
        message_id: messageId,
        thread: thread.id,
        date: mail.date,
        subject: mail.subject?.trim(),
        text,
        attachments: mail.attachments.map(({ filename, mimeType }) => filename ?? mimeType).join(', '),
        from: from.address,
        from_name: from.name,
        to: people(mail.to)
          .map(({ address }) => address)
          .join(', '),
        customer: thread.customer.address,
        customer_name: thread.customer.name,
        sender: senderOf(from, thread),
      }
    },
  }
}

function people(addresses: readonly Address[] | undefined): readonly Person[] {
  return (addresses ?? []).flatMap((entry) =>
    entry.address ? [{ address: entry.address.toLowerCase(), name: entry.name || undefined }] : people(entry.group),
  )
}

/** The ids between angle brackets. */
const idsIn = (text: string | undefined): readonly string[] =>
  [...(text ?? '').matchAll(/<([^<>\s]+)>/g)].map(([, id = '']) => id)

const replyMark = /^(re|aw|antw|sv|vs|tr|rif|res|odp|fwd?|wg)(\[\d+\])?\s*:\s*/i

/** A subject without what mail programs put before it. */
function subjectOf({ subject = '' }: Email): { readonly key: string; readonly isReply: boolean } {
  let key = subject.trim()
  while (replyMark.test(key)) key = key.replace(replyMark, '')
  return { key: key.toLowerCase(), isReply: key.length < subject.trim().length }
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
