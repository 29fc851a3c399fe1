import type { EventEnvelope, TicketEvent } from '@guichet/domain'
import type { Visibility } from '../visibility/shown-to-customers.ts'
import type { AttachmentRow, MessageRow } from './conversation-query.ts'
import type { KeptAttachment, KeptMessage } from './messages.ts'
import { attachmentOf, messageOf } from './messages.ts'

/**
 * The conversation that the history of a ticket holds, in order: what `ofTickets` reads from the tables, for a ticket as
 * it was at an earlier moment.
 */
export function conversationOf(
  id: string,
  history: readonly EventEnvelope<TicketEvent>[],
  visibility: Visibility,
): readonly MessageRow[] {
  const said = new Map<string, MessageRow & { readonly attachments: AttachmentRow[] }>()
  let lastPublic: string | undefined
  for (const envelope of history) {
    const message = messageOf({ id, envelope })
    if (message) said.set(message.id, toMessage(message))
    if (message && message.kind !== 'note') lastPublic = message.id
    const attachment = attachmentOf({ id, envelope })
    if (!attachment || (visibility === 'public' && attachment.visibility === 'internal')) continue
    said.get(attachment.message_id ?? lastPublic ?? '')?.attachments.push(toAttachment(attachment))
  }
  return [...said.values()].filter(({ kind }) => visibility === 'all' || kind !== 'note')
}

function toMessage({ id, ticket_id, version, kind, body, at, ...author }: KeptMessage) {
  const { author_kind, author_id, author_name } = author
  return {
    id,
    ticketId: ticket_id,
    version,
    kind,
    author: { kind: author_kind, id: author_id, ...(author_name !== undefined && { name: author_name }) },
    body,
    at,
    attachments: [],
  }
}

const toAttachment = ({ id, name, media_type, bytes, visibility }: KeptAttachment): AttachmentRow => ({
  id,
  name,
  mediaType: media_type,
  bytes,
  visibility,
})
