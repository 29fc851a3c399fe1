import type { AddCommand } from '../context.ts'

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
    .action(async () => (await import('../work/worker.ts')).run(context))
}
