import type { Desk, EventStore } from '@guichet/domain'
import { importIdOf, LruCache, streamName } from '@guichet/domain'
import type { Principal } from '../../auth/index.ts'
import { ticketIdSchema } from './ticket-id.ts'

/**
 * Knows whose a ticket is. A ticket's customer never changes, so that an answer can be remembered; but for tickets of imports, which may be
 * taken back and come in again as another's.
 */
export type Ownership = {
  /** Whether a principal may act on a ticket at all: staff on any, a customer on what is their own. */
  maySee(principal: Principal, ticketId: string): Promise<boolean> | boolean
  /** Whether there is such a ticket: for the desk, which may see any. */
  exists(ticketId: string): Promise<boolean> | boolean
}

const ticketsRemembered = 100_000

/** Remembers whose tickets are, for as many as a busy desk asks for; what is not known is read from the history. */
export function createOwnership(desk: Pick<Desk, 'read'>, store: Pick<EventStore, 'readStream'>): Ownership {
  const owners = new LruCache<string, string>({ maxEntries: ticketsRemembered })
  const ownerOf = async (ticketId: string): Promise<string | undefined> => {
    if (!ticketIdSchema.safeParse(ticketId).success) return undefined
    const { state } = await desk.read('ticket', ticketId)
    if (state.status === 'absent') return undefined
    const isImported = state.withdrawals !== undefined || (await cameWithImport(store, ticketId))
    if (!isImported) owners.set(ticketId, state.customer.id)
    return state.customer.id
  }
  return {
    exists: (ticketId) => owners.has(ticketId) || ownerOf(ticketId).then((owner) => owner !== undefined),
    maySee: (principal, ticketId) => {
      if (principal.role !== 'customer') return true
      const known = owners.get(ticketId)
      if (known !== undefined) return known === principal.id
      return ownerOf(ticketId).then((owner) => owner === principal.id)
    },
  }
}

async function cameWithImport(store: Pick<EventStore, 'readStream'>, ticketId: string): Promise<boolean> {
  const [opened] = await store.readStream(streamName('ticket', ticketId), 1, 1)
  return importIdOf(opened?.correlationId ?? '') !== undefined
}
