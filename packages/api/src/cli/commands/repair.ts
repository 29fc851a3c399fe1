import type { AddCommand, Context } from '../context.ts'
import { configurationOf, logger } from '../context.ts'

type Options = { readonly json?: boolean }

/** `guichet repair`: makes a restored dump of the database usable. */
export const repairCommand: AddCommand = (program, context) => {
  program
    .command('repair')
    .summary('make a restored dump of the database usable')
    .description(
      'After a dump was restored into another database server its events may have been\nwritten later than this server knows of, and nothing starts on them. This makes\n' +
        'the server count on from there: history and read models stay as they are. Stop\neverything that uses the database first. Without such a fault it changes nothing.',
    )
    .option('--json', 'print whether something was repaired as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet repair\n  DATABASE_URL=postgres://… guichet repair')
    .action((options: Options) => run(options, context))
}

async function run({ json }: Options, context: Context): Promise<void> {
  const { repairStore } = await import('../../engine/repair-store.ts')
  const repaired = await repairStore(configurationOf(context), logger('error'))
  const told = repaired ? 'The events are readable; everything may be started.' : 'There was nothing to repair.'
  context.terminal.out(json ? JSON.stringify({ repaired }) : told)
}
