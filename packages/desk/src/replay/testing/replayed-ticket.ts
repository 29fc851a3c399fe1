import type { Desk, Instant, TicketCommandInput, TicketPolicy } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore } from '@guichet/domain'

/** Returns a time on a Monday in March, from hours and minutes in UTC. */
export const at = (time: string): Instant => `2026-03-02T${time}:00.000Z` as Instant
/** The customer of the replayed ticket. */
export const carl = { kind: 'customer', id: 'carl' } as const
/** An agent, without a record of her own. */
export const ann = { kind: 'agent', id: 'ann' } as const
/** The engine. */
export const system = { kind: 'system', id: 'engine' } as const
/** Opens Carl's ticket. */
export const opening = { type: 'open', subject: 'Printer', body: 'Fire', customer: { id: 'carl' } } as const

/** Returns an empty desk in memory, with a policy or the default one. */
export function quietDesk(policy?: TicketPolicy): Desk {
  let id = 0
  return createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => at('00:00'),
    newId: () => `command-${id++}`,
    futureToleranceMs: Number.MAX_SAFE_INTEGER,
    ...(policy && { policy }),
  })
}

/** A command to the replayed ticket, with its sender and its time of that Monday, such as `09:30` in UTC. */
export type ReplayedTicket = readonly [
  time: string,
  by: typeof carl | typeof ann | typeof system,
  command: TicketCommandInput,
]

/** Sends a command to the replayed ticket T, which must accept it. */
export async function continueWith(desk: Desk, ...[time, by, command]: ReplayedTicket): Promise<void> {
  const outcome = await desk.execute('ticket', 'T', command, { by, at: at(time) })
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}
