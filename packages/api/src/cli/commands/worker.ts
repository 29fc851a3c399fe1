import type { AddCommand, Context } from '../context.ts'
import { configurationOf, logger } from '../context.ts'
import { untilAborted } from '../until-aborted.ts'

/** `guichet worker`: clocks, reactions and read models without the API. */
export const workerCommand: AddCommand = (program, context) => {
  program
    .command('worker')
    .summary('run clocks and reactions without the API')
    .description(
      'Lets deadlines take effect and reactions follow, without the API: as many processes as wanted, on as many machines,\n' +
        'beside any number of servers on the same database. Ctrl-C ends it gracefully.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  DATABASE_URL=postgres://… guichet worker\n  DATABASE_URL=postgres://… TEMPORAL_ADDRESS=temporal.example:7233 guichet worker',
    )
    .action(() => run(context))
}

async function run(context: Context): Promise<void> {
  const { startEngine } = await import('../../engine/engine.ts')
  const configuration = configurationOf(context)
  const log = logger(configuration.logLevel)
  await context.interruption.during(async (signal) => {
    const engine = await startEngine(configuration, { serves: false, log })
    try {
      await engine.startClocks()
      const clock = configuration.temporal ? `Temporal at ${configuration.temporal['TEMPORAL_ADDRESS']}` : 'Postgres'
      context.terminal.out(`Guichet works; its clocks run on ${clock}.`)
      await untilAborted(signal)
    } finally {
      await engine.stop()
    }
  })
}
