import type { Logger } from 'pino'
import type { Environment } from '../environment/environment.ts'
import { now } from '../engine/engine.ts'
import type { Fault } from '../fault/fault.ts'
import { retryWhileAway } from '../sending/retry-while-away.ts'
import type { Serving } from '../serving/serving.ts'
import { serve } from '../serving/serving.ts'
import { addDueSoon } from './due-soon.ts'
import type { Temporal, TemporalOptions } from './temporal-server.ts'
import { openTemporal } from './temporal-server.ts'

/** Everything that runs on a developer's machine: Temporal, database, engine, worker and API. */
export type Constellation = {
  readonly serving: Serving
  readonly temporal: Temporal
  /** How many made-up tickets were added on which something falls due within the hour. */
  readonly dueSoon: number
  /** Resolves with the reason when a part has ended for good. */
  readonly failed: Promise<Fault>
  /** Ends the API, the worker and the engine, the database, and Temporal last. */
  stop(): Promise<void>
}

/**
 * Starts Temporal and then, with its clocks there, what `serve` starts.
 * @throws Fault as `openTemporal` and `serve` do; the signal's reason.
 */
export async function startConstellation(
  environment: Environment,
  options: TemporalOptions & { readonly log: Logger },
): Promise<Constellation> {
  const { log, signal } = options
  const temporal = await openTemporal(environment, options)
  try {
    const serving = await serve({ ...environment, temporal: temporal.variables }, log, signal)
    const stop = async (): Promise<void> => {
      await serving.stop()
      await temporal.stop()
    }
    try {
      const dueSoon = await retryWhileAway(() => addDueSoon(serving.engine, now(), signal), { signal })
      return { serving, temporal, dueSoon, failed: temporal.failed, stop }
    } catch (error) {
      await serving.stop()
      throw error
    }
  } catch (error) {
    await temporal.stop()
    throw error
  }
}
