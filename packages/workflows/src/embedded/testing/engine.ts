import type { ClockEngine } from '../../clock/clock.ts'
import type { Process } from '../../contract/index.ts'
import type { EmbeddedClockOptions } from '../embedded-clock.ts'
import { embeddedClock } from '../embedded-clock.ts'
import { openFeed } from '../../testing/feed.ts'

/** The embedded clock with the projection that feeds it, as one engine. */
export async function fedClock(
  { desk, databaseUrl }: Process,
  options: Partial<EmbeddedClockOptions> = {},
): Promise<ClockEngine> {
  const clock = await embeddedClock({ desk, connectionString: databaseUrl, ...options })
  const feed = openFeed(desk, databaseUrl, clock.deadlineSink)
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
