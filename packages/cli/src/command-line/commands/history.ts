import { configuredDatabase } from '../../engine/configured-database.ts'
import type { AddCommand } from '../context.ts'
import { actingBy, importName, instantOption } from '../options.ts'
import type { CopyOptions } from '../work/copy.ts'
import type { AbandonOptions, ImportOptions as Options, ImportsOutput as Output, UndoOptions } from '../work/import.ts'
import type { RepairOptions } from '../work/projections.ts'
import type { ReplayOptions } from '../work/replay.ts'

/** `guichet import`: imports the logs of a former helpdesk; `guichet import undo` reverts an import. */
export const importCommand: AddCommand = (program, context) => {
  const command = program
    .command('import')
    .summary('import the log of a former helpdesk as tickets')
    .description(
      'Makes the log of a former helpdesk the history of tickets, at its own times. The whole file is checked before\n' +
        'anything is stored. May be broken off and run again: what is there already is found unchanged.\n' +
        'Several files are imported as one: by case, in the order of their times.',
    )
    .argument('<file...>', '.csv, .ndjson, .jsonl, .json or .mbox files, plain or .gz')
    .option(
      '--mapping <name|file.json>',
      'how to read it: servicenow, zendesk, zammad, freshdesk, discourse, mbox, or a mapping of your own; one for all files, or one for each in their order',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option(
      '--name <name>',
      'the name of the import, to resume it and to undo it (default: a hash of its content)',
      importName,
    )
    .addOption(actingBy())
    .option('--keep-open', 'do not complete the import: more is to come, and the clocks of its tickets stand still')
    .option('--rejects <file>', 'where to write the rows that were refused, as CSV (default: in the data folder)')
    .option('--dry-run', 'store nothing; say what an import into an empty desk would do, and show the first tickets')
    .option('--strict', 'refuse rows in which something would be put right')
    .option('--json', 'print the account as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet import incidents.csv.gz --mapping servicenow\n  guichet import tickets.csv comments.csv --mapping tickets.json --mapping comments.json --name old-desk\n  guichet import undo old-desk\n\nMappings are explained in docs/reference/mapping.md.',
    )
    .action(async (files: readonly string[], options: Partial<Options> & Pick<Options, 'by'>) => {
      const { mapping } = options
      if (!mapping) {
        return command.error("error: required option '--mapping <name|file.json>' not specified", {
          code: 'commander.missingMandatoryOptionValue',
        })
      }
      await (await import('../work/import.ts')).runImport(files, { ...options, mapping }, context)
    })
  command
    .command('undo')
    .description(
      'Takes an import back whole: its tickets are gone, and a corrected import can be run under the same name. Refused once somebody has worked on one of them. May be broken off and run again.',
    )
    .argument('<name>', 'the name or the id of the import; guichet imports status lists them')
    .addOption(actingBy())
    .option('--json', 'print what was taken back as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet import undo old-desk')
    .action(async (name: string, options: UndoOptions) =>
      (await import('../work/import.ts')).undo(name, options, context),
    )
}

/** `guichet imports status` and `guichet imports abandon`. */
export const importsCommand: AddCommand = (program, context) => {
  const imports = program.command('imports').summary('manage imports').description('Manages imports that were begun.')
  imports
    .command('status')
    .description(
      'Shows the latest hundred imports and, however old, those that are not complete, newest first. While one is running, or was broken off, the clocks of its tickets stand still.',
    )
    .option('--json', 'print the imports as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet imports status')
    .action(async (options: Output) => (await import('../work/import.ts')).status(options, context))
  imports
    .command('abandon')
    .description(
      'Ends an import that nobody will complete: what has come in stays, and the clocks of its tickets go on.',
    )
    .argument('<import>', 'the id of the import')
    .addOption(actingBy())
    .option('--json', 'print the imports afterwards as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet imports abandon 5c3b664ea1478bf71531cd79')
    .action(async (importId: string, options: AbandonOptions) =>
      (await import('../work/import.ts')).abandon(importId, options, context),
    )
}

/** `guichet copy`: copies a whole history from one event store into another. */
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
    .action(async (options: CopyOptions) => (await import('../work/copy.ts')).runCopy(options, context))
}

/** `guichet repair`: makes a restored database dump usable. */
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
    .action(async (options: RepairOptions) => (await import('../work/projections.ts')).runRepair(options, context))
}

/** `guichet replay`: the history of one ticket or chat, or of a customer's drafts, event by event. */
export const replayCommand: AddCommand = (program, context) => {
  program
    .command('replay')
    .summary('show the history of a ticket or a chat: who, when, what changed and why')
    .description(
      'Shows the history of a ticket or a chat event by event, or of what the desk suspected of a customer: who, when, what changed and why. Times are UTC.',
    )
    .argument(
      '<ticket>',
      'the id of the ticket, its number, or the beginning of its id that no other shares; chat- and the id of a chat; or draft- and the id of a customer',
    )
    .option('--as-of <instant>', 'stop at this instant and show it as it was then', instantOption)
    .option('--json', 'print events and state as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet replay INC0000045\n  guichet replay INC0000045 --as-of 2016-03-01T00:00:00Z --json\n  guichet replay chat-8f160ba3-5f2c-4c6b-9d1e-1a2b3c4d5e6f',
    )
    .action(async (ticket: string, options: ReplayOptions) =>
      (await import('../work/replay.ts')).runReplay(ticket, options, context),
    )
}
