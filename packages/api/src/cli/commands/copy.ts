import { configuredDatabase } from '../../engine/configured-database.ts'
import type { AddCommand } from '../context.ts'
import type { Options } from '../work/copy.ts'

/** `guichet copy`: a whole history from one event store into another. */
export const copyCommand: AddCommand = (program, context) => {
  program
    .command('copy')
    .summary('copy the whole history from one event store into another')
    .description(
      'Copies the whole history from one event store into another, then compares\nevery stream. May be broken off and run again: what is there already is found\n' +
        'so. Stop whatever writes to the source before the last run.',
    )
    .option('--from <store>', 'database, postgres://… or esdb://… (default: GUICHET_COPY_FROM, or database)')
    .option('--to <store>', 'the same (default: GUICHET_COPY_TO)')
    .option('--json', 'print the account as one line of JSON')
    .addHelpText(
      'after',
      `\nThe store “${configuredDatabase}” is the embedded Postgres, or that of DATABASE_URL. An address with a\npassword belongs in a variable: others see the command line.\n\nExamples:\n  guichet copy --to "esdb://localhost:2113?tls=false"\n  GUICHET_COPY_TO="$(cat copy-to)" guichet copy --from postgres://localhost/desk --json`,
    )
    .action(async (options: Options) => (await import('../work/copy.ts')).run(options, context))
}
