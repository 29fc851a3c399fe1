import type { Instant } from '@guichet/domain'
import type { OfTicket } from '../streams/ticket-events.ts'
import type { AttachmentRow, MessageRow } from './conversation-query.ts'

/** A message as it is kept. */
export type KeptMessage = {
  readonly ticket_id: string
  readonly version: number
  readonly id: string
  readonly kind: MessageRow['kind']
  readonly author_kind: MessageRow['author']['kind']
  readonly author_id: string
  readonly author_name: string | undefined
  readonly body: string
  readonly at: Instant
}

/** An attachment as it is kept; without `message_id` it belongs to the last public message before it. */
export type KeptAttachment = {
  readonly ticket_id: string
  readonly version: number
  readonly message_id: string | undefined
  readonly id: string
  readonly name: string
  readonly media_type: string
  readonly bytes: number
  readonly visibility: AttachmentRow['visibility']
}

/** The message that an event brings, if it brings one: from either side, a note, a chase or a closing message. */
export function messageOf({ id, envelope }: OfTicket): KeptMessage | undefined {
  const said = saidIn(envelope.event)
  if (!said) return undefined
  const { at, by } = envelope.event
  return {
    ticket_id: id,
    version: envelope.version,
    id: said.messageId,
    kind: said.kind,
    author_kind: by.kind,
    author_id: by.id,
    author_name: by.name,
    body: said.body,
    at,
  }
}

/** A kept message as readers see it. */
export function toMessage(
  { id, ticket_id, version, kind, body, author_kind, author_id, author_name }: Omit<KeptMessage, 'at'>,
  { at, attachments }: Pick<MessageRow, 'at' | 'attachments'>,
): MessageRow {
  const author = { kind: author_kind, id: author_id, ...(author_name !== undefined && { name: author_name }) }
  return { id, ticketId: ticket_id, version, kind, author, body, at, attachments }
}

/** The attachment that an event brings, if it brings one. */
export function attachmentOf({ id, envelope: { event, version } }: OfTicket): KeptAttachment | undefined {
  if (event.type !== 'AttachmentAdded') return undefined
  const { attachmentId, messageId, name, mediaType, bytes, visibility } = event
  return {
    ticket_id: id,
    version,
    message_id: messageId,
    id: attachmentId,
    name,
    media_type: mediaType,
    bytes,
    visibility,
  }
}

type Said = { readonly kind: MessageRow['kind']; readonly messageId: string; readonly body: string }

function saidIn(event: OfTicket['envelope']['event']): Said | undefined {
  switch (event.type) {
    case 'TicketOpened':
      return said('customer', event)
    case 'CustomerReplied':
      return said('customer', event)
    case 'AgentReplied':
      return said('agent', event)
    case 'InternalNoteAdded':
      return said('note', event)
    case 'ChaseSent':
      return said('automatic', event)
    case 'TicketClosed':
      return event.message && said('automatic', event.message)
    default:
      return undefined
  }
}

const said = (kind: Said['kind'], { messageId, body }: Omit<Said, 'kind'>): Said => ({ kind, messageId, body })
