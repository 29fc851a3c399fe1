import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Actor, EventEnvelope, Instant, MessageOriginal, TicketEvent } from '@guichet/domain'
import type { Page, Slice } from '../reading/reader.ts'
import type { Projection } from '../runner/projection.ts'
import { partKey } from '../streams/part-key.ts'
import type { OfTicket } from '../streams/stream-folding.ts'
import { ticketEventsIn } from '../streams/stream-folding.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'
import type { Visibility } from '../visibility.ts'
import { tablesOf, writtenTable } from '../written-table.ts'

/**
 * The messages and attachments of tickets, and which tickets were merged into which. Rows are append-only, except those
 * of tickets that are withdrawn, and what is redacted: nothing of it is left.
 */
export function conversationProjection(): Projection {
  return forgetsWithdrawn(
    {
      name: 'conversation',
      version: 5,
      pace: 'prompt',
      ...tablesOf(messageTable, attachmentTable, mergeTable),
      project: async (events, { tx }) => {
        const ticketEvents = ticketEventsIn(events)
        const messages = ticketEvents.map(messageRowOf).filter((message) => message !== undefined)
        const attachments = ticketEvents.map(attachmentOf).filter((attachment) => attachment !== undefined)
        const merges = ticketEvents.map(mergeOf).filter((merge) => merge !== undefined)
        await Promise.all([
          messageTable.insert(tx, messages),
          attachmentTable.insert(tx, attachments),
          ...(merges.length > 0 ? [mergeTable.insert(tx, merges)] : []),
        ])
        await redact(tx, ticketEvents)
      },
    },
    (ids, { tx }) => removeRows(tx, ids, { message: 'ticket_id', attachment: 'ticket_id', ticket_merge: 'target' }),
  )
}

const messageTable = writtenTable(
  'message',
  `ticket_id text collate "C" not null,
  version integer not null,
  id text not null,
  kind text not null,
  author_kind text not null,
  author_id text not null,
  author_name text,
  body text not null,
  original jsonb,
  at timestamptz not null,
  redacted_at timestamptz`,
  { indexes: ['unique index on message (ticket_id, version)'] },
)

/** Without `message_id` an attachment belongs to the last public message before it. */
const attachmentTable = writtenTable(
  'attachment',
  `ticket_id text collate "C" not null,
  version integer not null,
  message_id text,
  id text not null,
  name text not null,
  media_type text not null,
  bytes bigint not null,
  visibility text not null,
  file_id text`,
  { indexes: ['unique index on attachment (ticket_id, version)'] },
)

const mergeTable = writtenTable(
  'ticket_merge',
  'target text collate "C" not null, version integer not null, source text collate "C" not null',
  { indexes: ['unique index on ticket_merge (target, version)'] },
)

/** Removes what the events of a batch redact; the last redaction of a message says what is left of its text. */
async function redact(tx: Transaction<unknown>, events: readonly OfTicket[]): Promise<void> {
  const left = new Map<
    string,
    { readonly ticket_id: string; readonly id: string; readonly body: string; readonly at: Instant }
  >()
  const attachments: { readonly ticket_id: string; readonly id: string }[] = []
  for (const { id: ticket_id, envelope } of events) {
    const { event } = envelope
    if (event.type !== 'TicketMessageRedacted') continue
    const { messageId: id, body, at } = event
    left.set(partKey(ticket_id, id), { ticket_id, id, body, at })
    attachments.push(...event.attachmentIds.map((each) => ({ ticket_id, id: each })))
  }
  if (left.size === 0) return
  await sql`
    update message m set body = r.body, original = null, redacted_at = r.at
    from json_to_recordset(${JSON.stringify([...left.values()])}::json) as r (
      ticket_id text, id text, body text, at timestamptz
    )
    where m.ticket_id = r.ticket_id and m.id = r.id`.execute(tx)
  await sql`
    delete from attachment a
    using json_to_recordset(${JSON.stringify(attachments)}::json) as r (ticket_id text, id text)
    where a.ticket_id = r.ticket_id and a.id = r.id`.execute(tx)
}

/** A stored message. */
type StoredMessage = {
  readonly ticket_id: string
  readonly version: number
  readonly id: string
  readonly kind: MessageRow['kind']
  readonly author_kind: MessageRow['author']['kind']
  readonly author_id: string
  readonly author_name: string | undefined
  readonly body: string
  readonly original: MessageOriginal | undefined
  readonly at: Instant
}

/** A stored attachment; without `message_id` it belongs to the last public message before it. */
type StoredAttachment = {
  readonly ticket_id: string
  readonly version: number
  readonly message_id: string | undefined
  readonly id: string
  readonly name: string
  readonly media_type: string
  readonly bytes: number
  readonly visibility: AttachmentRow['visibility']
  readonly file_id: string | undefined
}

/** The message of an event, if it has one: from either side, a note, a chase or a closing message. */
function messageRowOf({ id, envelope }: OfTicket): StoredMessage | undefined {
  const text = messageIn(envelope.event)
  if (!text) return undefined
  const { at, by } = envelope.event
  return {
    ticket_id: id,
    version: envelope.version,
    id: text.messageId,
    kind: text.kind,
    author_kind: by.kind,
    author_id: by.id,
    author_name: by.name,
    body: text.body,
    original: text.original,
    at,
  }
}

/** The merge that an event completes, if it does. */
function mergeOf({ id, envelope: { event, version } }: OfTicket) {
  return event.type === 'AbsorptionCompleted' ? { target: id, version, source: event.source } : undefined
}

/** A stored message as readers see it. */
export function toMessage(
  { id, ticket_id, version, kind, body, original, author_kind, author_id, author_name }: Omit<StoredMessage, 'at'>,
  { at, attachments, redactedAt }: Pick<MessageRow, 'at' | 'attachments' | 'redactedAt'>,
): MessageRow {
  const author = { kind: author_kind, id: author_id, ...(author_name !== undefined && { name: author_name }) }
  return { id, ticketId: ticket_id, version, kind, author, body, original, at, attachments, redactedAt }
}

/** The attachment of an event, if it has one. */
function attachmentOf({ id, envelope: { event, version } }: OfTicket): StoredAttachment | undefined {
  if (event.type !== 'AttachmentAdded') return undefined
  const { attachmentId, messageId, name, mediaType, bytes, visibility, fileId } = event
  return {
    ticket_id: id,
    version,
    message_id: messageId,
    id: attachmentId,
    name,
    media_type: mediaType,
    bytes,
    visibility,
    file_id: fileId,
  }
}

type MessageText = Pick<MessageRow, 'kind' | 'body' | 'original'> & { readonly messageId: string }

function messageIn(event: OfTicket['envelope']['event']): MessageText | undefined {
  switch (event.type) {
    case 'TicketOpened':
      return messageText('customer', event)
    case 'CustomerReplied':
      return messageText('customer', event)
    case 'AgentReplied':
      return messageText('agent', event)
    case 'InternalNoteAdded':
      return messageText('note', event)
    case 'ChaseSent':
    case 'CustomerChased':
      return messageText('automatic', event)
    case 'TicketClosed':
      return event.message && messageText('automatic', event.message)
    default:
      return undefined
  }
}

const messageText = (
  kind: MessageText['kind'],
  { messageId, body, original }: Omit<MessageText, 'kind' | 'original'> & Partial<Pick<MessageText, 'original'>>,
): MessageText => ({ kind, messageId, body, original })

/** The history of a ticket, and those of the tickets that were merged into it, by their ids. */
export type MergedHistory = {
  readonly history: readonly EventEnvelope<TicketEvent>[]
  readonly merged: ReadonlyMap<string, MergedHistory>
}

/**
 * The conversation in the history of a ticket, in order, with those of the tickets that were merged into it, each at the
 * place of its merge: equals what the query `ofTickets` reads from the tables, for a ticket at an earlier moment.
 */
export function conversationOf(
  id: string,
  { history, merged }: MergedHistory,
  visibility: Visibility,
): readonly MessageRow[] {
  const messages = ownConversation(id, history, visibility)
  if (merged.size === 0) return messages
  const blocks = new Map<number, readonly MessageRow[]>(messages.map((message) => [message.version, [message]]))
  for (const { event, version } of history) {
    const source = event.type === 'AbsorptionCompleted' ? merged.get(event.source) : undefined
    if (event.type === 'AbsorptionCompleted' && source)
      blocks.set(version, conversationOf(event.source, source, visibility))
  }
  return [...blocks.keys()].sort((one, other) => one - other).flatMap((version) => [...(blocks.get(version) ?? [])])
}

/** The messages that a ticket has itself. */
function ownConversation(
  id: string,
  history: readonly EventEnvelope<TicketEvent>[],
  visibility: Visibility,
): readonly MessageRow[] {
  const messages = new Map<string, MessageRow>()
  const attached = new Map<string, AttachmentRow[]>()
  let lastPublic: string | undefined
  for (const envelope of history) {
    const message = messageRowOf({ id, envelope })
    if (message) {
      const attachments: AttachmentRow[] = []
      attached.set(message.id, attachments)
      messages.set(message.id, toMessage(message, { at: message.at, attachments, redactedAt: undefined }))
    }
    if (message && message.kind !== 'note') lastPublic = message.id
    const { event } = envelope
    const redacted = event.type === 'TicketMessageRedacted' ? messages.get(event.messageId) : undefined
    if (event.type === 'TicketMessageRedacted' && redacted) {
      const attachments = attached.get(redacted.id) ?? []
      const remainingAttachments = attachments.filter(({ id: each }) => !event.attachmentIds.includes(each))
      attachments.splice(0, attachments.length, ...remainingAttachments)
      messages.set(redacted.id, { ...redacted, body: event.body, original: undefined, redactedAt: event.at })
    }
    const attachment = attachmentOf({ id, envelope })
    if (!attachment || (visibility === 'public' && attachment.visibility === 'internal')) continue
    attached.get(attachment.message_id ?? lastPublic ?? '')?.push(toAttachment(attachment))
  }
  return [...messages.values()].filter(({ kind }) => visibility === 'all' || kind !== 'note')
}

const toAttachment = ({ id, name, media_type, bytes, visibility, file_id }: StoredAttachment): AttachmentRow => ({
  id,
  name,
  mediaType: media_type,
  bytes,
  visibility,
  fileId: file_id ?? null,
})

/** One message of a ticket: from either side, an internal note, or an automatic one of the desk. */
export type MessageRow = {
  readonly id: string
  /** The ticket that has it: another one in a conversation that came with a merge. */
  readonly ticketId: string
  /** The version of its event in that ticket's stream: the order of its conversation. */
  readonly version: number
  readonly kind: 'customer' | 'agent' | 'note' | 'automatic'
  readonly author: Actor
  readonly body: string
  /** From what it was translated; undefined where it was not, and once a part of it was removed. */
  readonly original: MessageOriginal | undefined
  readonly at: Instant
  readonly attachments: readonly AttachmentRow[]
  /** When content of it was last removed; `body` is what is left of it. */
  readonly redactedAt: Instant | undefined
}

/** An attachment of a ticket as it is listed. */
export type AttachmentRow = {
  readonly id: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: number
  readonly visibility: 'public' | 'internal'
  /** The file with its content; null where only its description is known. */
  readonly fileId: string | null
}

/** The queries on messages and attachments of tickets. */
export type ConversationQueries = {
  /**
   * A page of the conversations of several tickets in one statement, each in order. What a merged ticket has stands at
   * the place of the merge, in its own order. A keyset's value is a message's id, its `id` the ticket that has it, or
   * nothing for the ticket itself; a ticket whose conversation has no such message is omitted.
   */
  ofTickets(
    ticketIds: readonly string[],
    page: Page,
    visibility: Visibility,
  ): Promise<ReadonlyMap<string, Slice<MessageRow>>>
  /** The total size of the texts of such a page, in bytes, without reading them. */
  bytesOf(ticketIds: readonly string[], page: Page, visibility: Visibility): Promise<number>
}
