import type { RunnerLog } from '../runner/activity.ts'
import type { Projection } from '../runner/projection.ts'
import { ofTickets } from '../streams/ticket-events.ts'
import { createMemory } from './known-words.ts'
import { createSearchIndexes, createSearchTables } from './tables.ts'
import { searchTexts } from './texts.ts'
import { createTrigramIndex } from './trigram-index.ts'
import { writeTexts } from './write-texts.ts'
import { forgetsWithdrawn, removeRows } from '../streams/withdrawals.ts'

/**
 * The words of tickets, for the lists that search. What a text needs of its ticket (the language, the customer) is said
 * when the ticket is opened and kept with its heading: no state is folded.
 * @param log hears when parts of words cannot be indexed.
 */
export function searchProjection(log: RunnerLog = () => undefined): Projection {
  const memory = createMemory()
  return forgetsWithdrawn(
    {
      name: 'search',
      version: 5,
      tables: ['ticket_heading', 'ticket_text', 'ticket_word'],
      createTables: createSearchTables,
      createIndexes: async (tx) => {
        await createTrigramIndex(tx, log)
        await createSearchIndexes(tx)
      },
      project: async (events, context) => writeTexts(context.tx, searchTexts(ofTickets(events)), memory(context)),
    },
    (ids, { tx }) => removeRows(tx, ids, { ticket_heading: 'ticket_id', ticket_text: 'ticket_id' }),
  )
}
