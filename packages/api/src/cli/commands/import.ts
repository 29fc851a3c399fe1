import type { AddCommand } from '../context.ts'
import type { Options } from '../work/import.ts'

/** `guichet import`: the log of a former helpdesk becomes history. */
export const importCommand: AddCommand = (program, context) => {
  program
    .command('import')
    .summary('make the log of a former helpdesk the history of tickets')
    .description(
      'Makes the log of a former helpdesk the history of tickets, at its own times. The whole file is checked before\n' +
        'anything is stored. May be broken off and run again: what is there already is found unchanged.',
    )
    .argument('<file>', 'a .csv, .ndjson, .jsonl, .json or .mbox file, plain or .gz')
    .requiredOption(
      '--mapping <name|file.json>',
      'how to read it: servicenow, zendesk, zammad, freshdesk, discourse, mbox, or a mapping of your own',
    )
    .option('--rejects <file>', 'where to write the rows that were refused, as CSV (default: in the data folder)')
    .option('--dry-run', 'store nothing; say what an import into an empty desk would do')
    .option('--strict', 'refuse rows in which something would be put right')
    .option('--json', 'print the account as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet import incidents.csv.gz --mapping servicenow\n  guichet import old-desk.ndjson --mapping old-desk.json --rejects rejects.csv --json\n\nMappings are explained in docs/reference/mapping.md.',
    )
    .action(async (file: string, options: Options) => (await import('../work/import.ts')).run(file, options, context))
}
