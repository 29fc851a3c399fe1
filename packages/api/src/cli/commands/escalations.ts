import { Option } from 'commander'
import type { AddCommand } from '../context.ts'
import { wholeNumber } from '../options.ts'
import type { Options } from '../work/escalations.ts'

/** `guichet escalations`: who was called for what. */
export const escalationsCommand: AddCommand = (program, context) => {
  program
    .command('escalations')
    .summary('show who was called to which tickets')
    .description(
      'Shows the latest escalations, newest first: from which level to which team and level, why, who has taken each on, ' +
        'and when somebody is likely to be there where nobody has.',
    )
    .addOption(new Option('--state <state>', 'in this state only').choices(['waiting', 'taken', 'over']))
    .option('--level <level>', 'to this support level only', wholeNumber(1, 3))
    .option('--first <number>', 'how many at the most', wholeNumber(1, 1_000), 50)
    .option('--json', 'print the escalations as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet escalations --state waiting\n  guichet escalations --level 2 --json')
    .action(async (options: Options) => (await import('../work/escalations.ts')).run(options, context))
}
