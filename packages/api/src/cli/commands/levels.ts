import type { AddCommand } from '../context.ts'
import { firstDay, lastDay } from '../options.ts'
import type { Options } from '../work/levels.ts'

/** `guichet levels`: how the support levels do. */
export const levelsCommand: AddCommand = (program, context) => {
  program
    .command('levels')
    .summary('show how the support levels do')
    .description(
      'Shows how each support level has done with the tickets that came to it in a period: how soon it answered, what it solved, ' +
        'handed up and handed down. What misses its aim has it beside it.',
    )
    .addOption(firstDay())
    .addOption(lastDay())
    .option('--json', 'print the figures as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet levels\n  guichet levels --from 2026-03-01 --to 2026-03-31 --json')
    .action(async (options: Options) => (await import('../work/levels.ts')).run(options, context))
}
