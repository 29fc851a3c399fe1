import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Desk, ImportEvent, Instant, StreamName } from '@guichet/domain'
import { days, later, parseStream, simulationActor } from '@guichet/domain'
import type { AuthConfig } from '@guichet/api/auth'
import { mailCheck, sendsEmail } from '../engine/adapters.ts'
import type { Engine } from '../engine/engine.ts'
import { now, startEngine } from '../engine/engine.ts'
import type { Metrics } from '../engine/metrics.ts'
import { metricsOf, parkedEventsOf } from '../engine/metrics.ts'
import { caughtUp } from '../engine/watch-database.ts'
import type { Environment } from '../environment/environment.ts'
import { authConfig, visitorAuth } from '../environment/environment.ts'
import { readOperations } from '../environment/operations.ts'
import { CommandFault } from '../fault.ts'
import { Fault } from '@guichet/desk'
import { retryWhileAway } from '@guichet/eventstore'
import type { ServerDependencies } from '@guichet/api'
import { createServer } from '@guichet/api'
import { lastKnown } from '@guichet/api/operation'
import type { SimulationPlan } from '../simulate/case.ts'
import { fullHour, simulationId } from '../simulate/case.ts'
import type { SimulationSummary } from '../simulate/simulate.ts'
import { simulate } from '../simulate/simulate.ts'
import { developmentTokens } from '../tokens/issue-token.ts'
import type { WorkerProcess } from './worker-process.ts'
import { startWorkerProcess } from './worker-process.ts'

/** A running Guichet: engine, clocks and API. */
export type Serving = {
  readonly engine: Engine
  readonly auth: AuthConfig
  /** The address of the API, such as `http://127.0.0.1:4000`. */
  readonly address: string
  /** The URL of its metrics, such as `http://127.0.0.1:9465/metrics`; undefined where they are off. */
  readonly metrics: string | undefined
  /** The process that runs the consumers of the history; undefined if it is this one, or not this server's. */
  readonly worker: WorkerProcess | undefined
  /** The simulated helpdesk with which an empty store was filled, in development. */
  readonly sample: SimulationSummary | undefined
  /** Ends streams, then running requests, then the engine. */
  stop(): Promise<void>
}

/**
 * Starts the engine and the API. The consumers of the history run in this process unless the environment asks for a
 * worker process; then `variables` are its environment. In development an empty store is first filled with a small
 * simulated helpdesk.
 * @throws Fault when something is missing: a variable, a database or a port; the signal's reason when it aborts the
 * start.
 */
export async function serve(
  environment: Environment,
  log: Logger,
  signal?: AbortSignal,
  variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Serving> {
  const { worker: place = 'in-process' } = environment
  const auth = await authConfig(environment)
  const allowedOperations =
    environment.operations === undefined ? undefined : await readOperations(environment.operations)
  let worker: WorkerProcess | undefined
  const engine = await startEngine(environment, {
    serves: true,
    follows: place === 'in-process',
    onWaiting: () => worker?.wake(),
    log,
    signal,
  })
  let metrics: Metrics | undefined
  try {
    signal?.throwIfAborted()
    if (place === 'child') worker = startWorker(environment, engine, { log, variables })
    const { desk, store, readModels, runner } = engine
    const sample = environment.production ? undefined : await fillEmptyStore(engine, place !== 'none', signal)
    metrics = await metricsOf(environment, engine, worker)
    const server = await createServer({
      desk,
      store,
      readModels,
      runner,
      followers: { failing: () => [...engine.followers.failing(), ...(worker?.failing() ?? [])] },
      auth,
      revocations: engine.revocations,
      revoke: engine.revocations.revoke,
      visitors: await visitorAuth(environment),
      live: engine.live,
      calls: environment.calls,
      liveData: engine.liveData,
      files: engine.files,
      activities: engine.proactive.activities,
      likelyIncidents: engine.proactive.incidents,
      push: engine.push,
      readership: engine.readership,
      languages: engine.languages,
      translations: environment.translation && engine.translations,
      sendsEmail: sendsEmail(environment),
      limits: {
        requestsPerMinute: environment.requestsPerMinute,
        webSocketsOfAddress: environment.webSocketsOfAddress,
        writtenBytesPerMinute: environment.writtenBytesPerMinute,
        uploadedBytesPerMinute: environment.uploadedBytesPerMinute,
        chatMessagesPerMinute: environment.chatMessagesPerMinute,
        activitiesPerMinute: environment.activitiesPerMinute,
        readBytesPerMinute: environment.readBytesPerMinute,
        millisecondsPerMinute: environment.millisecondsPerMinute,
      },
      allowedOperations,
      corsOrigins: environment.corsOrigins,
      trustProxy: environment.trustProxy,
      drain: { withinMs: environment.drainMs },
      development: !environment.production,
      explorerToken: async () => (await developmentTokens(auth))?.agent,
      chatTokens: () => developmentTokens(auth),
      log,
      observe: metrics?.observe,
      onOperation: metrics?.onOperation,
      trace: engine.tracing?.request,
      readiness: readinessOf(environment, engine, worker),
      degrading: degradingOf(environment, engine),
    })
    try {
      await listen(server, environment)
      if (place === 'in-process') await engine.startClocks()
      await worker?.started
      signal?.throwIfAborted()
    } catch (error) {
      await server.close()
      throw error
    }
    return {
      engine,
      auth,
      address: addressOf(server),
      metrics: metrics?.url,
      worker,
      sample,
      stop: async () => {
        await server.close()
        await metrics?.stop()
        await worker?.stop()
        await engine.stop()
      },
    }
  } catch (error) {
    await metrics?.stop()
    await worker?.stop()
    await engine.stop()
    throw error
  }
}

/** The checks without which a server is not ready, besides the databases and the read models. */
function readinessOf(
  { temporal }: Environment,
  { clock, reactions, classification, routing, chatRouting, delivery }: Engine,
  worker: WorkerProcess | undefined,
): Checks {
  const readyInWorker = (check: 'routing' | 'classification'): void => {
    const reason = worker?.report()?.notReady[check]
    if (reason !== undefined) throw new Error(reason)
  }
  return {
    // A server is ready without Temporal: only the clocks wait then.
    ...(temporal === undefined && { clock: () => clock.status() }),
    ...(worker && { worker: async () => worker.check() }),
    reactions: () => reactions.status(),
    classification: async () => {
      readyInWorker('classification')
      await classification.status()
    },
    routing: async () => {
      readyInWorker('routing')
      await Promise.all([routing.status(), chatRouting.status()])
    },
    delivery: () => delivery.status(),
  }
}

/** The checks without which a server works, but not as it should. */
function degradingOf(environment: Environment, { files, reactions, proactive, embeddings }: Engine): Checks {
  const mail = mailCheck(environment)
  return {
    ...files.checks,
    ...(mail && { mail: lastKnown(mail, mailEveryMs) }),
    ...(embeddings && {
      embeddings: () =>
        embeddings.figures().isFailing
          ? Promise.reject(new Error('the embedding service fails, and words answer alone'))
          : Promise.resolve(),
    }),
    parkedEvents: async () => {
      const parked = await parkedEventsOf(reactions)
      if (parked > 0) throw new Error(`${parked} events are parked`)
    },
    analyses: async () => {
      const { failing } = await proactive.status()
      if (failing > 0) throw new Error(`${failing} analyses of activities fail`)
    },
  }
}

type Checks = NonNullable<ServerDependencies['readiness']>

/** A mail server is asked once in this many milliseconds at most, however often `/ready` is. */
const mailEveryMs = 60_000

/** Starts the worker process on this server's databases. The embedded Postgres stays this server's. */
function startWorker(
  environment: Environment,
  { database, followers: health, runner }: Engine,
  { log, variables }: { readonly log: Logger; readonly variables: Readonly<Record<string, string | undefined>> },
): WorkerProcess {
  return startWorkerProcess({
    variables: {
      ...process.env,
      ...variables,
      ...environment.temporal,
      DATABASE_URL: database.url,
      DATABASE_MIGRATION_URL: '',
      GUICHET_HOME: environment.home,
      GUICHET_METRICS: '',
      GUICHET_LOG_LEVEL: log.level,
    },
    log,
    failingMs: environment.failingMs,
    health,
    runner,
  })
}

async function listen(server: FastifyInstance, { host, port }: Environment): Promise<void> {
  try {
    await server.listen({ host, port })
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: 'is in use',
      EACCES: 'may not be used by this account',
      EADDRNOTAVAIL: 'is not an address of this machine',
      ENOTFOUND: 'is not known',
    }
    const reason = reasons[code ?? '']
    if (reason === undefined) throw cause
    throw new CommandFault('port_unavailable', `${host}:${port} ${reason}`, { cause })
  }
}

function addressOf(server: FastifyInstance): string {
  const { address, family, port } = server.server.address() as AddressInfo
  const host = family === 'IPv6' ? `[${address}]` : address
  return `http://${host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host}:${port}`
}

/**
 * Fills an empty store with a small sample helpdesk of the last two weeks, and, with `waitsForReadModels`, waits for
 * the read models to show it. An interrupted filling is completed.
 * @returns undefined if the store contains other history.
 */
async function fillEmptyStore(
  { desk, runner }: Pick<Engine, 'desk' | 'runner'>,
  waitsForReadModels = true,
  signal?: AbortSignal,
): Promise<SimulationSummary | undefined> {
  const simulated = await retryWhileAway(() => fillDesk(desk, fullHour(now()), signal), { signal })
  if (!simulated || !waitsForReadModels) return simulated
  await retryWhileAway(() => caughtUp(runner, { ...simulated, ...(signal && { signal }) }), { signal })
  return simulated
}

/** As `fillEmptyStore`, with a sample that ends at `end` if it begins now. Does not wait for the read models. */
export async function fillDesk(desk: Desk, end: Instant, signal?: AbortSignal): Promise<SimulationSummary | undefined> {
  const [first] = await desk.store.readAll({ limit: 1 })
  if (!first) return simulate(desk, sampleUntil(end), { ...(signal && { signal }) })
  const plan = await unfinishedPlan(desk, first.stream, first.event as ImportEvent)
  if (!plan) return undefined
  try {
    return await simulate(desk, plan, { ...(signal && { signal }) })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    await desk.engine.execute('import', simulationId(plan), { type: 'abandon' }, { by: simulationActor })
    return undefined
  }
}

/** Returns whether the history of a desk begins with a sample. */
export async function isMadeUp({ store }: Desk): Promise<boolean> {
  const [first] = await store.readAll({ limit: 1 })
  return first !== undefined && planBegun(first.stream, first.event as ImportEvent) !== undefined
}

/** Returns the plan of an incomplete sample at the beginning of the history. */
async function unfinishedPlan(desk: Desk, stream: StreamName, event: ImportEvent): Promise<SimulationPlan | undefined> {
  const plan = planBegun(stream, event)
  return plan && (await desk.read('import', simulationId(plan))).state.status === 'running' ? plan : undefined
}

/** Returns the plan of the sample that an event begins, if any. */
function planBegun(stream: StreamName, event: ImportEvent): SimulationPlan | undefined {
  if (event.type !== 'ImportStarted') return undefined
  const { category, id } = parseStream(stream)
  const plan = sampleUntil(later(event.at, length))
  return category === 'import' && id === simulationId(plan) ? plan : undefined
}

const length = days(14)

const sampleUntil = (end: Instant): SimulationPlan => ({
  tickets: 150,
  seed: 'sample',
  start: later(end, -length),
  end,
})
