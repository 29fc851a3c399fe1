import type { AddCommand } from '../context.ts'
import { instantOption } from '../options.ts'
import type { Options } from '../work/replay.ts'

/** `guichet replay`: the history of one ticket, event by event. */
export const replayCommand: AddCommand = (program, context) => {
  program
    .command('replay')
    .summary('tell the history of a ticket: who, when, what changed and why')
    .description('Tells the history of a ticket event by event: who, when, what changed and why. Times are UTC.')
    .argument('<ticket>', 'the id of the ticket, its number, or the beginning of its id that no other shares')
    .option('--as-of <instant>', 'stop at this instant and show the ticket as it was then', instantOption)
    .option('--json', 'print events and state as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet replay INC0000045\n  guichet replay INC0000045 --as-of 2016-03-01T00:00:00Z --json',
    )
    .action(async (ticket: string, options: Options) =>
      (await import('../work/replay.ts')).run(ticket, options, context),
    )
}
