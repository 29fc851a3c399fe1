import { refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import { attachmentPrint } from './attachment-print.ts'
import { messageOf } from './messages.ts'
import type { Rules } from './rule.ts'
import { happened, tooMany } from './rule.ts'
import { limits } from './vocabulary.ts'

/** The rule of what is attached: a repeat changes nothing, another attachment under its id would be lost and is refused. */
export const decideAttach: Rules<'attach'> = {
  /** What is attached to a note is as internal as the note. */
  attach: (command, { attachments, messages }) => {
    const { attachmentId, messageId, name, mediaType, bytes, visibility } = command
    const message = messageId === undefined ? undefined : messageOf(messages, messageId)
    const attached = happened('AttachmentAdded', command, {
      attachmentId,
      ...(messageId !== undefined && { messageId }),
      name,
      mediaType,
      bytes,
      visibility: message?.internal ? 'internal' : visibility,
    })
    const known = attachments.find(({ id }) => id === attachmentId)
    if (known) {
      return known.print === attachmentPrint(attached)
        ? accept([])
        : deny(refusal('attachment_id_reused', { field: 'attachmentId' }))
    }
    if (attachments.length >= limits.attachments) return tooMany('attachments', limits.attachments)
    if (messageId !== undefined && message === undefined) {
      return deny(refusal('attachment_unknown_message', { field: 'messageId' }))
    }
    return accept([attached])
  },
}
