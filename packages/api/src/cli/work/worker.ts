import type { Context } from '../context.ts'
import { environmentOf } from '../environment-of.ts'
import { logger } from '../logger.ts'
import { untilAborted } from '../until-aborted.ts'
import { startEngine } from '../../engine/engine.ts'
import type { Metrics } from '../../engine/metrics.ts'
import { metricsOf } from '../../engine/metrics.ts'

/** Works until it is interrupted. */
export async function run(context: Context): Promise<void> {
  const environment = environmentOf(context)
  const log = logger(environment, 'info')
  await context.interruption.during(async (signal) => {
    const engine = await startEngine(environment, { serves: false, log, signal })
    let metrics: Metrics | undefined
    try {
      signal.throwIfAborted()
      metrics = await metricsOf(environment, engine)
      await engine.startClocks()
      const clock = environment.temporal ? `Temporal at ${environment.temporal['TEMPORAL_ADDRESS']}` : 'Postgres'
      context.terminal.out(`Guichet works; its clocks run on ${clock}.`)
      await untilAborted(signal)
    } finally {
      await metrics?.stop()
      await engine.stop()
    }
  })
}
