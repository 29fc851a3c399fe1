import { InvalidArgumentError } from 'commander'
import type { AddCommand } from '../context.ts'
import type { Options, UndoOptions } from '../work/import.ts'

/** `guichet import`: logs of a former helpdesk become history; `guichet import undo` takes that back. */
export const importCommand: AddCommand = (program, context) => {
  const command = program
    .command('import')
    .summary('make the log of a former helpdesk the history of tickets')
    .description(
      'Makes the log of a former helpdesk the history of tickets, at its own times. The whole file is checked before\n' +
        'anything is stored. May be broken off and run again: what is there already is found unchanged.\n' +
        'Several files are told as one: by case, in the order of their times.',
    )
    .argument('<file...>', '.csv, .ndjson, .jsonl, .json or .mbox files, plain or .gz')
    .option(
      '--mapping <name|file.json>',
      'how to read it: servicenow, zendesk, zammad, freshdesk, discourse, mbox, or a mapping of your own; one for all files, or one for each in their order',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option(
      '--name <name>',
      'what the import is called, to go on with it and to take it back (default: made of what is in it)',
      nameOption,
    )
    .option('--keep-open', 'do not complete the import: more is to come, and the clocks of its tickets stand still')
    .option('--rejects <file>', 'where to write the rows that were refused, as CSV (default: in the data folder)')
    .option('--dry-run', 'store nothing; say what an import into an empty desk would do, and show the first tickets')
    .option('--strict', 'refuse rows in which something would be put right')
    .option('--json', 'print the account as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet import incidents.csv.gz --mapping servicenow\n  guichet import tickets.csv comments.csv --mapping tickets.json --mapping comments.json --name old-desk\n  guichet import undo old-desk\n\nMappings are explained in docs/reference/mapping.md.',
    )
    .action(async (files: readonly string[], options: Partial<Options>) => {
      const { mapping } = options
      if (!mapping) {
        return command.error("error: required option '--mapping <name|file.json>' not specified", {
          code: 'commander.missingMandatoryOptionValue',
        })
      }
      await (await import('../work/import.ts')).run(files, { ...options, mapping }, context)
    })
  command
    .command('undo')
    .description(
      'Takes an import back whole: its tickets are gone, and a corrected import can be run under the same name. Refused once somebody has worked on one of them. May be broken off and run again.',
    )
    .argument('<name>', 'the name or the id of the import; guichet imports status lists them')
    .option('--json', 'print what was taken back as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet import undo old-desk')
    .action(async (name: string, options: UndoOptions) =>
      (await import('../work/import.ts')).undo(name, options, context),
    )
}

function nameOption(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(text)) return text
  throw new InvalidArgumentError('must be up to 80 letters, digits and . _ - and begin with a letter or a digit')
}
