import type { Classifier, ClassificationSettings, Instant } from '@guichet/domain'
import { classifierActor, derivedCommandId, elapsed, importIdOf, isTransient, parseStream } from '@guichet/domain'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'

export type ClassifyTicketsOptions = {
  readonly classifier: () => Promise<Classifier>
  readonly settings: () => Promise<Pick<ClassificationSettings, 'classifyWithin'>>
  readonly now: () => Instant
}

/**
 * Says what a newly opened ticket is about that came without a category. Imported history is left as it is, and so is a ticket that was opened long
 * ago, is closed or merged, or has got a category meanwhile. A classification comes under an id that follows from the event: it takes effect
 * once, however often the event comes.
 */
export function classifyTickets({ classifier, settings, now }: ClassifyTicketsOptions): Reaction {
  return reaction({
    name: 'classify_tickets',
    on: ['TicketOpened'],
    react: async ({ event, stream, id, correlationId }, desk) => {
      if (event.category !== undefined || importIdOf(correlationId) !== undefined) return
      if (elapsed(event.at, now()) > (await settings()).classifyWithin) return
      const { id: ticketId } = parseStream(stream)
      const { state } = await desk.read('ticket', ticketId)
      if (state.status === 'absent' || state.status === 'closed') return
      if (state.classified || state.category !== undefined) return
      const { subject, body, channel, language, plan } = event
      const said = await (await classifier()).classify({ subject, body, channel, language, plan })
      if (!said) return
      const { category, tags, priority, confidence, alternatives, reasons, by } = said
      const outcome = await desk.execute(
        'ticket',
        ticketId,
        {
          type: 'classify',
          category,
          tags: [...tags],
          priority,
          confidence,
          classifier: by.classifier,
          version: by.version,
          alternatives: [...alternatives],
          reasons: [...reasons],
        },
        { by: classifierActor, commandId: derivedCommandId(id, 'classify'), correlationId, causationId: id },
      )
      if (!outcome.ok && isTransient(outcome.refusal)) throw new ClassificationUnfinished(outcome.refusal.message)
    },
  })
}

/** A classification that the ticket could not take now, and that will be tried again. */
export class ClassificationUnfinished extends Error {
  override readonly name = 'ClassificationUnfinished'
}
