import type { TicketState } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import { createTicketIndexes, createTicketTables } from './tables.ts'
import type { TicketFolding } from './ticket-states.ts'
import { writeTickets } from './write-tickets.ts'

/** The list of tickets and their counters. */
export function ticketsProjection(foldTickets: TicketFolding): Projection {
  return {
    name: 'tickets',
    version: 7,
    pace: 'prompt',
    tables: ['ticket', 'ticket_counter'],
    createTables: createTicketTables,
    createIndexes: createTicketIndexes,
    project: async (events, { tx }) => writeTickets(tx, await foldTickets(events, (ids) => loadStates(tx, ids))),
  }
}

async function loadStates(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<TicketState>[]> {
  const { rows } = await sql<KeptState<TicketState>>`
    select id, version, state from ticket where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}
