import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { chatTargets, instant, later, slaTargets, ticketStatuses } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import type { SlaDashboard, SlaFigures } from '@guichet/projections'
import { deliveryChannels } from '@guichet/workflows'
import type { Environment } from '../environment/environment.ts'
import { CommandFault } from '../fault.ts'
import type { OnOperation } from '@guichet/api/operation'
import { sharedAnswer } from '@guichet/api/operation'
import type { WorkerProcess } from '../serving/worker-process.ts'
import type { Engine } from './engine.ts'

/** The metrics of a process, for scraping. */
export type Metrics = {
  /** The URL for Prometheus, such as `http://127.0.0.1:9465/metrics`. */
  readonly url: string
  /** Measures every request that the server answers. */
  observe(app: FastifyInstance): void
  /** Measures how an operation of the API has ended. */
  readonly onOperation: OnOperation
  stop(): Promise<void>
}

/** The host and port to listen on. */
type MetricsAddress = { readonly host: string; readonly port: number }

type MeasuredEngine = Pick<
  Engine,
  | 'store'
  | 'runner'
  | 'followers'
  | 'readModels'
  | 'clock'
  | 'delivery'
  | 'reactions'
  | 'proactive'
  | 'routing'
  | 'embeddings'
>
type Worker = Pick<WorkerProcess, 'report' | 'failing' | 'restarts'> | undefined

/** Serves the metrics of a process and of its worker process, if any, where the environment turns them on. */
export const metricsOf = async (
  { metrics }: Pick<Environment, 'metrics'>,
  engine: MeasuredEngine,
  worker?: Worker,
): Promise<Metrics | undefined> => metrics && serveMetrics(metrics, engine, worker)

/** Each part is queried at most once in this many milliseconds, even if scraped more often. */
const cacheMs = 1_000
const givenUpAfterMs = 10_000

/** Buckets of request durations in seconds: from answers from memory to statements cancelled by the database. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/**
 * Serves the metrics of this process and its engine in the Prometheus format, at a separate address because the port of
 * the API is public. A value is NaN while its part's database is away.
 * @throws Fault `port_unavailable`.
 */
async function serveMetrics(address: MetricsAddress, engine: MeasuredEngine, worker: Worker): Promise<Metrics> {
  const instruments = await createInstruments(worker)
  const { registry, requests, operations } = instruments
  const refresh = sharedAnswer(createMeasurement(instruments, engine, worker), {
    cachedFor: cacheMs,
    givenUpAfter: givenUpAfterMs,
  })
  const answer = async ({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (url !== '/metrics' || (method !== 'GET' && method !== 'HEAD')) return void response.writeHead(404).end()
    await refresh()
    const text = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType }).end(method === 'HEAD' ? undefined : text)
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end())
  })
  const url = await listen(server, address)
  return {
    url,
    observe: (app) => {
      app.addHook('onResponse', (request, reply, done) => {
        const { url: route = 'none' } = request.routeOptions
        requests.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
        done()
      })
    },
    onOperation: (outcome) => operations.inc(outcome),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Listens for scrapes. Returns the URL of the metrics. @throws Fault `port_unavailable`. */
async function listen(server: Server, address: MetricsAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `${address.host}:${address.port}, for metrics, cannot be listened at (${cause.code})`
      reject(new CommandFault('port_unavailable', message, { next: 'set another one in GUICHET_METRICS', cause }))
    })
    server.listen(address, resolve)
  })
  const { family, address: host, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}/metrics`
}

/** Creates the instruments, in the order in which a scrape lists them. */
async function createInstruments(worker: Worker) {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Histogram({
    name: 'guichet_http_request_duration_seconds',
    help: 'Requests that were answered, by route and status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets,
    registers,
  })
  const operations = new Counter({
    name: 'guichet_graphql_operations_total',
    help: 'Root fields of GraphQL operations, by their names and by ok or the code of the error or refusal.',
    labelNames: ['type', 'operation', 'code'] as const,
    registers,
  })
  const targets = new Gauge({
    name: 'guichet_sla_targets',
    help: 'Open targets of tickets and chats, by state.',
    labelNames: ['subject', 'target', 'state'] as const,
    registers,
  })
  const endedTargets = new Gauge({
    name: 'guichet_sla_targets_last_hour',
    help: 'Targets of tickets and chats that were met or missed within the last hour.',
    labelNames: ['subject', 'target', 'outcome'] as const,
    registers,
  })
  const deliveries = new Map(
    deliveryCounts.map(
      ([count, help]) =>
        [
          count,
          new Gauge({ name: `guichet_deliveries_${count}`, help, labelNames: ['channel'] as const, registers }),
        ] as const,
    ),
  )
  const gauges = new Map(
    Object.entries(described).map(([name, help]) => [name, new Gauge({ name, help, registers })] as const),
  )
  const tickets = new Gauge({ name: 'guichet_tickets', help: 'Tickets by status.', labelNames: ['status'], registers })
  const batches = new Counter({
    name: 'guichet_projection_batches_total',
    help: 'Transactions in which this process, or its worker process, wrote read models.',
    registers,
  })
  const events = new Counter({
    name: 'guichet_projection_events_total',
    help: 'Events in those transactions.',
    registers,
  })
  const ofWorker = worker && {
    restarts: new Counter({
      name: 'guichet_worker_restarts_total',
      help: 'How often the worker process was started again.',
      registers,
    }),
    processor: new Counter({
      name: 'guichet_worker_cpu_seconds_total',
      help: 'Processor time of the worker process, in user and system mode.',
      registers,
    }),
    memory: new Gauge({
      name: 'guichet_worker_resident_memory_bytes',
      help: 'Resident memory of the worker process.',
      registers,
    }),
  }
  return {
    registry,
    requests,
    operations,
    targets,
    endedTargets,
    deliveries,
    gauges,
    tickets,
    batches,
    events,
    ofWorker,
  }
}

type Instruments = Awaited<ReturnType<typeof createInstruments>>

/** Returns what sets the instruments whose values are read for a scrape, not counted as they happen. */
function createMeasurement(
  { targets, endedTargets, deliveries, gauges, tickets, batches, events, ofWorker }: Instruments,
  engine: MeasuredEngine,
  worker: Worker,
): () => Promise<void> {
  const set = (values: Partial<Record<keyof typeof described, number>>): void => {
    for (const [name, value] of Object.entries(values)) gauges.get(name)?.set(value)
  }
  const setTargets = (subject: 'ticket' | 'chat', names: readonly string[], { groups }: SlaDashboard): void => {
    for (const target of names) {
      const figures = groups.find(({ key }) => key === target)?.figures
      for (const [state, figure] of openStates) targets.set({ subject, target, state }, figures?.[figure] ?? 0)
      for (const outcome of ['met', 'missed'] as const)
        endedTargets.set({ subject, target, outcome }, figures?.[outcome] ?? 0)
    }
  }
  const parts = partsOf(engine, worker, set)
  return async () => {
    for (const gauge of gauges.values()) gauge.set(Number.NaN)
    for (const gauge of [targets, endedTargets, ...deliveries.values()]) gauge.reset()
    const at = instant(new Date())
    const period = { from: later(at, -lastHourMs) }
    const { sla, chatTargets: ofChats } = engine.readModels
    const report = worker?.report()
    ofWorker?.restarts.reset()
    ofWorker?.restarts.inc(worker?.restarts())
    ofWorker?.processor.reset()
    ofWorker?.processor.inc(report?.processorSeconds ?? 0)
    ofWorker?.memory.set(report?.residentBytes ?? Number.NaN)
    await Promise.allSettled([
      ...parts.map((part) => part()),
      engine.readModels.tickets.counters().then(
        (counters) => ticketStatuses.forEach((status) => tickets.set({ status }, counters[status])),
        () => tickets.reset(),
      ),
      sla
        .dashboard({ filter: {}, period, by: 'target' }, at)
        .then((figures) => setTargets('ticket', slaTargets, figures)),
      ofChats
        .dashboard({ filter: {}, period, by: 'target' }, at)
        .then((figures) => setTargets('chat', chatTargets, figures)),
      engine.delivery.status().then(({ channels }) => {
        for (const [count, gauge] of deliveries)
          for (const channel of deliveryChannels) gauge.set({ channel }, channels[channel][count])
      }),
      engine.runner.metrics().then((runnerMetrics) => {
        const counted = worker?.report() ?? runnerMetrics
        batches.reset()
        batches.inc(counted.batches)
        events.reset()
        events.inc(counted.events)
      }),
    ])
  }
}

const lastHourMs = 3_600_000

/** The states of open targets, and the figures of a dashboard that count them. */
const openStates = [
  ['on_time', 'onTime'],
  ['about_to_breach', 'aboutToBreach'],
  ['breached', 'breached'],
  ['paused', 'paused'],
] as const satisfies readonly (readonly [state: string, figure: keyof SlaFigures])[]

const deliveryCounts = [
  ['waiting', 'Notifications and reports that are still to be delivered, by channel.'],
  ['failing', 'Those of them that have been tried without success.'],
  ['refused', 'Deliveries that were refused for good, until they are retried.'],
] as const

const described = {
  guichet_store_hidden_events: 'Stored events that no reader sees yet, because an older append is still open.',
  guichet_store_oldest_writer_seconds: 'The age of the oldest append that is still open.',
  guichet_read_models_behind_events: 'Events that the slowest read model has yet to take.',
  guichet_read_models_behind_seconds: 'For how long the first of them has been stored.',
  guichet_followers_failing: 'Followers of the history that have been failing for long.',
  guichet_deadlines_late: 'Streams on which something is overdue to take effect.',
  guichet_clocks_failing: 'Streams whose deadlines cannot take effect, and are tried again.',
  guichet_reactions_parked_events: 'Events at which a reaction kept failing, and that it has gone on without.',
  guichet_analyses_due: 'Customers whose activities are due for an analysis.',
  guichet_analyses_failing: 'Customers whose analysis has failed, and is tried again.',
  guichet_embeddings_due_texts: 'Published texts of articles whose vectors are lacking or outdated.',
  guichet_embeddings_bytes: 'Memory that the vectors of articles take in this process.',
  guichet_embeddings_failed_searches: 'Searches that words have answered alone since this process began.',
  guichet_routing_waiting: 'Tickets that wait for an agent, where this process or its worker process routes.',
} as const

/** How many events the reactions of all processes have gone on without. */
export const parkedEventsOf = async (reactions: Pick<Engine['reactions'], 'status'>): Promise<number> =>
  (await reactions.status()).reduce((sum, { parked }) => sum + parked, 0)

function partsOf(
  { store, runner, followers, clock, reactions, proactive, routing, embeddings }: MeasuredEngine,
  worker: Worker,
  set: (values: Partial<Record<keyof typeof described, number>>) => void,
): readonly (() => Promise<void>)[] {
  return [
    async () => {
      if (!('lag' in store)) return
      const { hiddenEvents, oldestWriter } = await (store as PostgresStore).lag()
      set({
        guichet_store_hidden_events: hiddenEvents,
        guichet_store_oldest_writer_seconds: (oldestWriter?.ageMs ?? 0) / 1_000,
      })
    },
    async () => {
      const { lagEvents, lagMilliseconds } = await runner.metrics()
      set({
        guichet_read_models_behind_events: lagEvents,
        guichet_read_models_behind_seconds: lagMilliseconds / 1_000,
      })
    },
    async () => set({ guichet_followers_failing: [...followers.failing(), ...(worker?.failing() ?? [])].length }),
    async () => {
      const { late, failing } = await clock.status()
      set({ guichet_deadlines_late: late, guichet_clocks_failing: failing })
    },
    async () => set({ guichet_reactions_parked_events: await parkedEventsOf(reactions) }),
    async () => {
      const { due, failing } = await proactive.status()
      set({ guichet_analyses_due: due, guichet_analyses_failing: failing })
    },
    async () => {
      if (!embeddings) return
      const { bytes, failed } = embeddings.figures()
      set({ guichet_embeddings_bytes: bytes, guichet_embeddings_failed_searches: failed })
      set({ guichet_embeddings_due_texts: await embeddings.due() })
    },
    async () => {
      const waiting = worker ? worker.report()?.routingWaiting : (await routing.status())?.waiting
      if (waiting !== undefined) set({ guichet_routing_waiting: waiting })
    },
  ]
}
