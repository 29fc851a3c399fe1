import { hash128 } from '../kernel/fingerprint.ts'
import { isId } from './vocabulary.ts'

/** The id of a message: its own, else its command's, or one made of that if that is no id of a message. */
export function messageIdOf(message: { readonly messageId?: string | undefined; readonly commandId: string }): string {
  const { messageId, commandId } = message
  return messageId ?? (isId(commandId) ? commandId : `m-${hash128(commandId)}`)
}
