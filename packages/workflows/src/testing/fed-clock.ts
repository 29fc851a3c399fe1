import type { ClockEngine } from '../clock.ts'
import type { Process } from '../contract/index.ts'
import type { EmbeddedClockOptions } from '../embedded/clock.ts'
import { embeddedClock } from '../embedded/clock.ts'
import { fed } from './feed.ts'

/** The embedded clock with the projection that feeds it, as one engine. */
export async function fedClock(process: Process, options: Partial<EmbeddedClockOptions> = {}): Promise<ClockEngine> {
  const { desk, databaseUrl } = process
  const clock = await embeddedClock({ desk, connectionString: databaseUrl, ...options })
  return fed(clock, process, clock.deadlineSink)
}
