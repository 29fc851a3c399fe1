import type { ClockLabels, Deadline, DomainEvent, TermsTimeline } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'
import type { KeptState, StreamFolding } from '../streams/stream-folding.ts'
import type { Clocked, StreamStanding } from './standing.ts'
import { standings } from './standing.ts'

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
  /** What operators filter the clock of a stream by, under these terms. */
  labels(state: unknown, timeline: TermsTimeline): ClockLabels | undefined
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
    labels: (state, timeline) => clocked.labels(state as S, timeline),
  }
}
