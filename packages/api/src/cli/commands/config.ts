import type { AddCommand } from '../context.ts'
import { instantOption, wholeNumber } from '../options.ts'
import type { Options as Apply } from '../work/config/apply.ts'
import type { Options as Check } from '../work/config/check.ts'
import type { Options as Diff } from '../work/config/diff.ts'
import type { Options as Export } from '../work/config/export.ts'
import type { Options as History } from '../work/config/history.ts'

const version = wholeNumber(0, 1_000_000)

/** `guichet config apply`, `diff`, `export`, `check` and `history`. */
export const configCommand: AddCommand = (program, context) => {
  const config = program
    .command('config')
    .summary('look at, check and change what the desk is run by')
    .description(
      'Looks at, checks and changes what the desk is run by: hours, centres, SLA\npolicies, categories, plans, teams, routing, levels, incidents, classification,\nthresholds and templates, as one YAML file.',
    )
  config
    .command('apply')
    .summary('make a file the next version')
    .description(
      'Makes a file the next version of the configuration, which every process of\nthe desk heeds within a second. What is the same already changes nothing.',
    )
    .argument('<file>', 'the configuration, in YAML')
    .option('--effective-from <instant>', 'when it comes into force (default: at once)', instantOption)
    .option('--retroactive', 'lets that instant have passed: for history that is yet to be imported')
    .option('--comment <text>', 'why, for the history')
    .option('--dry-run', 'only say what would change')
    .option('--expect <version>', 'refuse unless this version was applied last; 0 for none', version)
    .option('--json', 'print the outcome as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet config apply desk.yaml --dry-run\n  guichet config apply desk.yaml --expect 3 --comment "Longer hours in December"\n  guichet config apply desk.yaml --effective-from 2026-12-01T00:00:00+01:00',
    )
    .action(async (file: string, options: Apply) =>
      (await import('../work/config/apply.ts')).run(file, options, context),
    )
  config
    .command('diff')
    .summary('show what a file would change')
    .description('Shows what differs between the configuration in force and a file.')
    .argument('<file>', 'the configuration, in YAML')
    .option('--version <version>', 'compare with this version; 0 is the default one', version)
    .option('--json', 'print the differences as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet config diff desk.yaml\n  guichet config diff desk.yaml --version 2')
    .action(async (file: string, options: Diff) => (await import('../work/config/diff.ts')).run(file, options, context))
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
    .action(async (options: Export) => (await import('../work/config/export.ts')).run(options, context))
  config
    .command('check')
    .summary('say what is wrong with a file')
    .description('Says what is wrong with a file, by line; needs no database.')
    .argument('<file>', 'the configuration, in YAML')
    .option('--json', 'print what it holds as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet config check desk.yaml')
    .action(async (file: string, options: Check) =>
      (await import('../work/config/check.ts')).run(file, options, context),
    )
  config
    .command('history')
    .summary('list the versions')
    .description('Lists the versions: when each was applied, by whom and why, and whether it is in force.')
    .option('--json', 'print them as one line of JSON')
    .addHelpText('after', '\nExample:\n  guichet config history')
    .action(async (options: History) => (await import('../work/config/history.ts')).run(options, context))
}
