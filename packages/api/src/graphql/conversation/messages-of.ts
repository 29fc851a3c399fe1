import type { TicketEvent } from '@guichet/domain'
import type { AttachmentRow, MessageRow } from '@guichet/projections'
import type { TicketHistory } from '../ticket/ticket-view.ts'

/** The conversation that a history holds, in order: for a ticket as it was at an earlier moment. */
export function messagesOf(
  ticketId: string,
  history: TicketHistory,
  visibility: 'public' | 'all',
): readonly MessageRow[] {
  const attachments = attachmentsOf(history, visibility)
  return history.flatMap(({ event, version }) => {
    const said = saidBy(event)
    if (!said || (said.kind === 'note' && visibility === 'public')) return []
    const { messageId, body, kind } = said
    const attached = attachments.get(messageId) ?? []
    return [{ id: messageId, ticketId, version, kind, author: event.by, body, at: event.at, attachments: attached }]
  })
}

type Said = { readonly messageId: string; readonly body: string; readonly kind: MessageRow['kind'] }

function saidBy(event: TicketEvent): Said | undefined {
  switch (event.type) {
    case 'TicketOpened':
    case 'CustomerReplied':
      return { ...event, kind: 'customer' }
    case 'AgentReplied':
      return { ...event, kind: 'agent' }
    case 'InternalNoteAdded':
      return { ...event, kind: 'note' }
    case 'ChaseSent':
      return { ...event, kind: 'automatic' }
    case 'TicketClosed':
      return event.message && { ...event.message, kind: 'automatic' }
    default:
      return undefined
  }
}

function attachmentsOf(history: TicketHistory, visibility: 'public' | 'all'): ReadonlyMap<string, AttachmentRow[]> {
  const found = new Map<string, AttachmentRow[]>()
  for (const { event } of history) {
    if (event.type !== 'AttachmentAdded' || event.messageId === undefined) continue
    if (event.visibility === 'internal' && visibility === 'public') continue
    const { attachmentId: id, messageId, name, mediaType, bytes } = event
    const row = { id, name, mediaType, bytes, visibility: event.visibility }
    found.set(messageId, [...(found.get(messageId) ?? []), row])
  }
  return found
}
