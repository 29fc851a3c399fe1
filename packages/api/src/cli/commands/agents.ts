import type { AddCommand } from '../context.ts'
import { firstDay, lastDay } from '../options.ts'
import type { Options } from '../work/agents.ts'

/** `guichet agents`: who works at the desk, and what takes their places. */
export const agentsCommand: AddCommand = (program, context) => {
  program
    .command('agents')
    .summary('show who tickets are offered to')
    .description(
      'Shows the agents with what they are doing, since when, and how many of their places are taken;\n' +
        'then what waits for each support level, if anything does.',
    )
    .option('--retired', 'those who have retired too')
    .option('--times', 'how long each was in which availability instead, in a period')
    .addOption(firstDay())
    .addOption(lastDay())
    .option('--json', 'print the agents as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet agents\n  guichet agents --json\n  guichet agents --times --from 2026-03-01 --to 2026-03-31',
    )
    .action(async (options: Options) => (await import('../work/agents.ts')).run(options, context))
}
