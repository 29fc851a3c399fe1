import type { Context } from '../context.ts'
import { configurationOf } from '../configuration-of.ts'
import { logger } from '../logger.ts'
import { untilAborted } from '../until-aborted.ts'
import { startEngine } from '../../engine/engine.ts'

/** Works until it is interrupted. */
export async function run(context: Context): Promise<void> {
  const configuration = configurationOf(context)
  const log = logger(configuration, 'info')
  await context.interruption.during(async (signal) => {
    const engine = await startEngine(configuration, { serves: false, log, signal })
    try {
      signal.throwIfAborted()
      await engine.startClocks()
      const clock = configuration.temporal ? `Temporal at ${configuration.temporal['TEMPORAL_ADDRESS']}` : 'Postgres'
      context.terminal.out(`Guichet works; its clocks run on ${clock}.`)
      await untilAborted(signal)
    } finally {
      await engine.stop()
    }
  })
}
