import { id } from '@guichet/domain'

/** What a ticket's id looks like; anything else names no ticket. */
export const ticketIdSchema = id
