import { fingerprintOf } from '../kernel/fingerprint.ts'
import type { TicketEventData } from './events.ts'

/** What tells an attachment from another one under its id: where it belongs, what it is called, and what it is. */
export function attachmentPrint(attached: TicketEventData<'AttachmentAdded'>): string {
  const { messageId, name, mediaType, bytes, visibility } = attached
  return fingerprintOf([messageId, name, mediaType, bytes, visibility]).slice(0, 16)
}
