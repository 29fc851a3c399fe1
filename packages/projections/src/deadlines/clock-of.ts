import type { ClockLabels, Deadline, DomainEvent, Position, TermsTimeline } from '@guichet/domain'
import { importIdOf, parseStream, streamName } from '@guichet/domain'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { movedBy } from '../streams/stream-folding.ts'
import type { Clocked, StreamStanding } from './standing.ts'
import { standingOf } from './standing.ts'

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
  ): Promise<readonly StreamStanding[]>
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
        return standingOf(streamName(category, id), at(before, clocked.importedBy?.(before)), at(after, last), ended)
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
