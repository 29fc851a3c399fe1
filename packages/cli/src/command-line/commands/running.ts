import { Option } from 'commander'
import type { AddCommand } from '../context.ts'
import type { ModulesOption } from '../options.ts'
import { decimal, instantOption, wholeNumber, ownModules } from '../options.ts'
import type { DevOptions } from '../work/dev.ts'
import type { ServeOptions as Options } from '../work/serve.ts'
import type { SimulateOptions } from '../work/simulate.ts'

/** `guichet serve`: database, engine and API, and a worker process for the consumers of the history. */
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
    .addOption(ownModules())
    .option('--json', 'print address and tokens as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet serve\n  guichet serve --port 8080\n  guichet serve --with ./callbacks.js\n  NODE_ENV=production GUICHET_JWT_SECRET=… DATABASE_URL=postgres://… guichet serve',
    )
    .action(async (options: Options) => (await import('../work/serve.ts')).runServe(options, context))
}

/** `guichet dev`: the same as `serve`, with the clocks on a Temporal server that it starts. */
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
    .addOption(ownModules())
    .option('--json', 'print addresses, tokens and links as one line of JSON')
    .addHelpText('after', '\nExamples:\n  guichet dev\n  guichet dev --port 8080 --ui-port 0 --json')
    .action(async (options: DevOptions) => (await import('../work/dev.ts')).runDev(options, context))
}

/** `guichet worker`: clocks, reactions and read models without the API. */
export const workerCommand: AddCommand = (program, context) => {
  program
    .command('worker')
    .summary('run clocks and reactions without the API')
    .description(
      'Lets deadlines take effect and reactions follow, without the API: as many processes as wanted, on as many machines,\n' +
        'beside any number of servers on the same database. Ctrl-C ends it gracefully.',
    )
    .addOption(ownModules())
    .addHelpText(
      'after',
      '\nExamples:\n  DATABASE_URL=postgres://… guichet worker\n  DATABASE_URL=postgres://… TEMPORAL_ADDRESS=temporal.example:7233 guichet worker',
    )
    .action(async (options: ModulesOption) => (await import('../work/serve.ts')).runWorker(options, context))
}

/** `guichet simulate`: a simulated helpdesk. */
export const simulateCommand: AddCommand = (program, context) => {
  program
    .command('simulate')
    .summary('make up a helpdesk, or the activities of its customers')
    .description(
      'Makes up a helpdesk at simulated time: customers write by the hour of the day, agents answer on their shifts,\n' +
        'chases and closings fall due. The same options give the same history; a second run adds nothing.\n' +
        'With --chats the helpdesk has live chats instead: a queue, agents with three places who decline, miss and hand over,\n' +
        'visitors who give up, fall silent, rate and come back. Its summary has the figures of the read models.\n' +
        'With --activities nothing is stored, also in production: customers meet failures by chance, causes of trouble are\n' +
        'injected, half of them hard to tell from chance, and the rules suspect what they can after a week of learning. Its\n' +
        'summary says how often healthy customers get a draft, and the precision and the recall of each rule.',
    )
    .option('--tickets <number>', 'how many tickets', wholeNumber(1, 1_000_000), 500)
    .addOption(
      new Option('--chats <number>', 'how many visits of live chats, instead of tickets')
        .argParser(wholeNumber(1, 100_000))
        .conflicts('tickets'),
    )
    .addOption(
      new Option('--activities', 'activities of customers, instead of tickets').conflicts(['tickets', 'chats']),
    )
    .option('--customers <number>', 'with --activities: how many customers (default: 2000)', wholeNumber(1, 50_000))
    .option(
      '--failures <number>',
      'with --activities: how many a customer meets a day by chance (default: 0.3)',
      decimal(0, 100),
    )
    .option('--causes <number>', 'with --activities: how many causes of trouble (default: 100)', wholeNumber(0, 10_000))
    .option(
      '--page-views <share>',
      'with --activities: the share of the customers, from 0 to 1, who report page views, one a day each (default: 1)',
      decimal(0, 1),
    )
    .option('--configuration <file>', 'with --activities: a configuration, by whose settings trouble is suspected')
    .option('--days <number>', 'over how many days (default: 30; of activities 7)', wholeNumber(1, 3_650))
    .option('--seed <text>', 'what chance begins with', '1')
    .option(
      '--start <instant>',
      'when it begins (default: so that it ends at the last full hour; of activities 2026-01-05)',
      instantOption,
    )
    .option('--json', 'print the summary as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet simulate --tickets 2000 --days 60 --seed 7\n  guichet simulate --chats 2000 --days 7 --json\n  guichet simulate --activities --customers 2000 --seed 7\n  guichet simulate --activities --configuration desk.yaml --json\n  guichet simulate --tickets 100 --days 10 --seed demo --start 2026-01-05T00:00:00Z --json',
    )
    .action(async (options: SimulateOptions) => (await import('../work/simulate.ts')).runSimulate(options, context))
}
