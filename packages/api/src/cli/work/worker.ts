import type { Context } from '../context.ts'
import { environmentOf } from '../environment-of.ts'
import { logger } from '../logger.ts'
import { untilAborted } from '../until-aborted.ts'
import { startEngine } from '../../engine/engine.ts'

/** Works until it is interrupted. */
export async function run(context: Context): Promise<void> {
  const environment = environmentOf(context)
  const log = logger(environment, 'info')
  await context.interruption.during(async (signal) => {
    const engine = await startEngine(environment, { serves: false, log, signal })
    try {
      signal.throwIfAborted()
      await engine.startClocks()
      const clock = environment.temporal ? `Temporal at ${environment.temporal['TEMPORAL_ADDRESS']}` : 'Postgres'
      context.terminal.out(`Guichet works; its clocks run on ${clock}.`)
      await untilAborted(signal)
    } finally {
      await engine.stop()
    }
  })
}
