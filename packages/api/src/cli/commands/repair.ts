import type { AddCommand } from '../context.ts'
import type { Options } from '../work/repair.ts'

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
    .action(async (options: Options) => (await import('../work/repair.ts')).run(options, context))
}
