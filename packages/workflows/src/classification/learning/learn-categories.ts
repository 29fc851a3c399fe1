import { importIdOf, parseStream } from '@guichet/domain'
import type { Reaction } from '../../reaction/reaction.ts'
import { reaction } from '../../reaction/reaction.ts'
import type { Examples } from './examples.ts'

/**
 * Notes what people say that tickets are about: an agent who opens a ticket with a category or gives it one, and so corrects a wrong
 * classification; and the categories of a former helpdesk. What customers choose and what the desk found out by itself teaches nothing.
 */
export function learnCategories(examples: Pick<Examples, 'put'>): Reaction {
  return reaction({
    name: 'learn_categories',
    on: ['TicketOpened', 'TicketCategorized'],
    react: async ({ event, stream, correlationId }) => {
      const category = event.type === 'TicketOpened' ? event.category : event.to
      if (category === undefined) return
      if (event.by.kind !== 'agent' && importIdOf(correlationId) === undefined) return
      await examples.put(parseStream(stream).id, category)
    },
  })
}
