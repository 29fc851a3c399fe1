import type { Projection } from '../runner/projection.ts'
import { keptStates } from '../streams/kept-states.ts'
import { createTicketIndexes, createTicketTables } from './tables.ts'
import type { TicketFolding } from './ticket-states.ts'
import { writeTickets } from './write-tickets.ts'

/** The list of tickets and their counters. */
export function ticketsProjection(foldTickets: TicketFolding): Projection {
  return {
    name: 'tickets',
    version: 10,
    pace: 'prompt',
    tables: ['ticket', 'ticket_counter'],
    createTables: createTicketTables,
    createIndexes: createTicketIndexes,
    project: async (events, { tx }) =>
      writeTickets(tx, await foldTickets(events, (ids) => keptStates(tx, 'ticket', ids))),
  }
}
