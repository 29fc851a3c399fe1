import type { AddCommand } from '../context.ts'
import { durationOption, instantOption, instantsOption } from '../options.ts'
import type { Options } from '../work/calendar.ts'

/** `guichet calendar`: what the hours say, before anybody is promised anything by them. */
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
      (await import('../work/calendar.ts')).run(name, options, context),
    )
}
