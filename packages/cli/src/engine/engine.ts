import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Desk, EventStore, Instant } from '@guichet/domain'
import { createDesk, inProcessBus } from '@guichet/domain'
import type { FollowerHealth, FollowerReports } from '@guichet/eventstore'
import { createFollowerHealth, feedOf, openPool, postgresBus, retryWhileAway } from '@guichet/eventstore'
import type { ProjectionRunner, ReadModels, WrittenBatch } from '@guichet/projections'
import { createProjectionRunner, ForeignHistory, projections, readModels } from '@guichet/projections'
import type { Files } from '@guichet/files'
import type {
  ChatRouterStatus,
  ClassificationEngine,
  DeliveryEngine,
  DeliveryList,
  LeasedRouter,
  Push,
  Reactions,
} from '@guichet/workflows'
import { deliveryList, reactions } from '@guichet/workflows'
import { unconfigured } from '@guichet/desk/configuration'
import type { Environment } from '../environment/environment.ts'
import { CommandFault } from '../fault.ts'
import { openCustomerAlerts, createLiveData, startLive, connectionsOf } from '@guichet/api/parts'
import type { LiveData, Live } from '@guichet/api/parts'
import type { FollowedRevocations } from '../tokens/revoked-tokens.ts'
import { followRevokedTokens } from '../tokens/revoked-tokens.ts'
import type { Clock } from './adapters.ts'
import { cleaningFiles } from './clean-files.ts'
import { loadExtensions, refuseTwins, withModules } from './extensions.ts'
import { chooseClock, openDelivery, openDeskClassification, openDeskFiles, openPush } from './adapters.ts'
import type { Database } from './database.ts'
import { openDatabase } from './database.ts'
import { reactionsOf } from './reactions.ts'
import { openChatRouter, openTicketRouter } from './routers.ts'
import { openStore } from './store.ts'
import type { Tracing } from './tracing.ts'
import { openTracing } from './tracing.ts'
import type { DatabaseWatch } from './watch-database.ts'
import { isOutage, logOutages } from './watch-database.ts'

/** All parts of Guichet over one database and its event store. */
export type Engine = {
  readonly database: Database
  readonly store: EventStore
  readonly desk: Desk
  readonly runner: ProjectionRunner
  /** The health of the consumers of the history in this process. */
  readonly followers: FollowerHealth
  readonly readModels: ReadModels
  readonly clock: Clock
  readonly reactions: Reactions
  readonly classification: ClassificationEngine
  readonly routing: LeasedRouter
  readonly chatRouting: LeasedRouter<ChatRouterStatus>
  readonly delivery: DeliveryEngine
  /** The revoked tokens, some seconds old at most. */
  readonly revocations: FollowedRevocations
  readonly deliveries: DeliveryList
  /** Who types and who is there: in all servers of the desk where this process shares it, else in this process. */
  readonly live: Live
  /** What other systems know of customers now; undefined where none is configured, and outside of servers. */
  readonly liveData: LiveData | undefined
  /** The content of files. */
  readonly files: Files
  /** The pushes to browsers; undefined where they are off. */
  readonly push: Push | undefined
  /** The tracing; undefined where it is off. */
  readonly tracing: Tracing | undefined
  /** Starts deadlines, reactions, routing, notifications and reports. */
  startClocks(): Promise<void>
  /** Finishes running work, then releases all resources. Everything acknowledged is stored. */
  stop(): Promise<void>
}

/** How an engine is started in a process of yours. */
export type EngineOptions = {
  /** Whether this is the server of its data folder. There is at most one, beside any number of commands. */
  readonly serves: boolean
  readonly log: Logger
  /** The maximum of connections for each of the store, the consumers and the readers; 10 by default. */
  readonly connections?: number
  /** The number of folded streams in the cache of the desk, and in those of the read models; 10,000 by default. */
  readonly cachedStreams?: number
  /** The most events that read models write in one transaction while they catch up; 5,000 by default. */
  readonly catchUpBatchSize?: number
  /** About how many bytes of events the process keeps in memory for their consumers; 8 MiB by default. */
  readonly feedBytes?: number
  /**
   * Whether this process updates read models; true by default. If false, others do, and they call `startClocks` too.
   */
  readonly follows?: boolean
  /** Whether all read models are updated over one connection; false by default. For work that soon ends. */
  readonly followsTogether?: boolean
  /**
   * Whether this process shares who types and who is there with the others of the desk: servers do by default, and
   * processes that call `startClocks` have to, since the routing of chats depends on it.
   */
  readonly sharesPresence?: boolean
  /** Whether this process logs that servers are away and read models lag; false where a process beside it does. */
  readonly announces?: boolean
  /** Called when a reader in this process waits for read models that other processes update. */
  readonly onWaiting?: () => void
  /** Called after every transaction in which this process wrote live read models. */
  readonly onWritten?: (batch: WrittenBatch) => void
  /** Aborts the wait for a database that is away while the engine starts. */
  readonly signal?: AbortSignal | undefined
}

/** Returns the time of this machine's clock: UTC, to the millisecond. */
export const now = (): Instant => new Date().toISOString() as Instant

/**
 * Assembles the engine and starts the read models. The clocks do not run until `startClocks`. Postgres may be away for
 * a while, as when another process hands it over: each part recovers by itself.
 * @throws Fault when the environment, the database or the event store cannot be used, also for aggregates, read models or
 * reactions that cannot be added; the signal's reason.
 */
export async function startEngine(environment: Environment, options: EngineOptions): Promise<Engine> {
  const { log, connections: maxConnections = 10, cachedStreams, signal, announces = true } = options
  const { sharesPresence = options.serves } = options
  const announce = (message: string): void => log[announces ? 'warn' : 'debug'](message)
  const say = (level: 'info' | 'warn' | 'error', message: string): void => log[level](message)
  const patiently = <T>(open: () => Promise<T>): Promise<T> => retryWhileAway(open, { signal })
  const { hold, stop } = createHolder((error) => {
    if (!away(error)) log.error({ err: error }, 'a part did not stop as it should')
  })
  const ownStore = environment.eventStoreUrl !== undefined
  let watch: DatabaseWatch | undefined
  /** Whether an error means an outage, which is logged once. */
  const away = (error: unknown): boolean => (ownStore && isOutage(error)) || watch?.handles(error) === true
  const onError = (error: unknown, context: string): void => {
    if (!away(error)) log.warn({ err: error }, context)
  }
  const openClock = await chooseClock(environment)
  const extensions = await loadExtensions(environment.extensions)
  const tracing =
    environment.traces === undefined ? undefined : hold(await openTracing(environment.traces), ({ stop }) => stop())
  try {
    const database = hold(await openDatabase(environment, { ...options, announce }), ({ close }) => close())
    watch = database.watch
    const { url: connectionString } = database
    const opened = hold(
      await patiently(() => openStore(environment, database, { maxConnections, runs: true })),
      ({ close }) => close(),
    )
    const watched = ownStore ? logOutages(opened, announce) : opened
    const store = tracing?.store(watched) ?? watched
    if (options.feedBytes !== undefined) feedOf(store, { windowBytes: options.feedBytes })
    const desk = withModules(() =>
      createDesk({
        store,
        now,
        newId: randomUUID,
        policy: unconfigured,
        aggregates: extensions.aggregates,
        ...(cachedStreams && { cachedStreams }),
      }),
    )
    if (sharesPresence) {
      // Where another process takes the commands, this one knows the tickets and chats only by their events.
      const begins = options.serves ? [] : (['ticket', 'chat', 'customer'] as const)
      hold(desk.follow(feedOf(store), begins), async (observation) => observation.stop())
    }
    const onLost = (error: Error): void => onError(error, 'a connection of the read models')
    const { readTimeoutMs: statementTimeoutMs } = environment
    const pool = hold(openPool({ connectionString, maxConnections, onLost }), (each) => each.end())
    const readers = hold(openPool({ connectionString, maxConnections, statementTimeoutMs, onLost }), (each) =>
      each.end(),
    )
    // What follows the history repeats without harm what a crash of Postgres has lost, and shares connections.
    const following = hold(
      openPool({
        connectionString,
        maxConnections: 20,
        waitsForDisk: false,
        onLost: (error) => onError(error, 'a connection of the clocks, reactions and deliveries'),
      }),
      (each) => each.end(),
    )
    const followers = createFollowerHealth({ failingMs: environment.failingMs, log: say })
    // The watch and the store's own check report a database that is away.
    const health: FollowerReports = {
      succeeded: followers.succeeded,
      failed: (follower, error) => {
        if (!away(error)) followers.failed(follower, error)
      },
    }
    const shared = { connectionString, pool: following }
    const parts = { desk, ...shared, onError, log: say, health }
    const revocations = hold(await patiently(() => followRevokedTokens(pool, onError)), ({ stop }) => stop())
    const bus = hold(
      sharesPresence
        ? postgresBus({ connectionString, onError: (error) => onError(error, 'the bus') })
        : inProcessBus(),
      (each) => each.close(),
    )
    const live = hold(startLive(bus), async (each) => each.close())
    let liveData: LiveData | undefined
    if (environment.liveData && options.serves) {
      const alerts = hold(await patiently(() => openCustomerAlerts({ pool: readers, bus, onError })), ({ stop }) =>
        stop(),
      )
      liveData = createLiveData({ ...environment.liveData, alerts, log: (message) => say('warn', message) })
    }
    const clock = hold(await patiently(() => openClock(parts)), (each) => each.stop())
    const classified = { desk, ...shared, onError, warn: (line: string) => say('warn', line) }
    const classification = hold(await patiently(() => openDeskClassification(classified, environment)), (each) =>
      each.stop(),
    )
    const files = hold(await patiently(() => openDeskFiles({ connectionString, onError }, environment)), (each) =>
      each.close(),
    )
    const models = readModels(pool)
    const push = openPush(pool, environment)
    const connections = connectionsOf(live.presence)
    const reading = (): { runner: ProjectionRunner; readModels: ReadModels } => ({ runner, readModels: models })
    const allReactions = reactionsOf({
      desk,
      pool,
      environment,
      classification,
      files,
      push,
      connections,
      reading,
      extensions,
    })
    const reacting = hold(
      await patiently(() => reactions({ desk, ...shared, reactions: allReactions, onError, health })),
      (each) => each.stop(),
    )
    await patiently(() => desk.terms())
    const delivery = hold(
      await patiently(() => openDelivery({ ...parts, store, reading, push, connections }, environment)),
      (each) => each.stop(),
    )
    const runner: ProjectionRunner = hold(
      createProjectionRunner({
        store,
        pool,
        projections: refuseTwins('read model', [
          ...projections({
            ...desk.base,
            deadlineSink: clock.deadlineSink,
            notificationSink: delivery.notificationSink,
            cachedTickets: cachedStreams,
            log: say,
            aggregates: extensions.aggregates,
          }),
          ...extensions.readModels,
        ]),
        onStopped: (stopped) => log.error(stopped, 'a projection has stopped'),
        onStreamLost: (stream, reason) =>
          log.warn({ stream }, `read models pass over a stream, and keep what they show of it: ${reason}`),
        onOutsideLog: ({ projections, message }) => log.error({ projections }, `read models have stopped: ${message}`),
        health,
        follows: options.follows ?? true,
        followsTogether: options.followsTogether ?? false,
        ...(options.catchUpBatchSize && { catchUpBatchSize: options.catchUpBatchSize }),
        ...(options.onWaiting && { onWaiting: options.onWaiting }),
        onWritten: (batch) => {
          tracing?.written(batch)
          options.onWritten?.(batch)
        },
        lag: { laggingMs: announces ? environment.laggingMs : 0, log: say },
      }),
      (each) => each.stop(),
    )
    await patiently(() => runner.start()).catch(refuseForeignHistory)
    const routed = { ...parts, store, runner, models, connections }
    const routing = hold(await patiently(() => openTicketRouter(routed)), (each) => each.stop())
    const chatRouting = hold(await patiently(() => openChatRouter(routed)), (each) => each.stop())

    return {
      database,
      store,
      desk,
      runner,
      followers,
      readModels: readModels(readers),
      clock,
      reactions: reacting,
      classification,
      routing,
      chatRouting,
      delivery,
      revocations,
      deliveries: deliveryList(pool),
      live,
      liveData,
      files,
      push,
      tracing,
      startClocks: async () => {
        for (const part of [clock, classification, reacting, delivery, routing, chatRouting]) await part.start()
        const cleaned = { desk, files, runner, readModels: models }
        hold(cleaningFiles(cleaned, environment.files.unattachedMs, { pool, onError }), (each) => each.stop())
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Holds what has been opened, until `stop` releases it in the opposite order. */
function createHolder(failed: (error: unknown) => void) {
  const releases: (() => Promise<unknown>)[] = []
  return {
    hold: <T>(part: T, release: (part: T) => Promise<unknown>): T => {
      releases.push(() => release(part))
      return part
    },
    stop: async (): Promise<void> => {
      for (const release of releases.splice(0).reverse()) await release().catch(failed)
    },
  }
}

function refuseForeignHistory(cause: unknown): never {
  if (!(cause instanceof ForeignHistory)) throw cause
  throw new CommandFault('store_unusable', cause.message, {
    next: 'give each event store a database of its own, by DATABASE_URL or GUICHET_HOME',
    cause,
  })
}
