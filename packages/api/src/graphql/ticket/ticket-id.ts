import { id } from '@guichet/domain'
import { createHash } from 'node:crypto'
import type { Principal } from '../../auth/index.ts'

/** What a ticket's id looks like; anything else names no ticket. */
export const ticketIdSchema = id

/**
 * The id of the ticket that a command opens when its sender names none: the same command of the same sender always
 * gives the same id, so that a repeat opens no second ticket, and nobody can guess it from the command id alone.
 */
export function derivedTicketId({ role, id: sender }: Principal, commandId: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([role, sender, commandId]))
    .digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}
