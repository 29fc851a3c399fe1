import type { Desk, EventStore } from '@guichet/domain'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type { Ownership } from '../ticket/ownership.ts'
import type { HistoryCache } from '../ticket/ticket-history.ts'
import type { Acknowledged } from './acknowledged.ts'
import type { ReadingLimits, ReadingPlaces } from './reading-budget.ts'
import type { Principal, Revocations } from '../../auth/index.ts'
import type { ChangeFeed } from '../subscription/change-feed.ts'

/** The desk as what answers requests has it: without the engine's own entry. */
export type RequestDesk = Omit<Desk, 'engine'>

/** What the API is built on: the same for every request. */
export type Services = {
  readonly desk: RequestDesk
  readonly store: EventStore
  readonly readModels: ReadModels
  readonly runner: Pick<ProjectionRunner, 'reached'>
  readonly ownership: Ownership
  readonly acknowledged: Acknowledged
  readonly changes: ChangeFeed
  /** Tells whoever runs the desk that a token claims a plan that the desk does not have; each plan once. */
  readonly planUnknown: (plan: string) => void
  /** Which tokens are no longer valid though their time is not over. */
  readonly revocations?: Revocations | undefined
  /** Aborted when the server shuts down. */
  readonly closing: AbortSignal
  /** What one operation may read of histories and texts. */
  readonly readingLimits: ReadingLimits
  /** Hears of what is read of histories and texts for somebody, in bytes. */
  readonly onRead: (principal: Principal | undefined, bytes: number) => void
  /** The places of those that read much at once. */
  readonly readingPlaces: ReadingPlaces
  /** Long histories of tickets that were read lately. */
  readonly histories: HistoryCache
  /** How long a reader waits for the read models to show what they wrote, in milliseconds. */
  readonly reachTimeoutMs: number
}
