import type { TicketState } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Projection } from '../runner/projection.ts'
import type { KeptState } from '../streams/stream-folding.ts'
import { createSearchIndexes, createSearchTables } from './search/tables.ts'
import { searchTexts } from './search/texts.ts'
import { writeTexts } from './search/write-texts.ts'
import { createTicketIndexes, createTicketTables } from './tables.ts'
import type { TicketFolding } from './ticket-states.ts'
import { writeTickets } from './write-tickets.ts'

/** The list of tickets, their counters, and the search over them. */
export function ticketsProjection(foldTickets: TicketFolding): Projection {
  return {
    name: 'tickets',
    version: 5,
    pace: 'prompt',
    tables: ['ticket', 'ticket_counter', 'ticket_heading', 'ticket_text', 'ticket_word'],
    createTables: async (tx) => {
      await createTicketTables(tx)
      await createSearchTables(tx)
    },
    createIndexes: async (tx) => {
      await createTicketIndexes(tx)
      await createSearchIndexes(tx)
    },
    project: async (events, { tx }) => {
      const folded = await foldTickets(events, (ids) => loadStates(tx, ids))
      await Promise.all([writeTickets(tx, folded), writeTexts(tx, searchTexts(folded.steps))])
    },
  }
}

async function loadStates(tx: Transaction<unknown>, ids: readonly string[]): Promise<KeptState<TicketState>[]> {
  const { rows } = await sql<KeptState<TicketState>>`
    select id, version, state from ticket where id = any(${[...ids]}::text[])`.execute(tx)
  return rows
}
