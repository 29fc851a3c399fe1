import type { AddCommand } from '../context.ts'
import { wholeNumber } from '../options.ts'
import type { Options } from '../work/bench.ts'

/** `guichet bench`: Guichet beside its peer and the limit of the database. */
export const benchCommand: AddCommand = (program, context) => {
  program
    .command('bench')
    .summary('measure Guichet beside its peer and the limit of the database')
    .description('Measures Guichet, its peer and raw SQL in one run on one embedded Postgres of its own.')
    .argument('[name]', 'one measure; all of them without a name')
    .option('--quick', 'a fraction of the time, for orders of magnitude')
    .option('--clocks <number>', 'how many clocks clock-many starts; 5,000 by default', wholeNumber(1, 1_000_000))
    .option('--json', 'print one line of JSON per figure')
    .addHelpText('after', '\nExamples:\n  guichet bench\n  guichet bench append --quick --json')
    .action(async (name: string | undefined, options: Options) =>
      (await import('../work/bench.ts')).run(name, options, context),
    )
}
