import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Desk, EventStore, Instant } from '@guichet/domain'
import { createDesk, routingTermsAt } from '@guichet/domain'
import type { FollowerHealth, FollowerReports } from '@guichet/eventstore'
import { createFollowerHealth, openPool } from '@guichet/eventstore'
import type { ProjectionRunner, ReadModels, WrittenBatch } from '@guichet/projections'
import { createProjectionRunner, ForeignHistory, projections, readModels } from '@guichet/projections'
import type { ClassificationEngine, DeliveryEngine, DeliveryList, LeasedRouter, Reactions } from '@guichet/workflows'
import { deliveryList, deskReactions, handOverConversations, leasedRouter, reactions } from '@guichet/workflows'
import type { Revocations } from '../auth/tokens.ts'
import { unconfigured } from '../desk-configuration/versions.ts'
import type { Environment } from '../environment/environment.ts'
import { Fault } from '../fault.ts'
import { retryWhileAway } from '../sending.ts'
import { followRevokedTokens } from '../tokens/revoked-tokens.ts'
import type { Clock } from './adapters.ts'
import { chooseClock, openDelivery, openDeskClassification } from './adapters.ts'
import type { Database } from './database.ts'
import { openDatabase } from './database.ts'
import { openStore } from './store.ts'
import type { Tracing } from './tracing.ts'
import { openTracing } from './tracing.ts'
import type { DatabaseWatch } from './watch-database.ts'
import { isOutage, logOutages } from './watch-database.ts'

/** Every part of Guichet, put together over one database and its event store. */
export type Engine = {
  readonly database: Database
  readonly store: EventStore
  readonly desk: Desk
  readonly runner: ProjectionRunner
  /** How what follows the history in this process goes. */
  readonly followers: FollowerHealth
  readonly readModels: ReadModels
  readonly clock: Clock
  readonly reactions: Reactions
  readonly classification: ClassificationEngine
  readonly routing: LeasedRouter
  readonly delivery: DeliveryEngine
  /** The tokens that were revoked, as of some seconds ago. */
  readonly revocations: Revocations
  readonly deliveries: DeliveryList
  /** Where traces are sent to; undefined where none are. */
  readonly tracing: Tracing | undefined
  /** Lets deadlines fire, reactions follow, tickets find agents, and notifications and reports go out. */
  startClocks(): Promise<void>
  /** Ends what is under way, then lets everything go; what was acknowledged is kept. */
  stop(): Promise<void>
}

export type EngineOptions = {
  /** Whether this is the server of its data folder: there is one at most, beside any number of commands. */
  readonly serves: boolean
  readonly log: Logger
  /** The most connections of the store, of what follows the history and of the readers, each; 10 by default. */
  readonly connections?: number
  /** How many folded streams the desk keeps; 10,000 by default. */
  readonly cachedStreams?: number
  /** Whether this process moves read models; true by default. Without it others do, and `startClocks` is theirs too. */
  readonly follows?: boolean
  /** Whether this process logs that servers are away and that read models lag; false where one beside it does. */
  readonly announces?: boolean
  /** Hears that somebody waits here for read models which other processes move. */
  readonly onWaiting?: () => void
  /** Hears of every transaction in which this process wrote live read models. */
  readonly onWritten?: (batch: WrittenBatch) => void
  /** Breaks off the waiting for a database that is away while the engine starts. */
  readonly signal?: AbortSignal | undefined
}

/** How long a reaction waits for a read model before it is tried again, in milliseconds. */
const patienceMs = 10_000

/** The present by the clock of this machine: UTC, to the millisecond. */
export const now = (): Instant => new Date().toISOString() as Instant

/**
 * Puts the engine together and lets the read models follow the history; the clocks stand still until `startClocks`.
 * Postgres may come and go meanwhile, as it does where another process hands it over: each part finds its way back by
 * itself.
 * @throws Fault when the environment, the database or the event store cannot be used; the signal's reason.
 */
export async function startEngine(environment: Environment, options: EngineOptions): Promise<Engine> {
  const { log, connections = 10, cachedStreams, signal, follows = true, announces = true, onWritten } = options
  const announce = (message: string): void => log[announces ? 'warn' : 'debug'](message)
  const letGo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const release of letGo.splice(0).reverse()) {
      await release().catch((error: unknown) => {
        if (!away(error)) log.error({ err: error }, 'a part did not stop as it should')
      })
    }
  }
  const openClock = await chooseClock(environment)
  const tracing = environment.traces === undefined ? undefined : await openTracing(environment.traces)
  if (tracing) letGo.push(tracing.stop)
  const apart = environment.eventStoreUrl !== undefined
  let watch: DatabaseWatch | undefined
  /** Whether an error tells of an outage, of which the log is told once. */
  const away = (error: unknown): boolean => (apart && isOutage(error)) || watch?.hears(error) === true
  try {
    const database = await openDatabase(environment, { ...options, announce })
    letGo.push(database.close)
    watch = database.watch
    const { url: connectionString } = database
    const opened = await retryWhileAway(
      () => openStore(environment, database, { maxConnections: connections, runs: true }),
      { signal },
    )
    letGo.push(opened.close)
    const told = apart ? logOutages(opened, announce) : opened
    const store = tracing?.store(told) ?? told
    const desk = createDesk({
      store,
      now,
      newId: randomUUID,
      policy: unconfigured,
      ...(cachedStreams && { cachedStreams }),
    })
    const onError = (error: unknown, context: string): void => {
      if (!away(error)) log.warn({ err: error }, context)
    }
    const onLost = (error: Error): void => onError(error, 'a connection of the read models')
    const pool = openPool({ connectionString, maxConnections: connections, onLost })
    letGo.push(() => pool.end())
    const { readTimeoutMs: statementTimeoutMs } = environment
    const readers = openPool({ connectionString, maxConnections: connections, statementTimeoutMs, onLost })
    letGo.push(() => readers.end())

    const say = (level: 'info' | 'warn' | 'error', message: string): void => log[level](message)
    const followers = createFollowerHealth({ failingMs: environment.failingMs, log: say })
    // Of a database that is away the watch tells, and the store's own check.
    const health: FollowerReports = {
      succeeded: followers.succeeded,
      failed: (follower, error) => {
        if (!away(error)) followers.failed(follower, error)
      },
    }
    const parts = { desk, connectionString, onError, log: say, health }
    const revocations = await retryWhileAway(() => followRevokedTokens(connectionString, onError), { signal })
    letGo.push(revocations.stop)
    const clock = await retryWhileAway(() => openClock(parts), { signal })
    letGo.push(clock.stop)
    const classification = await retryWhileAway(
      () => openDeskClassification({ desk, connectionString, onError, warn: (line) => say('warn', line) }, environment),
      { signal },
    )
    letGo.push(classification.stop)
    const models = readModels(pool)
    const reading = (): { runner: ProjectionRunner; readModels: ReadModels } => ({ runner, readModels: models })
    const known = [
      ...deskReactions,
      ...classification.reactions,
      handOverConversations({
        reached: (position) => reading().runner.reached(position, patienceMs, ['routing']),
        of: (crews) => models.routing.conversationsOf(crews),
        on: (tickets) => models.routing.conversationsOn(tickets),
      }),
    ]
    const reacting = await retryWhileAway(
      () => reactions({ desk, connectionString, reactions: known, onError, health }),
      {
        signal,
      },
    )
    letGo.push(reacting.stop)
    await retryWhileAway(() => desk.terms(), { signal })
    const delivery = await retryWhileAway(
      () => openDelivery({ connectionString, onError, health, log: say, desk, store, reading }, environment),
      { signal },
    )
    letGo.push(delivery.stop)
    const runner: ProjectionRunner = createProjectionRunner({
      store,
      pool,
      projections: projections({
        ...desk.base,
        deadlineSink: clock.deadlineSink,
        notificationSink: delivery.notificationSink,
        log: say,
      }),
      onStopped: (stopped) => log.error(stopped, 'a projection has stopped'),
      health,
      follows,
      ...(options.onWaiting && { onWaiting: options.onWaiting }),
      onWritten: (batch) => {
        tracing?.written(batch)
        onWritten?.(batch)
      },
      lag: { laggingMs: announces ? environment.laggingMs : 0, log: say },
    })
    letGo.push(runner.stop)
    await retryWhileAway(() => runner.start(), { signal }).catch(refuseForeignHistory)

    const routing = await retryWhileAway(
      () =>
        leasedRouter({
          desk,
          terms: () => routingTermsAt(desk.timeline, now()),
          begin: () => models.routing.known(),
          classificationMs: 1_000,
          connectionString,
          onError,
          health,
        }),
      { signal },
    )
    letGo.push(routing.stop)

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
      delivery,
      revocations,
      deliveries: deliveryList(pool),
      tracing,
      startClocks: async () => {
        await clock.start()
        await classification.start()
        await reacting.start()
        await delivery.start()
        await routing.start()
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function refuseForeignHistory(cause: unknown): never {
  if (!(cause instanceof ForeignHistory)) throw cause
  throw new Fault('store_unusable', cause.message, {
    next: 'give each event store a database of its own, by DATABASE_URL or GUICHET_HOME',
    cause,
  })
}
