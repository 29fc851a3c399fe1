import type { QueueOfLevel } from '@guichet/projections'
import { spoken, table } from '../table.ts'

/** How long a ticket is likely to wait, in words. */
export const expected = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? 'unknown' : spoken(milliseconds)

/** What waits for each level that something waits for; undefined where nothing does. */
export function levelsOfQueue(levels: readonly QueueOfLevel[]): string | undefined {
  const waitedFor = levels.filter(({ waiting }) => waiting > 0)
  if (waitedFor.length === 0) return undefined
  return table(
    ['level', 'waiting', 'found an agent in the last hour', 'expected wait of the last'],
    waitedFor.map(({ level, waiting, placedInTheLastHour, expectedWait }) => [
      String(level),
      String(waiting),
      String(placedInTheLastHour),
      expected(expectedWait),
    ]),
  )
}
