import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import type { Desk, EventStore, Instant, LanguageDetector } from '@guichet/domain'
import { createDesk, inProcessBus } from '@guichet/domain'
import type { FollowerHealth } from '@guichet/eventstore'
import { feedOf, postgresBus } from '@guichet/eventstore'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import { createProjectionRunner, ForeignHistory, projections, readModels } from '@guichet/projections'
import type { Files } from '@guichet/files'
import type {
  ArticleEmbeddings,
  ChatRouterStatus,
  ClassificationEngine,
  DeliveryEngine,
  DeliveryList,
  LeasedRouter,
  Proactive,
  Push,
  Reactions,
  Readership,
  Translations,
} from '@guichet/workflows'
import { deliveryList, settlingSessions, suggestingPhrases } from '@guichet/workflows'
import { unconfigured } from '@guichet/desk/configuration'
import type { Environment } from '../environment/environment.ts'
import { CommandFault } from '../fault.ts'
import { openCustomerAlerts, createLiveData, startLive, connectionsOf } from '@guichet/api/parts'
import type { LiveData, Live } from '@guichet/api/parts'
import type { FollowedRevocations } from '../tokens/revoked-tokens.ts'
import { followRevokedTokens } from '../tokens/revoked-tokens.ts'
import type { Clock } from './adapters.ts'
import { chooseClock, openDeskEmbeddings } from './adapters.ts'
import { cleaningFiles } from './clean-files.ts'
import type { Database } from './database.ts'
import type { Extensions } from './extensions.ts'
import { loadExtensions, refuseTwins, withModules } from './extensions.ts'
import { openChatRouter, openTicketRouter } from './routers.ts'
import type { EngineOptions, Startup } from './startup.ts'
import { createStartup } from './startup.ts'
import type { Pools } from './storage.ts'
import { openHistory, openPools } from './storage.ts'
import type { Tracing } from './tracing.ts'
import { openTracing } from './tracing.ts'
import { openWorkflows } from './workflows.ts'

/** All parts of Guichet over one database and its event store. */
export type Engine = {
  readonly database: Database
  readonly store: EventStore
  readonly desk: Desk
  readonly runner: ProjectionRunner
  /** The health of the consumers of the history in this process. */
  readonly followers: FollowerHealth
  readonly readModels: ReadModels
  /** The read models, with searches by words alone where `readModels` searches by meaning too. */
  readonly wordModels: ReadModels
  readonly clock: Clock
  readonly reactions: Reactions
  readonly classification: ClassificationEngine
  /** The activities of customers, and their analysis. */
  readonly proactive: Proactive
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
  /** What readers make of articles. */
  readonly readership: Readership
  /** The vectors of articles, and the searches by them; undefined where no service embeds texts. */
  readonly embeddings: ArticleEmbeddings | undefined
  /** Tells in which language texts are. */
  readonly languages: LanguageDetector
  /** Translates what people write, by the services of the environment. */
  readonly translations: Translations
  /** The tracing; undefined where it is off. */
  readonly tracing: Tracing | undefined
  /** Starts deadlines, reactions, routing, notifications, reports and analyses. */
  startClocks(): Promise<void>
  /** Finishes running work, then releases all resources. Everything acknowledged is stored. */
  stop(): Promise<void>
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
  const startup = createStartup(environment, options)
  const { hold, patiently, stop, onError, followers, health } = startup
  const openClock = await chooseClock(environment)
  const extensions = await loadExtensions(environment.extensions)
  const tracing =
    environment.traces === undefined ? undefined : hold(await openTracing(environment.traces), ({ stop }) => stop())
  try {
    const { database, store } = await openHistory(startup, tracing)
    const desk = openDesk(startup, { store, extensions })
    const pools = openPools(startup, database)
    const { connectionString, pool, readers, following } = pools
    const revocations = hold(await patiently(() => followRevokedTokens(pool, onError)), ({ stop }) => stop())
    const { live, liveData } = await openLive(startup, pools)
    const connections = connectionsOf(live.presence)
    const models = readModels(pool)
    const reading = (): { runner: ProjectionRunner; readModels: ReadModels } => ({ runner, readModels: models })
    const sources = { desk, store, pools, connections, extensions, openClock, models, reading }
    const workflows = await openWorkflows(startup, sources)
    const { clock, classification, proactive, files, push, readership, languages, translations } = workflows
    const { reacting, delivery } = workflows
    const embedded = { desk, pool, models, reading, log: startup.say, onError }
    const embeddings = await patiently(() => openDeskEmbeddings(embedded, environment))
    const runner = openRunner(startup, { desk, store, pool, clock, delivery, extensions, tracing })
    await patiently(() => runner.start()).catch(refuseForeignHistory)
    const leased = { connectionString, pool: following, health, onError }
    const routed = { desk, store, ...leased, runner, models, connections, translations }
    const routing = hold(await patiently(() => openTicketRouter(routed)), (each) => each.stop())
    const chatRouting = hold(await patiently(() => openChatRouter(routed)), (each) => each.stop())

    if (embeddings && options.serves) hold(embeddings.startSearching(), (each) => each.stop())

    return {
      database,
      store,
      desk,
      runner,
      followers,
      readModels: readModels(readers, { similarity: embeddings?.similarity }),
      wordModels: models,
      clock,
      reactions: reacting,
      classification,
      proactive,
      routing,
      chatRouting,
      delivery,
      revocations,
      deliveries: deliveryList(pool),
      live,
      liveData,
      files,
      push,
      readership,
      embeddings,
      languages,
      translations,
      tracing,
      startClocks: async () => {
        const started = [clock, classification, reacting, delivery, routing, chatRouting, proactive]
        for (const part of started) await part.start()
        const cleaned = { desk, files, runner, readModels: models }
        hold(cleaningFiles(cleaned, environment.files.unattachedMs, { pool, onError }), (each) => each.stop())
        if (embeddings) hold(embeddings.startEmbedding(), (each) => each.stop())
        hold(suggestingPhrases({ desk, searches: readership.searches, pool, onError }), (each) => each.stop())
        const sessions = { deflection: readership.deflection, store, runner, pool, onError }
        hold(settlingSessions(sessions), (each) => each.stop())
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type DeskSources = { readonly store: EventStore; readonly extensions: Extensions }

/** Opens the desk on its history. Where this process shares presence, what the desk has cached follows the log. */
function openDesk({ options, sharesPresence, hold }: Startup, { store, extensions }: DeskSources): Desk {
  const { cachedStreams } = options
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
  return desk
}

/** Opens what is live: who types and who is there and, in a server, what other systems know of customers. */
async function openLive(
  { environment, options, sharesPresence, hold, patiently, say, onError }: Startup,
  { connectionString, readers }: Pools,
): Promise<Pick<Engine, 'live' | 'liveData'>> {
  const bus = hold(
    sharesPresence ? postgresBus({ connectionString, onError: (error) => onError(error, 'the bus') }) : inProcessBus(),
    (each) => each.close(),
  )
  const live = hold(startLive(bus), async (each) => each.close())
  if (!environment.liveData || !options.serves) return { live, liveData: undefined }
  const alerts = hold(await patiently(() => openCustomerAlerts({ pool: readers, bus, onError })), ({ stop }) => stop())
  const liveData = createLiveData({ ...environment.liveData, alerts, log: (message) => say('warn', message) })
  return { live, liveData }
}

type RunnerSources = {
  readonly desk: Desk
  readonly store: EventStore
  readonly pool: Pool
  readonly clock: Clock
  readonly delivery: DeliveryEngine
  readonly extensions: Extensions
  readonly tracing: Tracing | undefined
}

/** Opens the runner of the read models, with those of modules, whose rows clocks and deliveries are made of. */
function openRunner(
  { environment, options, hold, say, health }: Startup,
  { desk, store, pool, clock, delivery, extensions, tracing }: RunnerSources,
): ProjectionRunner {
  const { log, cachedStreams, announces = true } = options
  return hold(
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
}

function refuseForeignHistory(cause: unknown): never {
  if (!(cause instanceof ForeignHistory)) throw cause
  throw new CommandFault('store_unusable', cause.message, {
    next: 'give each event store a database of its own, by DATABASE_URL or GUICHET_HOME',
    cause,
  })
}
