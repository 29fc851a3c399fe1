import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { inProcessBus, instant, LruCache, SharedReads } from '@guichet/domain'
import type { SpeakingAgent } from '@guichet/projections'
import { webRtcCalls } from '../calls/call-providers.ts'
import { createChangeFeed } from '../graphql/change-feed.ts'
import { createChannelWatch } from '../graphql/chat/channel-watch.ts'
import { createChatWatch } from '../graphql/chat/chat-watch.ts'
import type { Services } from '../graphql/services.ts'
import { createAcknowledged } from '../graphql/services.ts'
import { createHistoryCache, createOwnership } from '../graphql/ticket-history.ts'
import { startLive } from '../live/live.ts'
import { createPermits } from '../permits.ts'
import { chatStaffAt } from '../shifts.ts'
import type { Drain } from './draining.ts'
import { logFailure } from './failures.ts'
import type { Limits } from './limits.ts'
import type { Quotas } from './quotas.ts'
import { shareOf } from './quotas.ts'
import type { ServerDependencies } from './server-dependencies.ts'

/** The number of operations that may hold long histories or many texts in memory at once. */
const largeReadsAtOnce = 2

/** The number of pages of histories, of some megabytes each, that are read at once. */
const pagesAtOnce = 4

type Parts = {
  readonly limits: Limits
  readonly quotas: Quotas
  readonly drain: Drain
  /** Aborted when the server begins to close. */
  readonly closing: AbortSignal
  /** Aborted when its streams have ended. */
  readonly drained: AbortSignal
}

/** Creates what resolvers use, until the server closes. */
export function createServices(
  app: FastifyInstance,
  dependencies: ServerDependencies,
  { limits, quotas, drain, closing, drained }: Parts,
): Services {
  const { desk, store, readModels, runner } = dependencies
  const changes = createChangeFeed(store, drained, (error) => logFailure(app.log, error, 'change feed'))
  const live = dependencies.live ?? startLive(inProcessBus())
  app.addHook('onClose', async () => {
    if (!dependencies.live) live.close()
  })
  const speakers = new SharedReads<readonly SpeakingAgent[]>({
    sharedMs: 1_000,
    maxEntries: 1,
    now: () => performance.now(),
  })
  return {
    desk,
    store,
    readModels,
    speakers: () => speakers.get('', () => readModels.routing.speakers()),
    runner,
    ownership: createOwnership(desk, store),
    acknowledged: createAcknowledged(store),
    changes,
    chatWatch: createChatWatch({
      changes,
      store,
      runner,
      readModels,
      now: () => instant(new Date()),
      staffAt: (at) => chatStaffAt(desk.timeline, live.presence, at),
      onError: (error) => logFailure(app.log, error, 'chats'),
    }),
    channelWatch: createChannelWatch({
      desk,
      changes,
      now: () => instant(new Date()),
      onError: (error) => logFailure(app.log, error, 'channels of chat'),
    }),
    live,
    calls: dependencies.calls ?? webRtcCalls({ stun: [], turn: undefined }),
    liveData: dependencies.liveData,
    planUnknown: warnOfUnknownPlans(app.log),
    closing,
    streams: drain,
    revocations: dependencies.revocations,
    readingLimits: limits,
    onRead: quotas.takeRead,
    readingPlaces: { large: createPermits(largeReadsAtOnce), pages: createPermits(pagesAtOnce) },
    histories: createHistoryCache(),
    files: dependencies.files,
    activities: dependencies.activities,
    likelyIncidents: dependencies.likelyIncidents,
    takeActivities: quotas.takeActivities,
    readership: dependencies.readership,
    languages: dependencies.languages,
    translations: dependencies.translations,
    push: dependencies.push,
    sendsEmail: dependencies.sendsEmail ?? false,
    takeUploaded: quotas.takeUploaded,
    takeMessage: quotas.takeMessage,
    uploadsAtOnce: ({ role }) => limits.uploads * shareOf(role),
    reachTimeoutMs: dependencies.reachTimeoutMs ?? 2_000,
    onOperation: dependencies.onOperation,
  }
}

/** The number of unknown plans that are recorded as logged. */
const maxLoggedPlans = 1_000

/** Logs once each plan that a token claims and the desk does not have: no SLA policy applies to it. */
function warnOfUnknownPlans(log: Pick<FastifyBaseLogger, 'warn'>): (plan: string) => void {
  const logged = new LruCache<string, true>({ maxEntries: maxLoggedPlans })
  return (plan) => {
    if (logged.has(plan)) return
    logged.set(plan, true)
    log.warn({ plan }, 'a token claims a plan that the configuration does not name')
  }
}
