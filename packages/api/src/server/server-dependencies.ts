import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { GraphQLSchema } from 'graphql'
import type { CallProvider, EventStore, LanguageDetector } from '@guichet/domain'
import type { FollowerHealth } from '@guichet/eventstore'
import type { Files } from '@guichet/files'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type { ActivityStore, LikelyIncidents, Push, Readership, Translations } from '@guichet/workflows'
import type { Revocation, Revocations } from '../auth/revocations.ts'
import type { AuthConfig } from '../auth/tokens.ts'
import type { VisitorAuth } from '../auth/visitor-tokens.ts'
import type { OnOperation } from '../graphql/operation-outcomes.ts'
import type { RequestDesk } from '../graphql/services.ts'
import type { Live } from '../live/live.ts'
import type { LiveData } from '../live-data/live-data.ts'
import type { ChatTokens } from './chat-pages.ts'
import type { DrainOptions } from './draining.ts'
import type { ExplorerToken } from './explorer.ts'
import type { TraceRequest } from './failures.ts'
import type { ReadinessCheck } from './health.ts'
import type { Limits } from './limits.ts'

/** The dependencies of the server. The caller closes them. */
export type ServerDependencies = {
  readonly desk: RequestDesk
  readonly store: EventStore
  readonly readModels: ReadModels
  readonly runner: Pick<ProjectionRunner, 'reached' | 'stopped'> &
    Partial<Pick<ProjectionRunner, 'lagging' | 'lagUnknown'>>
  /** The consumers of the history in this process, which `/ready` reports; none by default. */
  readonly followers?: Pick<FollowerHealth, 'failing'> | undefined
  readonly auth: AuthConfig
  /** The content of files; none by default: then no file is taken. */
  readonly files?: Files | undefined
  /** The activities that sites and services report; none by default: then none are taken. */
  readonly activities?: ActivityStore | undefined
  /** The trouble of many customers that may be an incident; none by default. */
  readonly likelyIncidents?: Pick<LikelyIncidents, 'since' | 'of' | 'customersOf'> | undefined
  /** What readers make of articles; none by default: then nobody rates articles, and no views are counted. */
  readonly readership?: Readership | undefined
  /** Translates what people write; none by default. */
  readonly translations?: Translations | undefined
  /** Tells in which language texts are. */
  readonly languages?: LanguageDetector | undefined
  /** The pushes to browsers; none by default. */
  readonly push?: Push | undefined
  /** Whether e-mails are sent, or handed to the webhook; false by default. */
  readonly sendsEmail?: boolean | undefined
  /** The schema; that of the product by default. */
  readonly schema?: GraphQLSchema | undefined
  /** The tokens that were revoked before they expired; none by default. */
  readonly revocations?: Revocations | undefined
  /** Revokes a token in all processes until it expires, in milliseconds since 1970. Needed where there are visitors. */
  readonly revoke?: ((revocation: Revocation, expiresAt: number) => Promise<void>) | undefined
  /** How the desk mints the tokens of anonymous visitors; it takes none by default. */
  readonly visitors?: Omit<VisitorAuth, 'desk'> | undefined
  readonly limits?: Partial<Limits> | undefined
  /** Lets everybody inspect the schema, and serves the explorer page. */
  readonly development: boolean
  /**
   * The token with which the explorer opens, in development, in a browser on this machine. It has none by default and
   * behind a trusted proxy.
   */
  readonly explorerToken?: ExplorerToken | undefined
  /** The tokens with which the pages of the chat open, under the same conditions. */
  readonly chatTokens?: ChatTokens | undefined
  /** The log; nothing is logged without it. */
  readonly log?: FastifyBaseLogger | undefined
  /** The web origins whose pages may call the API from a browser; none by default. */
  readonly corsOrigins?: readonly string[] | undefined
  /** The checks of `/ready` by name, besides the databases and the read models. */
  readonly readiness?: Readonly<Record<string, ReadinessCheck>> | undefined
  /** Checks of `/ready` without which the server works, but not as it should. */
  readonly degrading?: Readonly<Record<string, ReadinessCheck>> | undefined
  /** The only documents for principals who may not inspect the schema; any document by default. */
  readonly allowedOperations?: readonly string[] | undefined
  /**
   * How long running requests may continue when the server closes, after its streams have ended, in milliseconds; 5,000 by default.
   */
  readonly closeGraceMs?: number | undefined
  /** Who types and who is there; within this process by default. */
  readonly live?: Live | undefined
  /** Carries the calls in chats; browsers that reach each other without any server by default. */
  readonly calls?: CallProvider | undefined
  /** What other systems know of customers now; nothing by default. */
  readonly liveData?: LiveData | undefined
  /** How its event streams and WebSockets end when the server closes. */
  readonly drain?: DrainOptions | undefined
  /** How long a reader waits until the read models show its own writes, in milliseconds; 2,000 by default. */
  readonly reachTimeoutMs?: number | undefined
  /** Proxies, by address, range or name such as `loopback`, whose `x-forwarded-for` is trusted; none by default. */
  readonly trustProxy?: readonly string[] | undefined
  /** Called with the server before it listens, to measure its requests. */
  readonly observe?: ((app: FastifyInstance) => void) | undefined
  /** Called with the outcome of each operation, to measure it. */
  readonly onOperation?: OnOperation | undefined
  /** Answers each request to the API in a span of a trace. */
  readonly trace?: TraceRequest | undefined
}
