import { fingerprintOf } from '../kernel/fingerprint.ts'
import type { TicketEventData } from './events.ts'

/** An attachment that a ticket holds: what tells it from another one under its id, and whether customers never see it. */
export type KnownAttachment = { readonly id: string; readonly print: string; readonly internal: boolean }

/** What tells an attachment from another one under its id: where it belongs, what it is called, and what it is. */
export function attachmentPrint(attached: TicketEventData<'AttachmentAdded'>): string {
  const { messageId, name, mediaType, bytes, visibility } = attached
  return fingerprintOf([messageId, name, mediaType, bytes, visibility]).slice(0, 16)
}

/** What a ticket keeps of an attachment. */
export const knownAttachment = (attached: TicketEventData<'AttachmentAdded'>): KnownAttachment => ({
  id: attached.attachmentId,
  print: attachmentPrint(attached),
  internal: attached.visibility === 'internal',
})
