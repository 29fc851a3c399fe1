import type { ClockLabels, Deadline, DomainEvent, EventEnvelope, Instant, TermsTimeline } from '@guichet/domain'
import { importIdOf } from '@guichet/domain'
import type { FoldedBatch } from '../streams/stream-folding.ts'
import type { StandingChange } from './deadline-sink.ts'

/** A stream as it is after a batch, with its deadlines, earliest first. */
export type StreamStanding = {
  readonly stream: string
  readonly version: number
  readonly state: unknown
  readonly deadlines: readonly Deadline[]
  /** Whether something may fall due on it without anything happening before: under another configuration, say. */
  readonly open: boolean
  /** Whether operators look for its clock also while nothing falls due. */
  readonly outstanding: boolean
  /** The import that the stream's last event came in with. */
  readonly importedBy: string | undefined
  /** The import whose completion the stream's clock waits for. */
  readonly heldBy: string | undefined
  /** Whether the batch has changed what operators filter clocks by. */
  readonly relabelled: boolean
}

/** What the streams of a category say of their clocks. */
export type Clocked<S> = {
  deadlines(state: S, timeline: TermsTimeline): readonly Deadline[]
  /** What operators filter clocks by; undefined before anything has happened on a stream. */
  labels(state: S, timeline: TermsTimeline): ClockLabels | undefined
}

/**
 * What stands on each stream of a batch at its end. A stream whose last event was imported is held by that import, unless it
 * is among the `ended` ones: its history is not complete, so no time passes for it.
 */
export function standings<E extends DomainEvent, S>(
  { steps, ends }: FoldedBatch<E, S>,
  ended: ReadonlySet<string>,
  clocked: Clocked<S>,
  timeline: TermsTimeline,
): readonly StreamStanding[] {
  const last = new Map<string, EventEnvelope<E>>(steps.map(({ id, envelope }) => [id, envelope]))
  const before = new Map(steps.toReversed().map((step) => [step.id, step.before]))
  return ends.flatMap(({ id, version, state }) => {
    const envelope = last.get(id)
    if (!envelope) return []
    const importId = importIdOf(envelope.correlationId)
    const labels = clocked.labels(state, timeline)
    return [
      {
        stream: envelope.stream,
        version,
        state,
        deadlines: clocked.deadlines(state, timeline),
        open: labels?.status !== 'closed',
        outstanding: labels?.outstanding ?? false,
        importedBy: importId,
        heldBy: importId !== undefined && !ended.has(importId) ? importId : undefined,
        relabelled: !sameLabels(clocked.labels(before.get(id) ?? state, timeline), labels),
      },
    ]
  })
}

/** Whether operators find a clock by the same. */
export const sameLabels = (a: ClockLabels | undefined, b: ClockLabels | undefined): boolean =>
  a?.status === b?.status &&
  a?.priority === b?.priority &&
  a?.category === b?.category &&
  a?.late === b?.late &&
  a?.outstanding === b?.outstanding &&
  a?.sla === b?.sla &&
  a?.slaSince === b?.slaSince &&
  a?.breachAt === b?.breachAt

/** When the clock has to look at a stream next; undefined while nothing is due or the stream is held. */
export const nextDue = ({ deadlines, heldBy }: StreamStanding): Instant | undefined =>
  heldBy === undefined ? deadlines[0]?.dueAt : undefined

/** Whether a stream has a clock: something falls due on it, or operators look for it, and nothing holds it. */
export const isClocked = (each: Pick<StreamStanding, 'deadlines' | 'outstanding' | 'heldBy'>): boolean =>
  each.heldBy === undefined && (each.outstanding || each.deadlines.length > 0)

/**
 * Tells which streams of a batch are due at another instant than `before`, which have a clock and had none or the other way round, and
 * which have one under other labels.
 * @param before those that had a clock, and when each was due next.
 */
export function changesOf(
  before: ReadonlyMap<string, Instant | undefined>,
  standing: readonly StreamStanding[],
): readonly StandingChange[] {
  return standing.flatMap((each) => {
    const { stream, relabelled } = each
    const change = { stream, before: before.get(stream), after: nextDue(each) }
    const clocked = isClocked(each)
    const isTold = change.before !== change.after || before.has(stream) !== clocked || (relabelled && clocked)
    return isTold ? [change] : []
  })
}
