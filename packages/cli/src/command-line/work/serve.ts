import type { ReadModels } from '@guichet/projections'
import { startEngine } from '../../engine/engine.ts'
import type { Metrics } from '../../engine/metrics.ts'
import { metricsOf } from '../../engine/metrics.ts'
import type { Environment } from '../../environment/environment.ts'
import { retryWhileAway } from '@guichet/eventstore'
import type { Serving } from '../../serving/serving.ts'
import { serve } from '../../serving/serving.ts'
import { developmentTokens } from '../../tokens/issue-token.ts'
import type { Context } from '../context.ts'
import { environmentOf, logger } from '../context.ts'
import { greeting } from '../greeting.ts'
import { untilAborted } from '../interruption.ts'
import type { ModulesOption } from '../options.ts'
import { modulesVariable } from '../options.ts'
import type { Terminal } from '../terminal.ts'

/** The options of the command. */
export type ServeOptions = ModulesOption & {
  readonly port?: string
  readonly host?: string
  readonly worker?: string
  readonly json?: boolean
}

/** Serves until interrupted; prints the address first. */
export async function runServe(options: ServeOptions, context: Context): Promise<void> {
  const { port, host, worker, json } = options
  const modules = modulesVariable(options)
  const settings = environmentOf(context, { PORT: port, HOST: host, GUICHET_WORKER: worker, ...modules })
  const environment = { ...settings, worker: settings.worker ?? 'child' }
  const log = logger(environment, environment.production ? 'info' : 'warn')
  await context.interruption.during(async (signal) => {
    const serving = await serve(environment, log, signal, { ...context.variables, ...modules })
    try {
      await greet(serving, environment, { json, terminal: context.terminal })
      await untilAborted(signal)
    } finally {
      await serving.stop()
    }
  })
}

async function greet(
  { address, auth, sample, engine }: Serving,
  { production }: Environment,
  { json, terminal }: { readonly json: boolean | undefined; readonly terminal: Terminal },
): Promise<void> {
  const tokens = production ? undefined : await developmentTokens(auth)
  if (json) return terminal.out(JSON.stringify({ address, ...(tokens && { tokens }) }))
  if (sample) terminal.out(`The desk was empty: ${sample.tickets} made-up tickets were brought in.`)
  const lines = greeting(address, tokens, tokens && (await retryWhileAway(() => anyTicket(engine.readModels))))
  for (const line of lines) terminal.out(line)
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

/** Works until interrupted. */
export async function runWorker(options: ModulesOption, context: Context): Promise<void> {
  const environment = environmentOf(context, modulesVariable(options))
  const log = logger(environment, 'info')
  await context.interruption.during(async (signal) => {
    const engine = await startEngine(environment, { serves: false, sharesPresence: true, log, signal })
    let metrics: Metrics | undefined
    try {
      signal.throwIfAborted()
      metrics = await metricsOf(environment, engine)
      await engine.startClocks()
      const clock = environment.temporal ? `Temporal at ${environment.temporal['TEMPORAL_ADDRESS']}` : 'Postgres'
      context.terminal.out(`Guichet works; its clocks run on ${clock}.`)
      await untilAborted(signal)
    } finally {
      await metrics?.stop()
      await engine.stop()
    }
  })
}
