import type { DeadlineSink } from '@guichet/projections'
import type { ClockEngine } from '../clock/clock.ts'
import type { Process } from '../contract/index.ts'
import { openFeed } from './feed.ts'

/** A clock with the projection that tells a sink, usually the clock's own, of deadlines: as one engine. */
export function fed(clock: ClockEngine, { desk, databaseUrl }: Process, deadlineSink: DeadlineSink): ClockEngine {
  const feed = openFeed(desk, databaseUrl, deadlineSink)
  return {
    start: async () => {
      await clock.start()
      await feed.start()
    },
    stop: async () => {
      await feed.stop()
      await clock.stop()
    },
    status: () => clock.status(),
  }
}
