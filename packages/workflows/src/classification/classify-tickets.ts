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
import type { Reaction } from '../reaction/reactions.ts'
import { reactionToMany } from '../reaction/reactions.ts'
import type { OnError } from '../supervision.ts'
import { inParallel } from '../supervision.ts'

type ClassifyTicketsOptions = {
  readonly classifier: () => Promise<Classifier>
  readonly settings: () => Promise<Pick<ClassificationSettings, 'classifyWithin'>>
  readonly now: () => Instant
  /** Is told of a classification that a ticket refuses though it is open. */
  readonly onError: OnError
}

/** How many tickets a classifier looks at together: a slow answer holds up the ticket that it is about, and no other. */
const atOnce = 16

type Opened = EventEnvelope<TicketEventOf<'TicketOpened'>>

/**
 * Says what newly opened tickets are about that came without a category. Imported history is left as it is, and so is a ticket that was opened long
 * ago, is closed or merged, or has got a category meanwhile. A classification comes under an id that follows from the event: it takes effect
 * once, however often the event comes.
 */
export function classifyTickets(options: ClassifyTicketsOptions): Reaction {
  return reactionToMany({
    name: 'classify_tickets',
    on: ['TicketOpened'],
    among: 500,
    react: async (envelopes: readonly Opened[], desk) => {
      const failures: unknown[] = []
      await inParallel(envelopes, atOnce, async (envelope) => {
        await classify(envelope, desk, options).catch((error: unknown) => failures.push(error))
      })
      if (failures.length > 0) throw failures[0]
    },
  })
}

async function classify(
  { event, stream, id, correlationId }: Opened,
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
  const said = await (await classifier()).classify({ subject, body, channel, language, plan })
  if (!said) return
  const { category, tags, priority, confidence, alternatives, reasons, by } = said
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
  if (isTransient(outcome.refusal)) throw new ClassificationUnfinished(outcome.refusal.message)
  onError(new ClassificationRefused(`${outcome.refusal.code}: ${outcome.refusal.message}`), `classifying ${stream}`)
}

/** A ticket that has ended meanwhile needs no classification any more. */
const over: ReadonlySet<RefusalCode> = new Set<RefusalCode>(['ticket_closed', 'ticket_merged'])

/** A classification that the ticket could not take now, and that will be tried again. */
class ClassificationUnfinished extends Error {
  override readonly name = 'ClassificationUnfinished'
}

/** A classification that an open ticket does not take, now or later. */
class ClassificationRefused extends Error {
  override readonly name = 'ClassificationRefused'
}
