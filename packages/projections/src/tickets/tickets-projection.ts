import type { Projection } from '../runner/projection.ts'
import { keptStates } from '../streams/kept-states.ts'
import { createTicketIndexes, createTicketTables } from './tables.ts'
import type { TicketFolding } from './ticket-states.ts'
import { removeTickets, writeTickets } from './write-tickets.ts'
import { forgetsWithdrawn } from '../streams/withdrawals.ts'

/** The list of tickets and their counters. */
export function ticketsProjection(foldTickets: TicketFolding): Projection {
  return forgetsWithdrawn(
    {
      name: 'tickets',
      version: 10,
      pace: 'prompt',
      tables: ['ticket', 'ticket_counter'],
      createTables: createTicketTables,
      createIndexes: createTicketIndexes,
      project: async (events, { tx }) =>
        writeTickets(tx, await foldTickets(events, (ids) => keptStates(tx, 'ticket', ids))),
    },
    (ids, { tx }) => removeTickets(tx, ids),
  )
}
