import type { Position } from '@guichet/domain'
import type { DeadlineRow, MessageRow, ReadModels, TicketRow } from '@guichet/projections'
import DataLoader from 'dataloader'
import type { Principal } from '../../auth/index.ts'
import { ticketIdSchema } from '../ticket/ticket-id.ts'
import type { Services } from './services.ts'

/** Which part of a ticket's conversation is asked for. */
export type ConversationKey = { readonly ticketId: string; readonly afterVersion: number; readonly limit: number }

/** Gathers what one request needs of each kind into one statement; remembers it for the rest of the request. */
export type Loaders = {
  /** Tickets the viewer may see; null for unknown and foreign ones alike. */
  readonly ticket: DataLoader<string, TicketRow | null>
  readonly conversation: DataLoader<ConversationKey, readonly MessageRow[], string>
  readonly deadlines: DataLoader<string, readonly DeadlineRow[]>
}

/** `written` is where this request's own commands ended: what it reads is not older. */
export function createLoaders(
  { readModels, runner, reachTimeoutMs }: Services,
  principal: Principal | undefined,
  written: Position | undefined,
): Loaders {
  const customer = principal?.role === 'customer' ? principal.id : undefined
  return {
    ticket: new DataLoader(async (ids) => {
      const rows = await readModels.tickets.byIds(ids.filter((id) => ticketIdSchema.safeParse(id).success))
      const visible = rows.filter((row) => row && (customer === undefined || row.customer.id === customer))
      const found = new Map(visible.map((row) => [row?.id, row]))
      return ids.map((id) => found.get(id) ?? null)
    }),
    conversation: new DataLoader((keys) => conversations(readModels, customer === undefined ? 'all' : 'public', keys), {
      cacheKeyFn: ({ ticketId, afterVersion, limit }) => `${afterVersion}/${limit}/${ticketId}`,
    }),
    deadlines: new DataLoader(async (ids) => {
      if (written !== undefined) await runner.reached(written, reachTimeoutMs, ['deadlines'])
      const found = await readModels.deadlines.ofTickets(ids)
      return ids.map((id) => found.get(id) ?? [])
    }),
  }
}

/** One statement for all tickets whose conversations are asked for alike: of a list, they all are. */
async function conversations(
  { conversation }: ReadModels,
  visibility: 'public' | 'all',
  keys: readonly ConversationKey[],
): Promise<(readonly MessageRow[])[]> {
  const alike = new Map<string, ConversationKey[]>()
  for (const key of keys) {
    const name = `${key.afterVersion}/${key.limit}`
    alike.set(name, [...(alike.get(name) ?? []), key])
  }
  const found = new Map<ConversationKey, readonly MessageRow[]>()
  for (const group of alike.values()) {
    const [{ afterVersion, limit }] = group as [ConversationKey]
    const ids = group.map(({ ticketId }) => ticketId)
    const messages = await conversation.ofTickets(ids, { visibility, afterVersion, limit })
    for (const key of group) found.set(key, messages.get(key.ticketId) ?? [])
  }
  return keys.map((key) => found.get(key) ?? [])
}
