import type { Transaction } from 'kysely'
import type {
  ClockLabels,
  Deadline,
  DomainEvent,
  Instant,
  Position,
  ShiftEvent,
  ShiftState,
  TermsTimeline,
} from '@guichet/domain'
import { evolveShift, importIdOf, parseStream, streamName } from '@guichet/domain'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { createStreamFolding, movedBy } from '../streams/stream-folding.ts'

/** What falls due on a stream, earliest first, and whether its clock runs. */
type Standing = {
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
export type StreamClockState = Standing & {
  readonly stream: string
  /** Whether the batch has changed any of it. */
  readonly changed: boolean
  /** Whether the batch has changed what operators filter clocks by. */
  readonly relabelled: boolean
}

/** What the streams of a category say of their clocks. */
type Clocked<S> = {
  deadlines(state: S, timeline: TermsTimeline): readonly Deadline[]
  /** What operators filter clocks by; undefined before anything has happened on a stream. */
  labels(state: S, timeline: TermsTimeline): ClockLabels | undefined
  /** The import that the last event came in with, where streams of the category are imported. */
  importedBy?(state: S): string | undefined
}

type BatchNotifications = {
  readonly deadlines: readonly Deadline[]
  readonly labels: ClockLabels | undefined
  readonly importedBy: string | undefined
}

/**
 * What stands on a stream at the end of a batch. A stream whose last event was imported is held by that import, unless it
 * is among the `ended` ones: its history is not complete, so no time passes for it.
 */
function progressOf(
  stream: string,
  before: BatchNotifications,
  after: BatchNotifications,
  ended: ReadonlySet<string>,
): StreamClockState {
  const toStanding = ({ deadlines, labels, importedBy }: BatchNotifications): Standing => ({
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
const isClocked = (each: Pick<Standing, 'deadlines' | 'outstanding' | 'heldBy'>): boolean =>
  each.heldBy === undefined && (each.outstanding || each.deadlines.length > 0)

/**
 * Tells which streams of a batch are due at another instant than `before`, which have a clock and had none or the other way round, and
 * which have one under other labels.
 * @param before those that had a clock, and when each was due next.
 */
export function changesOf(
  before: ReadonlyMap<string, Instant | undefined>,
  standing: readonly StreamClockState[],
): readonly ClockStateChange[] {
  return standing.flatMap((each) => {
    const { stream, relabelled } = each
    const change = { stream, before: before.get(stream), after: nextDue(each) }
    const clocked = isClocked(each)
    const isTold = change.before !== change.after || before.has(stream) !== clocked || (relabelled && clocked)
    return isTold ? [change] : []
  })
}

/** What falls due on a stream, and what operators filter its clock by. */
export type Due = { readonly deadlines: readonly Deadline[]; readonly labels: ClockLabels | undefined }

/** How the clocks of one category of streams are kept. */
export type CategoryClock = {
  readonly category: string
  /** The streams of the category that a batch has moved, each as it was before and is after it. */
  standings(
    events: readonly RecordedEvent[],
    context: ProjectionContext,
    ended: ReadonlySet<string>,
    timeline: TermsTimeline,
  ): Promise<readonly StreamClockState[]>
  /** What falls due on streams of the category as they were at a place in history, under some terms and under others. */
  dueAt(
    streams: readonly string[],
    position: Position,
    context: ProjectionContext,
    terms: readonly TermsTimeline[],
  ): Promise<ReadonlyMap<string, readonly Due[]>>
}

/** The clocks of a category, by how its streams fold and what falls due in each state. */
export function clockOf<E extends DomainEvent, S extends object>(
  category: string,
  folding: StreamFolding<E, S>,
  clocked: Clocked<S>,
): CategoryClock {
  const due = (state: S, timeline: TermsTimeline): Due => ({
    deadlines: clocked.deadlines(state, timeline),
    labels: clocked.labels(state, timeline),
  })
  const known = new WeakMap<S, { readonly timeline: TermsTimeline; readonly due: Due }>()
  /** What a batch comes to is where the next one begins. */
  const dueOnce = (state: S, timeline: TermsTimeline): Due => {
    const last = known.get(state)
    if (last?.timeline === timeline) return last.due
    const found = due(state, timeline)
    known.set(state, { timeline, due: found })
    return found
  }
  return {
    category,
    standings: async (events, context, ended, timeline) => {
      const steps = await folding.steps(events, context)
      const envelopes = new Map(steps.map(({ id, envelope }) => [id, envelope]))
      return movedBy(steps).map(({ id, before, after }) => {
        const at = (state: S, importedBy: string | undefined) => ({ ...dueOnce(state, timeline), importedBy })
        const last = importIdOf(envelopes.get(id)?.correlationId ?? '')
        return progressOf(streamName(category, id), at(before, clocked.importedBy?.(before)), at(after, last), ended)
      })
    },
    dueAt: async (streams, position, context, terms) => {
      const ids = streams.map((stream) => parseStream(stream).id)
      const states = await folding.statesAt(ids, position, context)
      return new Map(
        [...states].map(([id, state]) => [streamName(category, id), terms.map((timeline) => due(state, timeline))]),
      )
    },
  }
}

/**
 * The earliest deadline of a stream has changed: `undefined` when there is none. Where `before` and `after` are the same,
 * it stands as it did, and what operators filter clocks by has changed: status, priority, category, lateness or promises, or whether
 * anything is outstanding.
 */
export type ClockStateChange = {
  readonly stream: string
  readonly before: Instant | undefined
  readonly after: Instant | undefined
}

/** Where the projection of deadlines reports what changed, within its own transaction: the clock's queue. */
export type DeadlineSink = (tx: Transaction<unknown>, changes: readonly ClockStateChange[]) => Promise<void>

/** Folds the shifts of a desk with the domain's own fold. */
export function createShiftFolding(): StreamFolding<ShiftEvent, ShiftState> {
  return createStreamFolding<ShiftEvent, ShiftState>({
    category: 'shift',
    initial: { status: 'absent' },
    evolve: (state, { event }) => evolveShift(state, event),
  })
}
