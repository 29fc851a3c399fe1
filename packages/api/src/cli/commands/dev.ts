import { parseStream } from '@guichet/domain'
import type { Configuration } from '../../config/configuration.ts'
import type { Constellation } from '../../development/constellation.ts'
import { Fault } from '../../fault/fault.ts'
import { persistently } from '../../sending/persistently.ts'
import type { AddCommand, Context } from '../context.ts'
import { configurationOf, logger } from '../context.ts'
import type { DevGreeting } from '../dev-greeting.ts'
import { devGreeting } from '../dev-greeting.ts'
import { wholeNumber } from '../options.ts'
import { untilAborted } from '../until-aborted.ts'

type Options = {
  readonly port?: string
  readonly uiPort?: number
  readonly temporalPort?: number
  readonly json?: boolean
}

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
    .action((options: Options) => run(options, context))
}

async function run({ port, uiPort, temporalPort, json }: Options, context: Context): Promise<void> {
  const configuration = configurationOf(context, { PORT: port })
  if (configuration.production) {
    throw new Fault('not_in_production', 'guichet dev is for trying out', {
      next: 'start guichet serve with TEMPORAL_ADDRESS, or unset NODE_ENV',
    })
  }
  const { startConstellation } = await import('../../development/constellation.ts')
  const { terminal } = context
  const log = logger(configuration.logLevel === 'info' ? 'warn' : configuration.logLevel)
  await context.interruption.during(async (signal) => {
    const progress = (line: string): void => terminal.err(line)
    const parts = { port: temporalPort, uiPort, progress, log, signal }
    const constellation = await startConstellation(configuration, parts)
    try {
      const greeting = await greetingOf(constellation, configuration)
      const { dueSoon, serving } = constellation
      if (json) terminal.out(JSON.stringify(greeting))
      else {
        if (serving.sample)
          terminal.out(`The desk was empty: ${serving.sample.tickets} made-up tickets were brought in.`)
        if (dueSoon > 0) terminal.out(`${dueSoon} more were added on which something falls due within the hour.`)
        for (const line of devGreeting(greeting)) terminal.out(line)
      }
      const fault = await Promise.race([untilAborted(signal), constellation.failed])
      if (fault) throw fault
    } finally {
      await constellation.stop()
    }
  })
}

const commandId = 'first-clock'

async function greetingOf(
  { serving, temporal }: Constellation,
  { temporal: given }: Configuration,
): Promise<DevGreeting> {
  const { clockLists, clockOf } = await import('../../development/clock-links.ts')
  const { developmentTokens, ownTicketId } = await import('../../tokens/development-tokens.ts')
  const { now } = await import('../../engine/engine.ts')
  const place = { ui: temporal.ui, namespace: given?.['TEMPORAL_NAMESPACE'] ?? 'default' }
  const lists = clockLists(place, now())
  const [due] = await persistently(() => serving.engine.readModels.deadlines.dueBefore(lists.withinTheHour.until, 1))
  const next = due && { ticketId: parseStream(due.stream).id, dueAt: due.dueAt }
  const ticketId = ownTicketId(commandId)
  return {
    api: serving.address,
    temporal: temporal.variables['TEMPORAL_ADDRESS'] ?? '',
    ui: temporal.ui,
    tokens: await developmentTokens(serving.auth),
    lists,
    until: lists.withinTheHour.until,
    next: next && { ...next, url: clockOf(place, next.ticketId) },
    own: { commandId, ticketId, url: clockOf(place, ticketId) },
  }
}
