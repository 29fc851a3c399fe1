import { commandIdLength, commandIdPattern, id, messageOf } from '@guichet/domain'
import { createHash } from 'node:crypto'
import type { Principal } from '../../auth/index.ts'
import type { ApiContext } from '../schema/context.ts'
import { viewerOf } from '../schema/context.ts'

type Sender = Pick<Principal, 'role' | 'id'>

/**
 * An id that stands for the one that a sender chose: always the same for the same sender, so that a repeat stays one, and
 * another for each of them. Nobody can guess it from the chosen id alone.
 */
export function derivedId(sender: Sender, chosen: string): string {
  const hash = hashOf(sender, chosen)
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

/** As `derivedId`, with the chosen id before it, by which an auditor finds it again; without it where that is too long. */
function ownId(sender: Sender, chosen: string, isOne: (own: string) => boolean): string {
  const own = `${chosen}#${hashOf(sender, chosen).slice(0, 12)}`
  return isOne(own) ? own : derivedId(sender, chosen)
}

const hashOf = ({ role, id }: Sender, chosen: string): string =>
  createHash('sha256')
    .update(JSON.stringify([role, id, chosen]))
    .digest('hex')

/**
 * The id that a command is kept under. What customers choose is theirs alone: an id that the desk has used on hidden work
 * must not be refused to them. A malformed one is left for the desk to refuse.
 */
export function keptCommandId(viewer: Principal, chosen: string): string {
  const isOne = (commandId: string): boolean => commandId.length <= commandIdLength && commandIdPattern.test(commandId)
  return viewer.role === 'customer' && isOne(chosen) ? ownId(viewer, chosen, isOne) : chosen
}

type Naming = { readonly type: string; readonly messageId?: unknown }

/** A command to a ticket that names its message as the ticket keeps it: a customer's own under an id that is theirs alone. */
export async function namingMessage<C extends Naming>(command: C, ticketId: string, context: ApiContext): Promise<C> {
  const viewer = viewerOf(context)
  if (viewer.role !== 'customer' || command.messageId === undefined) return command
  const chosen = id.safeParse(command.messageId)
  if (!chosen.success) return command
  const own = ownId(viewer, chosen.data, (messageId) => id.safeParse(messageId).success)
  const isOwn = command.type !== 'attach' || (await holds(ticketId, own, context))
  return isOwn ? { ...command, messageId: own } : command
}

/** Whether a ticket holds a message. What is attached to any other is named as the conversation shows it. */
async function holds(ticketId: string, messageId: string, { services }: ApiContext): Promise<boolean> {
  const { state } = await services.desk.read('ticket', ticketId)
  return state.status !== 'absent' && messageOf(state.messages, messageId) !== undefined
}
