import type { ClockLabels, Deadline, Instant, TermsTimeline } from '@guichet/domain'
import type { StandingChange } from './deadline-sink.ts'

/** What falls due on a stream, earliest first, and whether its clock runs. */
export type Standing = {
  readonly deadlines: readonly Deadline[]
  /** Whether something may fall due on it without anything happening before: under another configuration, say. */
  readonly open: boolean
  /** Whether operators look for its clock also while nothing falls due. */
  readonly outstanding: boolean
  /** The import that the stream's last event came in with. */
  readonly importedBy: string | undefined
  /** The import whose completion the stream's clock waits for. */
  readonly heldBy: string | undefined
}

/** A stream as it is after a batch. */
export type StreamStanding = Standing & {
  readonly stream: string
  /** Whether the batch has changed any of it. */
  readonly changed: boolean
  /** Whether the batch has changed what operators filter clocks by. */
  readonly relabelled: boolean
}

/** What the streams of a category say of their clocks. */
export type Clocked<S> = {
  deadlines(state: S, timeline: TermsTimeline): readonly Deadline[]
  /** What operators filter clocks by; undefined before anything has happened on a stream. */
  labels(state: S, timeline: TermsTimeline): ClockLabels | undefined
  /** The import that the last event came in with, where streams of the category are imported. */
  importedBy?(state: S): string | undefined
}

type Told = {
  readonly deadlines: readonly Deadline[]
  readonly labels: ClockLabels | undefined
  readonly importedBy: string | undefined
}

/**
 * What stands on a stream at the end of a batch. A stream whose last event was imported is held by that import, unless it
 * is among the `ended` ones: its history is not complete, so no time passes for it.
 */
export function standingOf(stream: string, before: Told, after: Told, ended: ReadonlySet<string>): StreamStanding {
  const toStanding = ({ deadlines, labels, importedBy }: Told): Standing => ({
    deadlines,
    open: labels?.status !== 'closed',
    outstanding: labels?.outstanding ?? false,
    importedBy,
    heldBy: importedBy !== undefined && !ended.has(importedBy) ? importedBy : undefined,
  })
  const [was, is] = [toStanding(before), toStanding(after)]
  const isNew = before.labels === undefined
  return {
    stream,
    ...is,
    changed: isNew || !isSame(was, is),
    relabelled: !isNew && !sameLabels(before.labels, after.labels),
  }
}

const isSame = (a: Standing, b: Standing): boolean =>
  a.open === b.open &&
  a.outstanding === b.outstanding &&
  a.importedBy === b.importedBy &&
  a.heldBy === b.heldBy &&
  sameDeadlines(a.deadlines, b.deadlines)

/** Whether the same falls due at the same instants. */
export const sameDeadlines = (some: readonly Deadline[], others: readonly Deadline[]): boolean =>
  some.length === others.length &&
  some.every(({ kind, cycle, dueAt }, index) => {
    const other = others[index]
    return other?.kind === kind && other.cycle === cycle && other.dueAt === dueAt
  })

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
export const nextDue = ({ deadlines, heldBy }: Standing): Instant | undefined =>
  heldBy === undefined ? deadlines[0]?.dueAt : undefined

/** Whether a stream has a clock: something falls due on it, or operators look for it, and nothing holds it. */
export const isClocked = (each: Pick<Standing, 'deadlines' | 'outstanding' | 'heldBy'>): boolean =>
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
