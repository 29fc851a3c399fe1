import type { Projection } from '../runner/projection.ts'
import { ofTickets } from '../streams/ticket-events.ts'
import { createMemory } from './known-words.ts'
import { createSearchIndexes, createSearchTables } from './tables.ts'
import { searchTexts } from './texts.ts'
import { writeTexts } from './write-texts.ts'

/**
 * The words of tickets, for the lists that search. What a text needs of its ticket (the language, the customer) is said
 * when the ticket is opened and kept with its heading: no state is folded.
 */
export function searchProjection(): Projection {
  const memory = createMemory()
  return {
    name: 'search',
    version: 1,
    tables: ['ticket_heading', 'ticket_text', 'ticket_word'],
    createTables: createSearchTables,
    createIndexes: createSearchIndexes,
    project: async (events, context) => writeTexts(context.tx, searchTexts(ofTickets(events)), memory(context)),
  }
}
