import { createHash } from 'node:crypto'
import type { Address, Email } from 'postal-mime'
import PostalMime from 'postal-mime'
import { htmlToText } from '../html-to-text.ts'
import type { JsonObject } from './json-record.ts'
import { jsonRecord } from './json-record.ts'
import type { Log, LogRow } from './log-row.ts'
import type { Shape } from './shape.ts'

/** The longest message that is read, in bytes. */
export const maxMessageBytes = 32 * 1024 * 1024

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
    const mail = raw && (await parsed(raw))
    if (!mail) {
      const fault = raw ? 'is no e-mail' : 'is longer than 32 MiB'
      yield { row: line, original: ['', '', '', ''], values: [], fault }
      continue
    }
    const record = threads.recordOf(mail)
    const original = ['message_id', 'date', 'from', 'subject'].map((name) => String(record[name] ?? ''))
    for (const values of shape.rows(jsonRecord(record, () => undefined))) yield { row: line, original, values }
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

type Message = { readonly line: number; readonly raw: Buffer | undefined }

const separator = /^From \S+ .*\d{4}/
const quotedFrom = /^>+From /

/** The messages of a mailbox, each from its `From ` line on; without their content when they are too long. */
async function* messages(
  bytes: AsyncIterable<Buffer>,
  onBytes: (chunk: Buffer) => void = () => undefined,
): AsyncGenerator<Message> {
  let current: { line: number; parts: Buffer[]; length: number } | undefined
  let [number, afterBlank] = [0, true]
  const ended = (): Message | undefined =>
    current && { line: current.line, raw: current.length > maxMessageBytes ? undefined : Buffer.concat(current.parts) }

  for await (const line of linesOf(bytes, onBytes)) {
    number++
    const start = line.subarray(0, 200).toString('latin1')
    if (afterBlank && separator.test(start)) {
      const message = ended()
      if (message) yield message
      current = { line: number, parts: [], length: 0 }
    } else if (current) {
      const part = quotedFrom.test(start) ? line.subarray(1) : line
      current.length += part.length
      if (current.length <= maxMessageBytes) current.parts.push(part)
      else current.parts = []
    }
    afterBlank = start.trim() === ''
  }
  const last = ended()
  if (last) yield last
}

/** Lines with their ends; a line without end comes in pieces. */
async function* linesOf(bytes: AsyncIterable<Buffer>, onBytes: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of bytes) {
    onBytes(chunk)
    let text = Buffer.concat([rest, chunk])
    for (let end = text.indexOf(0x0a); end >= 0; end = text.indexOf(0x0a)) {
      yield text.subarray(0, end + 1)
      text = text.subarray(end + 1)
    }
    if (text.length > maxMessageBytes) {
      yield text
      text = Buffer.alloc(0)
    }
    rest = Buffer.from(text)
  }
  if (rest.length > 0) yield rest
}

type Person = { readonly address: string; readonly name: string | undefined }
type Thread = { readonly id: string; readonly customer: Person }

/** Finds the thread of each message: by what it refers to, or else by its subject. A hundred bytes or so are kept of each. */
function createThreads(desk: readonly string[]): { recordOf(mail: Email): JsonObject } {
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
