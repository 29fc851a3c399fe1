import type DataLoader from 'dataloader'
import type {
  CallProvider,
  ChannelAvailability,
  ChatChannel,
  Desk,
  EventEnvelope,
  EventStore,
  LanguageDetector,
  Position,
  StreamName,
  TicketEvent,
} from '@guichet/domain'
import type {
  AgentTime,
  ArticleCategoryRow,
  ArticleLinkRow,
  ArticleReaders,
  ArticleRevisionRow,
  ArticleRow,
  ArticleTargetRow,
  ChatPace,
  ChatQueue,
  ChatRow,
  ChatTargetRow,
  CustomerRow,
  IncidentRow,
  MessageRow,
  Page,
  ProjectionRunner,
  QueuedChat,
  ReadModels,
  RevisionKey,
  SlaTargetRow,
  Slice,
  SpeakingAgent,
  TicketDeadlineRow,
  TicketRow,
  SentArticleFigures,
} from '@guichet/projections'
import type { Files } from '@guichet/files'
import type {
  ActivityStore,
  LikelyIncidents,
  Push,
  Readership,
  ReadershipFigures,
  ReadershipPeriod,
  RecordedIncident,
  Translations,
} from '@guichet/workflows'
import type { GraphQLError } from 'graphql'
import type { TakeActivities } from '../activities/record-activities.ts'
import type { Principal } from '../auth/principal.ts'
import type { Revocations } from '../auth/revocations.ts'
import type { VerifyToken } from '../auth/tokens.ts'
import type { TermsHistory } from '@guichet/desk/configuration'
import type { LiveData } from '../live-data/live-data.ts'
import type { Live } from '../live/live.ts'
import type { OnOperation, Refusals } from './operation-outcomes.ts'
import type { ReadingBudget, ReadingLimits, ReadingPlaces } from './reading-budget.ts'
import type { MessageToTranslate, TranslatedText } from './translate-messages.ts'

/** The context that the resolvers of one request share. */
export type ApiContext = {
  readonly services: Services
  readonly principal: Principal | undefined
  /** The header `Accept-Language` of the request. */
  readonly acceptLanguage?: string | undefined
  /** The header `User-Agent` of the request. */
  readonly userAgent?: string | undefined
  /** The network address of the caller, where mutations are counted by it. */
  readonly address?: string | undefined
  readonly requestId: string
  /** Verifies the token of the principal again, for operations that outlast the request. */
  readonly verifyToken: (() => ReturnType<VerifyToken>) | undefined
  readonly loaders: Loaders
  /** Waits until there is room on the connection of a subscription for its next result; absent where that is not limited. */
  readonly room?: () => Promise<void>
  /** The reading budget of the operation; `release` it when the operation ends. */
  readonly budget: ReadingBudget
  /** Clears the loaders: later reads see everything acknowledged by now, and the history at least up to a position. */
  reload(position?: Position): void
  /**
   * Clears the loaders: later reads show the history at least up to a position, for which they wait up to `patienceMs`. They do not wait for
   * what was acknowledged after it.
   */
  showFrom(position: Position, patienceMs: number): void
  /**
   * Waits, within the time limit, until projections show what this server had acknowledged when the request first read, what the
   * request has seen, and the position that it requires. Returns false if they may not show it.
   */
  shows(projections: readonly string[]): Promise<boolean>
  /** Which commands of this operation were refused; undefined where nothing is measured. */
  readonly refusals?: Refusals | undefined
  /** Returns a read model after waiting, as `shows` does, for it or the given projections; throws `position_not_reached` when they do not reach the position that the request requires. */
  read<M extends keyof ReadModels>(model: M, projections?: readonly string[]): Promise<ReadModels[M]>
}

/** The desk for requests: without the entry for the engine. */
export type RequestDesk = Omit<Desk, 'engine'>

/** What a principal sends in chats: a message, or the start of a chat or of a ticket in place of one. */
export type SentInChats = 'message' | 'start'

/** The services of the API, shared by all requests. */
export type Services = {
  readonly desk: RequestDesk
  readonly store: EventStore
  readonly readModels: ReadModels
  /** The active agents who have languages, as they were at most a second ago. */
  readonly speakers: () => Promise<readonly SpeakingAgent[]>
  readonly runner: Pick<ProjectionRunner, 'reached'>
  readonly ownership: Ownership
  readonly acknowledged: AcknowledgedWrites
  readonly changes: ChangeFeed
  readonly chatWatch: ChatWatch
  /** Who types and who is there, and the signals of calls, in all processes of the desk. */
  readonly live: Pick<Live, 'typing' | 'editing' | 'presence' | 'callSignals'>
  /** Carries the calls in chats. */
  readonly calls: CallProvider
  /** What other systems know of customers now; undefined in a server without such systems. */
  readonly liveData: LiveData | undefined
  readonly channelWatch: ChannelWatch
  /** Reports that a token claims a plan that the desk does not have; once per plan. */
  readonly planUnknown: (plan: string) => void
  /** Tokens that were revoked before they expired. */
  readonly revocations?: Revocations | undefined
  /** Aborted when the server begins to shut down: no request is answered from then on. */
  readonly closing: AbortSignal
  /** The live streams of the server, which end one after another while it shuts down. */
  readonly streams: LiveStreams
  /** Limits on what one operation may read of histories and texts. */
  readonly readingLimits: ReadingLimits
  /** Called with the bytes of histories and texts read for a principal. */
  readonly onRead: (principal: Principal | undefined, bytes: number) => void
  /** The places shared by operations that read much. */
  readonly readingPlaces: ReadingPlaces
  /** The cache of long histories. */
  readonly histories: HistoryCache
  /** The content of files; undefined in a server that stores none. */
  readonly files: Files | undefined
  /** What customers do and meet, as it is reported; undefined in a server that records nothing of it. */
  readonly activities: ActivityStore | undefined
  readonly takeActivities: TakeActivities
  /** The trouble of many customers that may be an incident; undefined in a server that analyses nothing. */
  readonly likelyIncidents: Pick<LikelyIncidents, 'since' | 'of' | 'customersOf'> | undefined
  /** What readers make of articles; undefined in a server that counts none. */
  readonly readership: Readership | undefined
  /** Tells in which language texts are; undefined in a server that does not ask. */
  readonly languages: LanguageDetector | undefined
  /** Translates what people write; undefined in a server without any service for it. */
  readonly translations: Translations | undefined
  /** The pushes to browsers; undefined where they are off. */
  readonly push: Push | undefined
  /** Whether e-mails are sent, or handed to the webhook. */
  readonly sendsEmail: boolean
  /** Counts the bytes of an upload that a principal asks for, and for visitors those of their address. Returns the error if it is refused. */
  readonly takeUploaded: (principal: Principal, bytes: number, address: string | undefined) => GraphQLError | undefined
  /** Counts a message that a principal sends in a chat, and for visitors that of their address. Returns the error if it is refused. */
  readonly takeMessage: (
    principal: Principal,
    address: string | undefined,
    sent?: SentInChats,
  ) => GraphQLError | undefined
  /** The number of unfinished uploads that a principal may have. */
  readonly uploadsAtOnce: (principal: Principal) => number
  /** How long a reader waits for the read models to show their own writes, in milliseconds. */
  readonly reachTimeoutMs: number
  /** Measures the outcomes of operations; undefined where nothing is measured. */
  readonly onOperation?: OnOperation | undefined
}

/** A page of a ticket's conversation. */
export type ConversationKey = { readonly ticketId: string; readonly page: Page }

/** A page of the SLA targets of a ticket. */
type TargetsKey = { readonly ticketId: string; readonly page: Page }

/** A page of the targets of a chat. */
type ChatTargetsKey = { readonly chatId: string; readonly page: Page }

/** Trouble by its fingerprint, from a day (UTC) on. */
export type TroubleSince = { readonly fingerprint: string; readonly day: string }

/** A period of an agent, both days included. */
export type AgentDays = { readonly id: string; readonly first: string; readonly last: string }

/** What readers made of an article in a period. */
export type ReadershipKey = { readonly articleId: string; readonly period: ReadershipPeriod }

/** How often an article was sent, and how many of these messages its customer has opened it after; undefined where that is not recorded. */
export type SentArticleView = SentArticleFigures & { readonly opened: number | undefined }

/** The place of a chat in the queue, and the pace of the desk. */
export type ChatQueuePlace = { readonly queued: QueuedChat; readonly pace: ChatPace }

/** The loaders of one request: each batches reads of one kind into one statement, and caches them for the request. */
export type Loaders = {
  /** Tickets that the viewer may see; null for unknown and foreign ones. */
  readonly ticket: DataLoader<string, TicketRow | null>
  /** The ids of tickets by their numbers. */
  readonly ticketId: DataLoader<number, string | null>
  /** Rejects with a RangeError when the page begins or ends at a message that is not in the conversation. */
  readonly conversation: DataLoader<ConversationKey, Slice<MessageRow>, string>
  /** Chats that the viewer may see, as the read model shows them. */
  readonly chat: DataLoader<string, ChatRow | null>
  /** The places of chats in the queue, which is read once; null for chats that do not wait. */
  readonly chatPlace: DataLoader<string, ChatQueuePlace | null>
  /** Pages of the targets of chats, for the desk. */
  readonly chatTargets: DataLoader<ChatTargetsKey, Slice<ChatTargetRow>, string>
  /** The customer, all who were merged into them, and the visitors whom they have claimed. */
  readonly mergedCustomers: DataLoader<string, ReadonlySet<string>>
  /** The records of customers, for the desk: of one who was merged, that of the survivor; null where there is none. */
  readonly customer: DataLoader<string, CustomerRow | null>
  /** The articles that the viewer may read; null for others. */
  readonly article: DataLoader<string, ArticleRow | null>
  readonly articleCategories: DataLoader<ArticleReaders, readonly ArticleCategoryRow[]>
  readonly articleRevision: DataLoader<RevisionKey, ArticleRevisionRow | null, string>
  /** What links to revisions need of them. */
  readonly articleTarget: DataLoader<RevisionKey, ArticleTargetRow | null, string>
  /** The links of revisions to articles, by target and anchor. */
  readonly articleLinks: DataLoader<RevisionKey, readonly ArticleLinkRow[], string>
  readonly readership: DataLoader<ReadershipKey, ReadershipFigures | null, string>
  /** Translations of messages: those of one list are asked for together. Null where a message is in the wanted language. */
  readonly translation: DataLoader<MessageToTranslate, TranslatedText | null, string>
  readonly sentArticle: DataLoader<ReadershipKey, SentArticleView | null, string>
  readonly incident: DataLoader<string, IncidentRow | undefined>
  /** The latest likely incidents about troubles, from a day on; undefined where there is none. */
  readonly likelyIncident: DataLoader<TroubleSince, RecordedIncident | undefined, string>
  /** The languages of agents who are registered (BCP 47). */
  readonly agentLanguages: DataLoader<string, readonly string[]>
  readonly deadlines: DataLoader<string, readonly TicketDeadlineRow[]>
  readonly slaTargets: DataLoader<TargetsKey, Slice<SlaTargetRow>, string>
  /** The time of agents in each availability, by the days of the desk's time zone. */
  readonly agentTimes: DataLoader<AgentDays, readonly AgentTime[], string>
  /**
   * The stored history of a ticket, read once for everything that is folded from it. Each ticket takes a separate statement, so that
   * fields that use it have the cost `historyCost`.
   */
  readonly history: DataLoader<string, TicketHistory>
  readonly terms: TermsHistory
}

/** The history of a ticket, possibly without long texts: `withTexts` and `withBodies` add them where they are shown. */
export type TicketHistory = readonly EventEnvelope<TicketEvent>[]

/** A history without its long texts, the number of characters of all texts, and about how many bytes the history takes. */
export type CachedHistory = { readonly history: TicketHistory; readonly characters: number; readonly bytes: number }

/** A cache of long histories. A history only grows at its end, so that a cached one stays valid. */
export type HistoryCache = {
  get(ticketId: string): CachedHistory | undefined
  set(ticketId: string, entry: CachedHistory): void
}

/**
 * Answers whose ticket it is. A ticket's customer never changes, so that the answer can be cached. The exception is imported tickets: an
 * import can be taken back, and the ticket imported again for another customer.
 */
export type Ownership = {
  /** Whether a principal may act on a ticket: staff on any, customers on their own. */
  maySee(principal: Principal, ticketId: string): Promise<boolean> | boolean
  /** Whether a ticket exists. For the desk, which may see any. */
  exists(ticketId: string): Promise<boolean> | boolean
}

/** Called with events in global order as they become readable. */
export type Listener = (events: readonly EventEnvelope[]) => void

/** The live streams of a server: subscriptions and WebSockets. */
export type LiveStreams = {
  /** Calls `end` once when the server stops and it is this stream's turn; at once if all have ended. Returns a function that withdraws it. */
  join(end: () => void): () => void
}

/** The one reader of the log for all subscriptions of this process; it reads only while there are listeners. */
export type ChangeFeed = {
  /** Calls the listener with every event that becomes readable from now on, until the returned function is called. */
  listen(listener: Listener): Promise<() => void>
  /** As `listen`, for the events of one stream: events of other streams cost this listener nothing. */
  follow(stream: StreamName, listener: Listener): Promise<() => void>
}

/** What has changed: the chats, as the read model shows them, and the queue of those that wait. */
type ChatChanges = { readonly chats: readonly ChatRow[]; readonly queue: ChatQueue }

/** The chats of a desk for those who watch all of them: read once for all watchers of a process. */
export type ChatWatch = {
  /** Calls the listener with what has changed, until the returned function is called. */
  follow(listener: (changes: ChatChanges) => void): Promise<() => void>
}

/** What the channels of chat do, for all who follow it: nobody polls. */
export type ChannelWatch = {
  now(channel: ChatChannel): Promise<ChannelAvailability>
  /** Calls the listener when a channel may have opened, closed or changed, until the returned function is called. */
  follow(listener: () => void): Promise<() => void>
}

/** The last write that this server has acknowledged to a client: later reads show it. */
type AcknowledgedWrites = {
  written(position: Position): void
  /** The highest position written; undefined before the first write. */
  last(): Position | undefined
}

/** Starts with no writes. Calls to `written` may come in any order: the highest position wins. */
export function createAcknowledged({ comparePositions }: Pick<EventStore, 'comparePositions'>): AcknowledgedWrites {
  let last: Position | undefined
  return {
    written: (position) => {
      if (last === undefined || comparePositions(last, position) < 0) last = position
    },
    last: () => last,
  }
}
