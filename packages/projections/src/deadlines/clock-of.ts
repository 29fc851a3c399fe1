import type { Deadline, DomainEvent, TermsTimeline } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import type { KeptState, StreamFolding } from '../streams/stream-folding.ts'
import type { Clocked, StreamStanding } from './standing.ts'
import { sameLabels, standings } from './standing.ts'

type Load = (ids: readonly string[]) => Promise<readonly KeptState<unknown>[]>

/** How the clocks of one category of streams are kept. */
export type CategoryClock = {
  readonly category: string
  /** What stands on each of the category's streams in a batch; `load` is asked only for streams that are not in memory. */
  standings(
    events: readonly RecordedEvent[],
    load: Load,
    ended: ReadonlySet<string>,
    timeline: TermsTimeline,
  ): Promise<readonly StreamStanding[]>
  /** What falls due in a state of one of the category's streams, under these terms. */
  deadlines(state: unknown, timeline: TermsTimeline): readonly Deadline[]
  /** Whether operators filter the clock of a stream by something else under other terms. */
  relabels(state: unknown, before: TermsTimeline, after: TermsTimeline): boolean
}

/** The clocks of a category, by how its streams fold and what falls due in each state. */
export function clockOf<E extends DomainEvent, S>(
  category: string,
  fold: StreamFolding<E, S>,
  clocked: Clocked<S>,
): CategoryClock {
  return {
    category,
    standings: async (events, load, ended, timeline) => {
      const folded = await fold(events, (ids) => load(ids) as Promise<readonly KeptState<S>[]>)
      return standings(folded, ended, clocked, timeline)
    },
    deadlines: (state, timeline) => clocked.deadlines(state as S, timeline),
    relabels: (state, before, after) =>
      !sameLabels(clocked.labels(state as S, before), clocked.labels(state as S, after)),
  }
}
