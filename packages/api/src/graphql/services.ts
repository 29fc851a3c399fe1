import type DataLoader from 'dataloader'
import type { Desk, EventEnvelope, EventStore, Position, TicketEvent } from '@guichet/domain'
import type {
  AgentTime,
  IncidentRow,
  MessageRow,
  Page,
  ProjectionRunner,
  ReadModels,
  SlaTargetRow,
  Slice,
  TicketDeadlineRow,
  TicketRow,
} from '@guichet/projections'
import type { Principal } from '../auth/principal.ts'
import type { Revocations, VerifyToken } from '../auth/tokens.ts'
import type { TermsHistory } from '../desk-configuration/versions.ts'
import type { ReadingBudget, ReadingLimits, ReadingPlaces } from './reading-budget.ts'

/** What the resolvers of one request share. */
export type ApiContext = {
  readonly services: Services
  readonly principal: Principal | undefined
  readonly requestId: string
  /** Verifies the token of the principal again, for what outlasts the request. */
  readonly verifyToken: (() => ReturnType<VerifyToken>) | undefined
  readonly loaders: Loaders
  /** What the operation may read that grows with how long tickets are; `release` it when the operation is over. */
  readonly budget: ReadingBudget
  /** Forgets what was loaded: what follows sees all that is acknowledged by now, and the history at least up to a position. */
  reload(position?: Position): void
  /**
   * Waits, within bounds, until projections show what this server had acknowledged when the request first read, what the
   * request has seen and what it asks for; false when they may not.
   */
  shows(projections: readonly string[]): Promise<boolean>
  /** A read model, as `shows` waits for it or for the projections given; throws `position_not_reached` where the request asks for more than there is yet. */
  read<M extends keyof ReadModels>(model: M, projections?: readonly string[]): Promise<ReadModels[M]>
}

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

/** Which page of a ticket's conversation is asked for. */
export type ConversationKey = { readonly ticketId: string; readonly page: Page }

/** Of which ticket targets are asked for, and how many of those that are over. */
export type TargetsKey = { readonly ticketId: string; readonly ended: number }

/** Which days of an agent are asked for, both included. */
export type AgentDays = { readonly id: string; readonly first: string; readonly last: string }

/** Gathers what one request needs of each kind into one statement; remembers it for the rest of the request. */
export type Loaders = {
  /** Tickets the viewer may see; null for unknown and foreign ones alike. */
  readonly ticket: DataLoader<string, TicketRow | null>
  /** The ids of tickets by their numbers. */
  readonly ticketId: DataLoader<number, string | null>
  /** Rejects with a RangeError when the page begins or ends at a message that the conversation does not hold. */
  readonly conversation: DataLoader<ConversationKey, Slice<MessageRow>, string>
  readonly incident: DataLoader<string, IncidentRow | undefined>
  readonly deadlines: DataLoader<string, readonly TicketDeadlineRow[]>
  readonly slaTargets: DataLoader<TargetsKey, readonly SlaTargetRow[], string>
  /** The time of agents in each availability, by the days of the desk's time zone. */
  readonly agentTimes: DataLoader<AgentDays, readonly AgentTime[], string>
  /**
   * The history of a ticket as stored: one read for all that is folded from it. Each ticket takes a statement of its own,
   * which is why what asks for it has the price `historyCost`.
   */
  readonly history: DataLoader<string, TicketHistory>
  readonly terms: TermsHistory
}

/** The history of a ticket, in which long texts may be left out: `withTexts` and `withBodies` put them back where they are shown. */
export type TicketHistory = readonly EventEnvelope<TicketEvent>[]

/** A history without its long texts, how many characters they all have, and about how many bytes it takes itself. */
export type Known = { readonly history: TicketHistory; readonly characters: number; readonly bytes: number }

/** Long histories that were read lately: what is appended comes behind them, so that what is known of them stays true. */
export type HistoryCache = {
  get(ticketId: string): Known | undefined
  set(ticketId: string, known: Known): void
}

/**
 * Knows whose a ticket is. A ticket's customer never changes, so that an answer can be remembered; but for tickets of imports, which may be
 * taken back and come in again as another's.
 */
export type Ownership = {
  /** Whether a principal may act on a ticket at all: staff on any, a customer on what is their own. */
  maySee(principal: Principal, ticketId: string): Promise<boolean> | boolean
  /** Whether there is such a ticket: for the desk, which may see any. */
  exists(ticketId: string): Promise<boolean> | boolean
}

/** Hears of events in global order as they become readable. */
export type Listener = (events: readonly EventEnvelope[]) => void

/** One reader of the store's global order for all subscriptions of this process; it reads only while somebody listens. */
export type ChangeFeed = {
  /** Hears of every event that becomes readable from now on, until the returned function is called. */
  listen(listener: Listener): Promise<() => void>
}

/** What this server has told its clients that it is written: whoever reads from then on is shown it. */
type Acknowledged = {
  written(position: Position): void
  /** The furthest position that was written; undefined before the first. */
  last(): Position | undefined
}

/** Nothing written yet. Positions may be told in any order: that of the store says which is the furthest. */
export function createAcknowledged({ comparePositions }: Pick<EventStore, 'comparePositions'>): Acknowledged {
  let last: Position | undefined
  return {
    written: (position) => {
      if (last === undefined || comparePositions(last, position) < 0) last = position
    },
    last: () => last,
  }
}
