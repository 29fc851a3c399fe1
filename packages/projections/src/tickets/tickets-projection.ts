import type { TicketEvent, TicketState } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { createTicketIndexes, createTicketTables } from './tables.ts'
import { removeTickets, writeTickets } from './write-tickets.ts'
import { forgetsWithdrawn } from '../streams/withdrawals.ts'

/** The list of tickets and their counters. */
export function ticketsProjection(tickets: StreamFolding<TicketEvent, TicketState>): Projection {
  return forgetsWithdrawn(
    {
      name: 'tickets',
      version: 11,
      pace: 'prompt',
      tables: ['ticket', 'ticket_counter'],
      createTables: createTicketTables,
      createIndexes: createTicketIndexes,
      project: async (events, context) => writeTickets(context.tx, await tickets.steps(events, context)),
    },
    (ids, { tx }) => removeTickets(tx, ids),
  )
}
