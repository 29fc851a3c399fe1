import type { TicketEvent, TicketState } from '@guichet/domain'
import type { Projection } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { createTicketIndexes, createTicketTables } from './tables.ts'
import { removeTickets, writeTickets } from './write-tickets.ts'
import { forgetsWithdrawn } from '../streams/withdrawals.ts'

/**
 * The list of tickets, their numbers and their counters. Numbers follow the order in which tickets were opened in the history, so that a rebuild
 * gives each ticket the same one.
 */
export function ticketsProjection(tickets: StreamFolding<TicketEvent, TicketState>): Projection {
  return forgetsWithdrawn(
    {
      name: 'tickets',
      version: 12,
      pace: 'prompt',
      tables: ['ticket', 'ticket_counter', 'ticket_number', 'withdrawn_ticket'],
      createTables: createTicketTables,
      createIndexes: createTicketIndexes,
      project: async (events, context) => writeTickets(context.tx, await tickets.steps(events, context)),
    },
    (ids, { tx }) => removeTickets(tx, ids),
  )
}
