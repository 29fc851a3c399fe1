import type {
  ClassificationSettings,
  Classifier,
  Desk,
  EventEnvelope,
  Instant,
  RefusalCode,
  TicketEventOf,
} from '@guichet/domain'
import { classifierActor, elapsed, engineCommandId, importIdOf, isTransient, parseStream } from '@guichet/domain'
import type { Reaction } from '../reaction/reaction.ts'
import { reactionToMany } from '../reaction/reaction.ts'
import type { OnError } from '../supervision.ts'
import { inParallel } from '../supervision.ts'

type ClassifyTicketsOptions = {
  readonly classifier: () => Promise<Classifier>
  readonly settings: () => Promise<Pick<ClassificationSettings, 'classifyWithin'>>
  readonly now: () => Instant
  /** Called with a classification that an open ticket refuses. */
  readonly onError: OnError
}

/** How many tickets are classified concurrently: a slow answer delays its own ticket only. */
const atOnce = 16

type OpenedEvent = EventEnvelope<TicketEventOf<'TicketOpened'>>

/**
 * Classifies newly opened tickets that came without a category. Skips imported history, and tickets that were opened
 * long ago, are closed or merged, or have a category by now. The command id of a classification follows from the event:
 * it takes effect once, however often the event is delivered.
 */
export function classifyTickets(options: ClassifyTicketsOptions): Reaction {
  return reactionToMany({
    name: 'classify_tickets',
    on: ['TicketOpened'],
    among: 500,
    react: async (envelopes: readonly OpenedEvent[], desk) => {
      const failures: unknown[] = []
      await inParallel(envelopes, atOnce, async (envelope) => {
        await classify(envelope, desk, options).catch((error: unknown) => failures.push(error))
      })
      if (failures.length > 0) throw failures[0]
    },
  })
}

async function classify(
  { event, stream, id, correlationId }: OpenedEvent,
  desk: Desk,
  { classifier, settings, now, onError }: ClassifyTicketsOptions,
): Promise<void> {
  if (event.category !== undefined || importIdOf(correlationId) !== undefined) return
  if (elapsed(event.at, now()) > (await settings()).classifyWithin) return
  const { id: ticketId } = parseStream(stream)
  const { state } = await desk.read('ticket', ticketId)
  if (state.status === 'absent' || state.status === 'closed') return
  if (state.classified || state.category !== undefined) return
  const { subject, body, channel, language, plan } = event
  const classification = await (await classifier()).classify({ subject, body, channel, language, plan })
  if (!classification) return
  const { category, tags, priority, confidence, alternatives, reasons, by } = classification
  const outcome = await desk.engine.execute(
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
    { by: classifierActor, commandId: engineCommandId('classification', id), correlationId, causationId: id },
  )
  if (outcome.ok || over.has(outcome.refusal.code)) return
  if (isTransient(outcome.refusal)) throw new Error(outcome.refusal.message)
  onError(new Error(`${outcome.refusal.code}: ${outcome.refusal.message}`), `classifying ${stream}`)
}

/** A ticket that has ended meanwhile no longer needs a classification. */
const over: ReadonlySet<RefusalCode> = new Set<RefusalCode>(['ticket_closed', 'ticket_merged'])
