import type { AddCommand } from '../context.ts'
import type { Options } from '../work/serve.ts'

/** `guichet serve`: database, engine and API, and a worker process for all that follows the history. */
export const serveCommand: AddCommand = (program, context) => {
  program
    .command('serve')
    .summary('start everything: database, engine, clocks and API')
    .description(
      'Starts the embedded Postgres (or uses DATABASE_URL), the engine, the API, and a worker process for read models,\n' +
        'clocks and all else that follows what happens. In development an empty desk is filled with a small made-up helpdesk,\n' +
        'and a token for each role is printed. Ctrl-C ends it gracefully.',
    )
    .option('--port <port>', 'the port of the API (default: PORT, or 4000; 0 for any)')
    .option('--host <host>', 'the address it listens on (default: HOST, or 127.0.0.1)')
    .option('--worker <where>', 'child, in-process, or none (default: GUICHET_WORKER, or child)')
    .option('--json', 'print address and tokens as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet serve\n  guichet serve --port 8080\n  NODE_ENV=production GUICHET_JWT_SECRET=… DATABASE_URL=postgres://… guichet serve',
    )
    .action(async (options: Options) => (await import('../work/serve.ts')).run(options, context))
}
