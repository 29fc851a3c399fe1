import { hash128 } from './fingerprint.ts'
import { id, isId } from './values.ts'

const derivedPattern = /^[em]-[0-9a-f]{32}$/

/** Whether a message id can only be one that the desk has derived. */
const isDerived = (text: string): boolean => derivedPattern.test(text)

/** The id that a sender gives a message of a ticket or chat: any but those that the desk derives. */
export const newMessageId = id.refine((text) => !isDerived(text), 'must not be `m-` or `e-` and 32 hexadecimal digits')

/** The id of a message: its own, else its command's, or one derived from that when no sender could have given it. */
export function messageIdOf(message: { readonly messageId?: string | undefined; readonly commandId: string }): string {
  const { messageId, commandId } = message
  return messageId ?? (isId(commandId) && !isDerived(commandId) ? commandId : `m-${hash128(commandId)}`)
}

/** The message id for a command of the engine: no sender's message can have it, whatever id the sender chooses. */
export const derivedMessageId = (commandId: string): string => `e-${hash128(commandId)}`
