import type { Logger } from 'pino'
import type { FollowerHealth, FollowerReports } from '@guichet/eventstore'
import { createFollowerHealth, retryWhileAway } from '@guichet/eventstore'
import type { WrittenBatch } from '@guichet/projections'
import type { Environment } from '../environment/environment.ts'
import type { DatabaseWatch } from './watch-database.ts'
import { isOutage } from './watch-database.ts'

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

/** What the steps of a start share: how parts are opened, held and released, and where their errors are reported. */
export type Startup = {
  readonly environment: Environment
  readonly options: EngineOptions
  /** The maximum of connections of a pool. */
  readonly maxConnections: number
  readonly sharesPresence: boolean
  /** Opens a part, again and again while its server is away. */
  patiently<T>(open: () => Promise<T>): Promise<T>
  /** Holds a part that has been opened, until `stop` releases it. */
  hold<T>(part: T, release: (part: T) => Promise<unknown>): T
  /** Releases all that is held, in the opposite order. */
  stop(): Promise<void>
  say(level: 'info' | 'warn' | 'error', message: string): void
  /** Says that a server is away or back; where a process beside this one says so, only for those who debug it. */
  announce(message: string): void
  /** Logs an error of a part, unless it means an outage, which is logged once. */
  onError(error: unknown, context: string): void
  /** The health of the consumers of the history in this process. */
  readonly followers: FollowerHealth
  /** Their reports. The watch and the store's own check report a database that is away. */
  readonly health: FollowerReports
  /** The database is open: `watch` logs its outages. */
  watchedBy(watch: DatabaseWatch): void
}

/** Begins a start, at which nothing is open yet. */
export function createStartup(environment: Environment, options: EngineOptions): Startup {
  const { log, connections: maxConnections = 10, signal, announces = true } = options
  const { sharesPresence = options.serves } = options
  const ownStore = environment.eventStoreUrl !== undefined
  let watch: DatabaseWatch | undefined
  /** Whether an error means an outage, which is logged once. */
  const away = (error: unknown): boolean => (ownStore && isOutage(error)) || watch?.handles(error) === true
  const say = (level: 'info' | 'warn' | 'error', message: string): void => log[level](message)
  const followers = createFollowerHealth({ failingMs: environment.failingMs, log: say })
  const releases: (() => Promise<unknown>)[] = []
  return {
    environment,
    options,
    maxConnections,
    sharesPresence,
    patiently: (open) => retryWhileAway(open, { signal }),
    hold: (part, release) => {
      releases.push(() => release(part))
      return part
    },
    stop: async () => {
      for (const release of releases.splice(0).reverse())
        await release().catch((error: unknown) => {
          if (!away(error)) log.error({ err: error }, 'a part did not stop as it should')
        })
    },
    say,
    announce: (message) => log[announces ? 'warn' : 'debug'](message),
    onError: (error, context) => {
      if (!away(error)) log.warn({ err: error }, context)
    },
    followers,
    health: {
      succeeded: followers.succeeded,
      failed: (follower, error) => {
        if (!away(error)) followers.failed(follower, error)
      },
    },
    watchedBy: (started) => {
      watch = started
    },
  }
}
