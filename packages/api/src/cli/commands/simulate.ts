import type { AddCommand } from '../context.ts'
import { instantOption, wholeNumber } from '../options.ts'
import type { Options } from '../work/simulate.ts'

/** `guichet simulate`: a made-up helpdesk. */
export const simulateCommand: AddCommand = (program, context) => {
  program
    .command('simulate')
    .summary('fill the desk with a made-up helpdesk')
    .description(
      'Makes up a helpdesk at simulated time: customers write by the hour of the day, agents answer on their shifts,\n' +
        'chases and closings fall due. The same options give the same history; a second run adds nothing.',
    )
    .option('--tickets <number>', 'how many tickets', wholeNumber(1, 1_000_000), 500)
    .option('--days <number>', 'over how many days', wholeNumber(1, 3_650), 30)
    .option('--seed <text>', 'what chance begins with', '1')
    .option('--start <instant>', 'when it begins (default: so that it ends at the last full hour)', instantOption)
    .option('--json', 'print the summary as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet simulate --tickets 2000 --days 60 --seed 7\n  guichet simulate --tickets 100 --days 10 --seed demo --start 2026-01-05T00:00:00Z --json',
    )
    .action(async (options: Options) => (await import('../work/simulate.ts')).run(options, context))
}
