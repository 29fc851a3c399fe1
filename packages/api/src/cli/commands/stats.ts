import type { AddCommand } from '../context.ts'
import { firstDay, lastDay } from '../options.ts'
import type { Options } from '../work/stats.ts'

/** `guichet stats`: the counters, the response times, the support levels and the daily report. */
export const statsCommand: AddCommand = (program, context) => {
  program
    .command('stats')
    .summary('show counters, response times and support levels')
    .description(
      'Shows the counters of all tickets, and for a period the response times, how the\nsupport levels did, and the daily report.',
    )
    .addOption(firstDay())
    .addOption(lastDay())
    .option('--json', 'print everything as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet stats\n  guichet stats --from 2016-03-01 --to 2016-03-31 --json')
    .action(async (options: Options) => (await import('../work/stats.ts')).run(options, context))
}
