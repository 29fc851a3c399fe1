import { inject } from 'vitest'
import type { ClockEngine } from '../../clock/clock.ts'
import type { Process } from '../../contract/index.ts'
import { fed } from '../../testing/fed.ts'
import type { TemporalClockOptions } from '../temporal-clock.ts'
import { temporalClock } from '../temporal-clock.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the Temporal server of the test run listens; undefined when there is none. */
    temporalServer: string | undefined
    /** The executable of the dev server, for tests that start one of their own; undefined when there is none. */
    devServer: string | undefined
  }
}

/** Settings of an engine; a deaf one is not told of any deadline. */
export type FedTemporalClockOptions = Partial<TemporalClockOptions> & { readonly deaf?: boolean }

/** The clock on Temporal with the projection that feeds it, as one engine. */
export async function fedTemporalClock(
  process: Process,
  { deaf, ...options }: FedTemporalClockOptions = {},
): Promise<ClockEngine> {
  const { desk, databaseUrl } = process
  const temporal = { connection: { address: inject('temporalServer') ?? '' }, namespace: 'default' }
  const clock = await temporalClock({ desk, connectionString: databaseUrl, temporal, pollMs: 50, ...options })
  return fed(clock, process, deaf ? async () => undefined : clock.deadlineSink)
}
