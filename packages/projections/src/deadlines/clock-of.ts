import type { DomainEvent } from '@guichet/domain'
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
  ): Promise<readonly StreamStanding[]>
}

/** The clocks of a category, by how its streams fold and what falls due in each state. */
export function clockOf<E extends DomainEvent, S>(
  category: string,
  fold: StreamFolding<E, S>,
  clocked: Clocked<S>,
): CategoryClock {
  return {
    category,
    standings: async (events, load, ended) =>
      standings(await fold(events, (ids) => load(ids) as Promise<readonly KeptState<S>[]>), ended, clocked),
  }
}
