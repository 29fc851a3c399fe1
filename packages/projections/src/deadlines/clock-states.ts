import type { Transaction } from 'kysely'
import type {
  Aggregate,
  ClockedCategory,
  ClockLabels,
  Deadline,
  DomainEvent,
  GuichetEvent,
  Instant,
  OwnAggregates,
  Position,
  StreamCategories,
  TermsTimeline,
} from '@guichet/domain'
import { clockedAggregates, isSameDeadline, parseStream, streamName } from '@guichet/domain'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { ImportedState } from '../streams/imports.ts'
import { foldingOf } from '../streams/imports.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'

/** The deadlines of a stream, earliest first, and whether its clock runs. */
type ClockFields = {
  readonly deadlines: readonly Deadline[]
  /** Whether it may get a deadline without an event of its own, such as under another configuration. */
  readonly open: boolean
  /** Whether operators look for its clock even while it has no deadline. */
  readonly outstanding: boolean
  /** The import that the stream's last event belongs to. */
  readonly importedBy: string | undefined
  /** The import whose completion the stream's clock waits for. */
  readonly heldBy: string | undefined
}

/** The clock state of a stream after a batch. */
export type StreamClockState = ClockFields & {
  readonly stream: string
  /** Whether the batch has changed any of it. */
  readonly changed: boolean
  /** Whether the batch has changed the labels that operators filter clocks by. */
  readonly relabelled: boolean
}

/** How the state of a stream determines its clock. */
type ClockedStream<S> = {
  deadlines(state: S, timeline: TermsTimeline): readonly Deadline[]
  /** The labels that operators filter clocks by; undefined before the first event of a stream. */
  labels(state: S, timeline: TermsTimeline): ClockLabels | undefined
}

type ClockInput = {
  readonly deadlines: readonly Deadline[]
  readonly labels: ClockLabels | undefined
  readonly importedBy: string | undefined
}

/**
 * The clock state of a stream at the end of a batch. A stream whose last event was imported is held by that import,
 * unless it is among the `ended` ones: its history is not complete, so no time passes for it.
 */
function clockStateOf(
  stream: string,
  before: ClockInput,
  after: ClockInput,
  ended: ReadonlySet<string>,
): StreamClockState {
  const toClock = ({ deadlines, labels, importedBy }: ClockInput): ClockFields => ({
    deadlines,
    open: labels?.status !== 'closed',
    outstanding: labels?.outstanding ?? false,
    importedBy,
    heldBy: importedBy !== undefined && !ended.has(importedBy) ? importedBy : undefined,
  })
  const [was, is] = [toClock(before), toClock(after)]
  const isNew = before.labels === undefined
  return {
    stream,
    ...is,
    changed: isNew || !isSame(was, is),
    relabelled: !isNew && !sameLabels(before.labels, after.labels),
  }
}

const isSame = (a: ClockFields, b: ClockFields): boolean =>
  a.open === b.open &&
  a.outstanding === b.outstanding &&
  a.importedBy === b.importedBy &&
  a.heldBy === b.heldBy &&
  sameDeadlines(a.deadlines, b.deadlines)

/** Whether both have the same deadlines at the same instants. */
export const sameDeadlines = (some: readonly Deadline[], others: readonly Deadline[]): boolean =>
  some.length === others.length &&
  some.every((each, index) => {
    const other = others[index]
    return other !== undefined && isSameDeadline(each, other)
  })

/** Whether both have the same labels. */
export const sameLabels = (a: ClockLabels | undefined, b: ClockLabels | undefined): boolean =>
  a?.status === b?.status &&
  a?.priority === b?.priority &&
  a?.category === b?.category &&
  a?.late === b?.late &&
  a?.outstanding === b?.outstanding &&
  a?.sla === b?.sla &&
  a?.slaSince === b?.slaSince &&
  a?.breachAt === b?.breachAt &&
  missedTargets(a) === missedTargets(b)

const missedTargets = (labels: ClockLabels | undefined): string =>
  (labels?.missed ?? []).map(({ target, since }) => `${target} ${since}`).join()

/** When the clock has to process a stream next; undefined while nothing is due or the stream is held. */
export const nextDue = ({ deadlines, heldBy }: ClockFields): Instant | undefined =>
  heldBy === undefined ? deadlines[0]?.dueAt : undefined

/** Whether a stream has a clock: it has a deadline or is outstanding, and is not held. */
const isClocked = (each: Pick<ClockFields, 'deadlines' | 'outstanding' | 'heldBy'>): boolean =>
  each.heldBy === undefined && (each.outstanding || each.deadlines.length > 0)

/**
 * The changes of a batch: streams whose next due instant differs from `before`, that have got or lost a clock, or whose
 * clock has other labels.
 * @param before the streams that had a clock, with their next due instants.
 */
export function changesOf(
  before: ReadonlyMap<string, Instant | undefined>,
  states: readonly StreamClockState[],
): readonly ClockStateChange[] {
  return states.flatMap((each) => {
    const { stream, relabelled } = each
    const change = { stream, before: before.get(stream), after: nextDue(each) }
    const clocked = isClocked(each)
    const isChange = change.before !== change.after || before.has(stream) !== clocked || (relabelled && clocked)
    return isChange ? [change] : []
  })
}

/** The deadlines of a stream, and the labels that operators filter its clock by. */
export type StreamDeadlines = { readonly deadlines: readonly Deadline[]; readonly labels: ClockLabels | undefined }

type AnyAggregate = Aggregate<never, GuichetEvent, object>
type Clockwork = AnyAggregate & Required<Pick<AnyAggregate, 'deadlines' | 'labels'>>

/** The clocks of one category of streams. */
export type CategoryClock = {
  readonly category: string
  /** The clock states of the category's streams that a batch has moved. */
  clockStates(
    events: readonly RecordedEvent[],
    context: ProjectionContext,
    ended: ReadonlySet<string>,
    timeline: TermsTimeline,
  ): Promise<readonly StreamClockState[]>
  /** The deadlines of streams of the category as of a position, under each of several terms. */
  dueAt(
    streams: readonly string[],
    position: Position,
    context: ProjectionContext,
    terms: readonly TermsTimeline[],
  ): Promise<ReadonlyMap<string, readonly StreamDeadlines[]>>
}

/** The clocks of a category, given the folding of its streams and the deadlines of a state. */
export function clockOf<E extends DomainEvent, S extends Pick<ImportedState<unknown>, 'importedBy'>>(
  category: string,
  folding: StreamFolding<E, S>,
  clocked: ClockedStream<S>,
): CategoryClock {
  const due = (state: S, timeline: TermsTimeline): StreamDeadlines => ({
    deadlines: clocked.deadlines(state, timeline),
    labels: clocked.labels(state, timeline),
  })
  const cache = new WeakMap<S, { readonly timeline: TermsTimeline; readonly due: StreamDeadlines }>()
  /** Caches by state: the state after one batch is the state before the next. */
  const dueOnce = (state: S, timeline: TermsTimeline): StreamDeadlines => {
    const last = cache.get(state)
    if (last?.timeline === timeline) return last.due
    const deadlines = due(state, timeline)
    cache.set(state, { timeline, due: deadlines })
    return deadlines
  }
  return {
    category,
    clockStates: async (events, context, ended, timeline) => {
      const at = (state: S) => ({ ...dueOnce(state, timeline), importedBy: state.importedBy })
      return movedBy(await folding.steps(events, context)).map(({ id, before, after }) =>
        clockStateOf(streamName(category, id), at(before), at(after), ended),
      )
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
 * The clocks of every aggregate that has deadlines, except the ticket, whose read models share more than its state.
 * @param foldings those that other read models use too, by category.
 */
export function clocksOf(
  terms: TermsTimeline,
  foldings: {
    readonly [K in ClockedCategory]?: StreamFolding<
      StreamCategories[K]['event'],
      ImportedState<StreamCategories[K]['state']>
    >
  },
): readonly CategoryClock[] {
  const { ticket: _, ...aggregates } = clockedAggregates(() => terms)
  return Object.values(aggregates as Readonly<Record<string, Clockwork>>).map((aggregate) => {
    const category = aggregate.category as Exclude<ClockedCategory, 'ticket'>
    const folding =
      (foldings[category] as StreamFolding<GuichetEvent, ImportedState<object>> | undefined) ?? foldingOf(aggregate)
    const under = (timeline: TermsTimeline) => clockedAggregates(() => timeline)[category] as Clockwork
    return clockOf(category, folding, {
      deadlines: ({ state }, timeline) => under(timeline).deadlines(state),
      labels: ({ state }, timeline) => under(timeline).labels(state),
    })
  })
}

/** The clocks of an embedder's own aggregates, as far as they have deadlines. */
export const ownClocks = (aggregates: OwnAggregates): readonly CategoryClock[] =>
  Object.values(aggregates).flatMap((aggregate) => {
    const { deadlines, labels } = aggregate
    return deadlines
      ? clockOf(aggregate.category, foldingOf<DomainEvent, unknown>(aggregate), {
          deadlines: ({ state }) => deadlines(state),
          labels: ({ state }) => labels?.(state),
        })
      : []
  })

/**
 * A change of a stream's earliest deadline: `undefined` when there is none. Where `before` and `after` are the same,
 * the labels that operators filter clocks by have changed: status, priority, category, lateness or promises, or whether
 * anything is outstanding.
 */
export type ClockStateChange = {
  readonly stream: string
  readonly before: Instant | undefined
  readonly after: Instant | undefined
}

/** Receives the changes of the deadlines' projection within its own transaction: the clock's queue. */
export type DeadlineSink = (tx: Transaction<unknown>, changes: readonly ClockStateChange[]) => Promise<void>
