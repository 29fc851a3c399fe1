import type { AddCommand } from '../context.ts'
import { actingBy, durationOption, instantOption, instantsOption, languageOption, wholeNumber } from '../options.ts'
import type { CalendarOptions as Options } from '../work/calendar.ts'
import type { EvaluateOptions, Output } from '../work/classify.ts'
import type {
  ApplyOptions as Apply,
  CheckOptions as Check,
  DiffOptions as Diff,
  ExportOptions as Export,
  HistoryOptions as History,
} from '../work/config.ts'
import type { LanguagesOptions } from '../work/languages.ts'

const version = wholeNumber(0, 1_000_000)

/** `guichet config apply`, `diff`, `export`, `check` and `history`. */
export const configCommand: AddCommand = (program, context) => {
  const config = program
    .command('config')
    .summary('show, check and change the configuration of the desk')
    .description(
      'Looks at, checks and changes what the desk is run by: hours, centres, SLA\npolicies, categories, plans, teams, routing, levels, incidents, classification,\nthresholds and templates, as one YAML file.',
    )
  config
    .command('apply')
    .summary('make a file the next version')
    .description(
      'Makes a file the next version of the configuration, which every process of\nthe desk follows within a second. Applying the same file again changes nothing.',
    )
    .argument('<file>', 'the configuration, in YAML')
    .option('--effective-from <instant>', 'when it comes into force (default: at once)', instantOption)
    .option('--retroactive', 'lets that instant have passed: for history that is yet to be imported')
    .option('--comment <text>', 'why, for the history')
    .addOption(actingBy())
    .option('--dry-run', 'only say what would change')
    .option('--expect <version>', 'refuse unless this version was applied last; 0 for none', version)
    .option('--json', 'print the outcome as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet config apply desk.yaml --dry-run\n  guichet config apply desk.yaml --expect 3 --by camille --comment "Longer hours in December"\n  guichet config apply desk.yaml --effective-from 2026-12-01T00:00:00+01:00',
    )
    .action(async (file: string, options: Apply) =>
      (await import('../work/config.ts')).runApply(file, options, context),
    )
  config
    .command('diff')
    .summary('show what a file would change, or a version has changed')
    .description('Shows what differs between the configuration in force and a file, or between two versions.')
    .argument('[file]', 'the configuration, in YAML')
    .option('--version <version>', 'compare with this version; 0 is the default one', version)
    .option('--to <version>', 'this version instead of a file', version)
    .option('--json', 'print the differences as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet config diff desk.yaml\n  guichet config diff desk.yaml --version 2\n  guichet config diff --version 2 --to 3',
    )
    .action(async (file: string | undefined, options: Diff) =>
      (await import('../work/config.ts')).runDiff(file, options, context),
    )
  config
    .command('export')
    .summary('write a version as a file')
    .description(
      'Writes the configuration in force as a YAML file, which can be changed and\napplied; the default one where nobody has applied any.',
    )
    .option('--version <version>', 'this version; 0 is the default one', version)
    .option('--at <instant>', 'the version that is, was or will be in force then', instantOption)
    .option('--output <file>', 'write to this new file (default: standard output)')
    .option('--force', 'replace the file of --output if it is there')
    .option('--json', 'as one line of JSON, with the version it is, instead of YAML')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet config export --output desk.yaml\n  guichet config export --version 2',
    )
    .action(async (options: Export) => (await import('../work/config.ts')).runExport(options, context))
  config
    .command('check')
    .summary('check a file')
    .description('Lists the faults of a file, by line; needs no database.')
    .argument('<file>', 'the configuration, in YAML')
    .option('--json', 'print what it holds as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet config check desk.yaml')
    .action(async (file: string, options: Check) =>
      (await import('../work/config.ts')).runCheck(file, options, context),
    )
  config
    .command('history')
    .summary('list the versions')
    .description('Lists the versions: when each was applied, by whom and why, and whether it is in force.')
    .option('--json', 'print them as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet config history')
    .action(async (options: History) => (await import('../work/config.ts')).runHistory(options, context))
}

/** `guichet calendar`: the business hours of calendars, to check them before SLA targets use them. */
export const calendarCommand: AddCommand = (program, context) => {
  program
    .command('calendar')
    .summary('ask a calendar whether it is open, and when time is over')
    .description(
      'Says whether a calendar is open, when it closes and opens next, which holidays\nare ahead, and how business time passes on it. Without a name: of every one.',
    )
    .argument('[name]', 'a calendar of the configuration')
    .option('--at <instant>', 'ask of this instant (default: now)', instantOption)
    .option('--add <duration>', 'when so much business time has passed since then, such as 4h', durationOption)
    .option('--between <instants...>', 'the business time between two instants', instantsOption)
    .option('--file <file>', 'ask a configuration file (default: the configuration in force at that instant)')
    .option('--json', 'print everything as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet calendar\n  guichet calendar office --at 2026-12-24T10:00:00+01:00 --add 4h\n  guichet calendar office --file desk.yaml --between 2026-12-24T09:00:00Z 2026-12-28T09:00:00Z',
    )
    .action(async (name: string | undefined, options: Options) =>
      (await import('../work/calendar.ts')).runCalendar(name, options, context),
    )
}

/** `guichet languages`: the languages of what customers read. */
export const languagesCommand: AddCommand = (program, context) => {
  program
    .command('languages')
    .summary('show the languages of what customers read')
    .description(
      'Shows the languages in which customers read the desk, and how much of it each\nhas: notices and letters, chats, drafts of tickets, and the chat widget; in\nFrench and English the pages of agents and authors, too. With a code: what that\nlanguage lacks, by key with the English text, and the plural categories that it\nneeds. Needs no database.',
    )
    .argument('[code]', 'a language tag, such as it or pt-BR', languageOption)
    .option('--json', 'print everything as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet languages\n  guichet languages it\n  guichet languages pl --json')
    .action(async (code: string | undefined, options: LanguagesOptions) =>
      (await import('../work/languages.ts')).runLanguages(code, options, context),
    )
}

/** `guichet classify evaluate`, `guichet classify train` and `guichet classify explain`. */
export const classifyCommand: AddCommand = (program, context) => {
  const classify = program
    .command('classify')
    .summary('manage the classification of tickets')
    .description('Manages the classification of tickets.')
  classify
    .command('evaluate')
    .description(
      'Lets a model learn from one file and asks it about another: how many answers are right, and what it confuses.\n' +
        'Both files have the columns text and category. Nothing is stored.',
    )
    .requiredOption('--train <file>', 'what to learn from: .csv, .ndjson or .jsonl, plain or .gz')
    .requiredOption('--test <file>', 'what to be asked about')
    .option('--json', 'print the figures as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet classify evaluate --train train.csv --test test.csv --json')
    .action(async (options: EvaluateOptions) => (await import('../work/classify.ts')).evaluate(options, context))
  classify
    .command('train')
    .description(
      'Lets the desk learn now from the categories that people have given its tickets, which it does by itself from time\n' +
        'to time, and shows how right it would have been.',
    )
    .option('--json', 'print the figures as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet classify train')
    .action(async (options: Output) => (await import('../work/classify.ts')).trainNow(options, context))
  classify
    .command('explain')
    .description('Classifies a text as that of a new ticket, with the confidence and the reasons.')
    .argument('<text>', 'the text of a ticket')
    .option('--json', 'print the classification as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet classify explain "I cannot log in any more"')
    .action(async (text: string, options: Output) =>
      (await import('../work/classify.ts')).explain(text, options, context),
    )
}
