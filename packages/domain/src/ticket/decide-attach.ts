import type { Actor } from '../kernel/actor.ts'
import { refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import { attachmentPrint } from './attachments.ts'
import { messageOf } from './messages.ts'
import type { Rules } from './rule.ts'
import { happened, tooMany } from './rule.ts'
import { limits } from './vocabulary.ts'

/**
 * The rule of what is attached: a repeat changes nothing, another attachment under its id would be lost and is refused.
 * For a customer, notes and internal attachments are not there: no answer tells that an id stands for one.
 */
export const decideAttach: Rules<'attach'> = {
  /** What is attached to a note is as internal as the note. */
  attach: (command, ticket) => {
    const { attachmentId, messageId, name, mediaType, bytes, visibility, by } = command
    const attachments = ticket.attachments.filter((one) => isThereFor(by, one))
    const message = messageId === undefined ? undefined : messageOf(ticket.messages, messageId)
    const attached = happened('AttachmentAdded', command, {
      attachmentId,
      ...(messageId !== undefined && { messageId }),
      name,
      mediaType,
      bytes,
      visibility: message?.internal ? 'internal' : visibility,
    })
    const known = attachments.filter(({ id }) => id === attachmentId)
    if (known.length > 0) {
      const print = attachmentPrint(attached)
      return known.some((one) => one.print === print)
        ? accept([])
        : deny(refusal('attachment_id_reused', { field: 'attachmentId' }))
    }
    if (attachments.length >= limits.attachments) return tooMany('attachments', limits.attachments)
    if (messageId !== undefined && !(message && isThereFor(by, message))) {
      return deny(refusal('attachment_unknown_message', { field: 'messageId' }))
    }
    return accept([attached])
  },
}

const isThereFor = (by: Actor, { internal }: { readonly internal: boolean }): boolean =>
  !internal || by.kind !== 'customer'
