import type { Configuration } from '../../config/configuration.ts'
import type { ReadModels } from '@guichet/projections'
import { persistently } from '../../sending/persistently.ts'
import type { Serving } from '../../serving/serving.ts'
import { developmentTokens } from '../../tokens/development-tokens.ts'
import type { AddCommand, Context } from '../context.ts'
import { configurationOf, logger } from '../context.ts'
import { greeting } from '../greeting.ts'
import type { Terminal } from '../terminal.ts'
import { untilAborted } from '../until-aborted.ts'

type Options = { readonly port?: string; readonly host?: string; readonly json?: boolean }

/** `guichet serve`: database, engine, clocks and API in one process. */
export const serveCommand: AddCommand = (program, context) => {
  program
    .command('serve')
    .summary('start everything: database, engine, clocks and API')
    .description(
      'Starts the embedded Postgres (or uses DATABASE_URL), the engine, its clocks and the API. In development an empty\n' +
        'desk is filled with a small made-up helpdesk, and a token for each role is printed. Ctrl-C ends it gracefully.',
    )
    .option('--port <port>', 'the port of the API (default: PORT, or 4000; 0 for any)')
    .option('--host <host>', 'the address it listens on (default: HOST, or 127.0.0.1)')
    .option('--json', 'print address and tokens as one line of JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  guichet serve\n  guichet serve --port 8080\n  NODE_ENV=production GUICHET_JWT_SECRET=… DATABASE_URL=postgres://… guichet serve',
    )
    .action((options: Options) => run(options, context))
}

async function run({ port, host, json }: Options, context: Context): Promise<void> {
  const { serve } = await import('../../serving/serving.ts')
  const configuration = configurationOf(context, { PORT: port, HOST: host })
  const log = logger(quiet(configuration))
  await context.interruption.during(async (signal) => {
    const serving = await serve(configuration, log, signal)
    try {
      await greet(serving, configuration, { json, terminal: context.terminal })
      await untilAborted(signal)
    } finally {
      await serving.stop()
    }
  })
}

async function greet(
  { address, auth, sample, engine }: Serving,
  { production }: Configuration,
  { json, terminal }: { readonly json: boolean | undefined; readonly terminal: Terminal },
): Promise<void> {
  const tokens = production ? undefined : await developmentTokens(auth)
  if (json) return terminal.out(JSON.stringify({ address, ...(tokens && { tokens }) }))
  if (sample) terminal.out(`The desk was empty: ${sample.tickets} made-up tickets were brought in.`)
  const lines = greeting(address, tokens, tokens && (await persistently(() => anyTicket(engine.readModels))))
  for (const line of lines) terminal.out(line)
}

/** In development the terminal belongs to the greeting: only what goes wrong is logged unless asked otherwise. */
function quiet({ production, logLevel }: Configuration): string {
  return production || logLevel !== 'info' ? logLevel : 'warn'
}

async function anyTicket({ tickets }: ReadModels): Promise<string | undefined> {
  const { rows } = await tickets.list(
    { status: ['closed'] },
    { by: 'openedAt', direction: 'desc' },
    { limit: 1 },
    'all',
  )
  return rows[0]?.row.id
}
