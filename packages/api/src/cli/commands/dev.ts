import type { AddCommand } from '../context.ts'
import { wholeNumber } from '../options.ts'
import type { Options } from '../work/dev.ts'

/** `guichet dev`: what `serve` starts, with its clocks on a Temporal server that it brings along. */
export const devCommand: AddCommand = (program, context) => {
  const port = wholeNumber(0, 65_535)
  program
    .command('dev')
    .summary('start everything with a Temporal server and its UI, to try out')
    .description(
      'Starts what serve starts, with the clocks on a Temporal server of its own, and shows where its UI answers which\n' +
        'question. The server is the one on the PATH or in the cache; where there is none it is downloaded or built first.\n' +
        'With TEMPORAL_ADDRESS that server is used. Ctrl-C ends everything; tickets and clocks are kept in the data folder.',
    )
    .option('--port <port>', 'the port of the API (default: PORT, or 4000; 0 for any)')
    .option('--temporal-port <port>', 'the port of Temporal (default: 7233, or a free one; 0 for any)', port)
    .option('--ui-port <port>', 'the port of its UI (default: 8233, or a free one; 0 for any)', port)
    .option('--json', 'print addresses, tokens and links as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet dev\n  guichet dev --port 8080 --ui-port 0 --json')
    .action(async (options: Options) => (await import('../work/dev.ts')).run(options, context))
}
