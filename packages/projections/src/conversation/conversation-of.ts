import type { EventEnvelope, TicketEvent } from '@guichet/domain'
import type { Visibility } from '../visibility/shown-to-customers.ts'
import type { AttachmentRow, MessageRow } from './conversation-query.ts'
import type { KeptAttachment } from './messages.ts'
import { attachmentOf, messageOf, toMessage } from './messages.ts'

/**
 * The conversation that the history of a ticket holds, in order: what `ofTickets` reads from the tables, for a ticket as
 * it was at an earlier moment.
 */
export function conversationOf(
  id: string,
  history: readonly EventEnvelope<TicketEvent>[],
  visibility: Visibility,
): readonly MessageRow[] {
  const said = new Map<string, MessageRow>()
  const attached = new Map<string, AttachmentRow[]>()
  let lastPublic: string | undefined
  for (const envelope of history) {
    const message = messageOf({ id, envelope })
    if (message) {
      const attachments: AttachmentRow[] = []
      attached.set(message.id, attachments)
      said.set(message.id, toMessage(message, { at: message.at, attachments }))
    }
    if (message && message.kind !== 'note') lastPublic = message.id
    const attachment = attachmentOf({ id, envelope })
    if (!attachment || (visibility === 'public' && attachment.visibility === 'internal')) continue
    attached.get(attachment.message_id ?? lastPublic ?? '')?.push(toAttachment(attachment))
  }
  return [...said.values()].filter(({ kind }) => visibility === 'all' || kind !== 'note')
}

const toAttachment = ({ id, name, media_type, bytes, visibility }: KeptAttachment): AttachmentRow => ({
  id,
  name,
  mediaType: media_type,
  bytes,
  visibility,
})
