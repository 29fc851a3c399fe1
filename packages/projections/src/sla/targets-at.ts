import type { EventEnvelope, Instant, TicketEvent } from '@guichet/domain'
import { evolveTicket, importIdOf, latest, parseStream } from '@guichet/domain'
import type { KnownTerms } from '../configuration/known-terms.ts'
import { endedTargets } from './ended-targets.ts'
import { pausedSpans } from './paused-spans.ts'
import { runningTargets } from './running-targets.ts'
import type { SlaClocks, SlaStep } from './sla-fold.ts'
import { evolveMarks, noMarks } from './sla-fold.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { inOrder } from './sla-queries.ts'
import type { SlaTargetRow } from './sla-query.ts'
import { unwrittenTargetRow } from './sla-target-row.ts'
import type { PausedSpan } from './target-row.ts'

/** The targets of a ticket as they stood at an instant, and what its events say of them. */
export type TargetsAt = {
  /** In the order in which they began. */
  readonly targets: readonly SlaTargetRow[]
  /** When the clock had stood still that an event tells of (`TargetMet`, `TargetWarned`, `TargetBreached`), by the event's version. */
  readonly pauses: ReadonlyMap<number, readonly PausedSpan[]>
}

/**
 * Every target of a ticket as it stood at an instant: what the read model would have said then, but for the centre, which is not the
 * ticket's own. It is told by the configurations that had been applied by then; of history that was imported, by those that
 * had been when it was.
 * @param history of one ticket, from its beginning, up to that instant.
 */
export function targetsAt(history: readonly EventEnvelope<TicketEvent>[], known: KnownTerms, at: Instant): TargetsAt {
  const steps = stepsOf(history)
  const none = new Map<string, string>()
  const ended = steps.flatMap((step) =>
    endedTargets([step], known(knownAt(step.envelope, step.envelope.event.at)), none),
  )
  const timeline = known(knownAt(history.at(-1), at))
  const running = movedBy(steps).flatMap(({ id, after }) => runningTargets(id, after, timeline, none, false))
  const rows = new Map([...ended, ...running].map((row) => [row.id, row]))
  return {
    targets: [...rows.values()].map((row) => unwrittenTargetRow(row, at)).sort(inOrder),
    pauses: new Map(steps.map((step) => [step.envelope.version, pausesTold(step)])),
  }
}

function stepsOf(history: readonly EventEnvelope<TicketEvent>[]): readonly SlaStep[] {
  let before: SlaClocks = { ticket: { status: 'absent' }, ...noMarks }
  return history.map((envelope) => {
    const ticket = evolveTicket(before.ticket, envelope.event)
    const after = { ...evolveMarks(before, envelope.event, before.ticket, ticket), ticket }
    const step = { id: parseStream(envelope.stream).id, envelope, before, after }
    before = after
    return step
  })
}

/** Up to when what was known counts for what an event says, or for what follows from it by a later instant. */
const knownAt = (envelope: EventEnvelope | undefined, at: Instant): Instant =>
  envelope && importIdOf(envelope.correlationId) !== undefined ? latest(at, envelope.recordedAt) : at

function pausesTold({ envelope: { event }, before, after }: SlaStep): readonly PausedSpan[] {
  if (!('cycle' in event && 'since' in event && 'target' in event) || before.ticket.status === 'absent') return []
  const mark = after.marks[event.target]
  const which = 'runsWhileWaiting' in event && event.runsWhileWaiting ? 'ordered' : 'pauses'
  const ended = mark?.cycle === event.cycle ? mark[which] : undefined
  if (event.type === 'TargetMet') return ended ?? []
  return ended ?? pausedSpans(before.ticket.clocks[which], event.since) ?? []
}
