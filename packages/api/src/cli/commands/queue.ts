import type { AddCommand } from '../context.ts'
import { wholeNumber } from '../options.ts'
import type { Options } from '../work/queue.ts'

/** `guichet queue`: the tickets that wait for an agent. */
export const queueCommand: AddCommand = (program, context) => {
  program
    .command('queue')
    .summary('show the tickets that wait for an agent')
    .description(
      'Shows the tickets that wait for an agent, in the order in which they are offered, and how long each is likely to wait:\n' +
        'its place among those of its support level, at the pace of that level in the last hour.',
    )
    .option('--limit <number>', 'how many at the most', wholeNumber(1, 100_000), 50)
    .option('--json', 'print the queue as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet queue\n  guichet queue --limit 10 --json')
    .action(async (options: Options) => (await import('../work/queue.ts')).run(options, context))
}
