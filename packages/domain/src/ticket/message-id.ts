import { hash128 } from '../kernel/fingerprint.ts'
import { id, isId } from './vocabulary.ts'

const derived = /^[em]-[0-9a-f]{32}$/

/** The id that a sender gives a message: any but those that the desk derives itself. */
export const newMessageId = id.refine(
  (text) => !derived.test(text),
  'must not be `m-` or `e-` and 32 hexadecimal digits',
)

/** The id of a message: its own, else its command's, or one derived from that if no sender could have given it. */
export function messageIdOf(message: { readonly messageId?: string | undefined; readonly commandId: string }): string {
  const { messageId, commandId } = message
  return messageId ?? (isId(commandId) && !derived.test(commandId) ? commandId : `m-${hash128(commandId)}`)
}

/** The id of a message that a command of the engine's own leads to: no sender's message can have it, whatever the sender's ids. */
export const derivedMessageId = (commandId: string): string => `e-${hash128(commandId)}`
