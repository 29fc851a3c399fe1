import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { GraphQLFormattedError } from 'graphql'
import { SignJWT } from 'jose'
import pg from 'pg'
import type { Desk, Instant, Position } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { DatabaseTemplate, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { Files } from '@guichet/files'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import type { Role } from '../../auth/principal.ts'
import type { ActivityStore, Push, Readership, TranslationOptions } from '@guichet/workflows'
import { languageDetector, openReadership, openTranslations } from '@guichet/workflows'
import { unconfigured } from '@guichet/desk/configuration'
import { createServer } from '../create-server.ts'
import type { ServerDependencies } from '../server-dependencies.ts'
import type { LiveDataUnderTest } from './live-data-under-test.ts'
import { createVisitorTokens } from '../../auth/visitor-tokens.ts'

/** A GraphQL answer. */
export type Answer = {
  readonly status: number
  readonly data: Record<string, unknown> | null | undefined
  readonly errors: readonly {
    readonly message: string
    readonly path?: readonly unknown[]
    readonly extensions: { readonly code: string }
  }[]
}

/** The API over a store and read models in a separate Postgres database. */
export type ApiUnderTest = {
  readonly app: FastifyInstance
  readonly desk: Desk
  readonly store: PostgresStore
  readonly databaseUrl: string
  readonly readership: Readership
  /** Returns the number of queries to Postgres: statements to the read models and calls of the store. */
  queryCount(): number
  /** Resolves when all read models show a position, including those that a mutation does not wait for. */
  settled(position: Position): Promise<unknown>
  /** Sends an operation as the given bearer. */
  ask(
    as: Bearer | undefined,
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer>
  /** Returns a token for a bearer: as `tokenFor`, or one that this desk mints for a visitor, a new one without the id of a visitor. */
  tokenOf(as: Bearer): Promise<string>
  /** Returns the data of an operation. @throws Error when it is answered with an error. */
  dataOf(as: Bearer, query: string, variables?: Record<string, unknown>): Promise<Record<string, unknown>>
  close(): Promise<void>
}

type Options = Partial<
  Pick<
    ServerDependencies,
    | 'limits'
    | 'development'
    | 'log'
    | 'runner'
    | 'readModels'
    | 'readiness'
    | 'sendsEmail'
    | 'degrading'
    | 'followers'
    | 'auth'
    | 'revocations'
    | 'trustProxy'
    | 'reachTimeoutMs'
    | 'closeGraceMs'
    | 'drain'
    | 'visitors'
    | 'revoke'
    | 'corsOrigins'
    | 'schema'
    | 'explorerToken'
    | 'chatTokens'
    | 'calls'
    | 'allowedOperations'
    | 'activities'
    | 'likelyIncidents'
    | 'live'
  >
> & {
  readonly now?: () => Instant
  /** Called whenever a request begins to wait until the named read models, or all, show a position. */
  readonly onWait?: (readModels: readonly string[] | undefined) => void
  /** Opens the files of the API over its database; it has none by default. */
  readonly files?: (databaseUrl: string) => Promise<Files>
  /** Opens the live data of the API over its database; it has none by default. */
  readonly liveData?: (databaseUrl: string) => Promise<LiveDataUnderTest>
  /** The services that translate, over its database; none by default. */
  readonly translation?: () => TranslationOptions
  /** The pushes to browsers, over a pool of its database; none by default. */
  readonly push?: (pool: pg.Pool) => Push
  /** Opens the activities of the API over its database, in place of `activities`. */
  readonly storedActivities?: (desk: Desk, pool: pg.Pool) => Promise<ActivityStore>
}

/** Vitest's hooks around the tests of a file. */
type Hooks = Readonly<Record<'beforeAll' | 'afterAll', (run: () => Promise<void>) => void>>

/** The tables that the API creates when it starts for the first time. */
const startedOnce: DatabaseTemplate = {
  name: 'api_started_once',
  prepare: async (url) => (await startApi(url)).close(),
}

/** Starts the API over a separate database before the first test of a file, and removes both after the last one. */
export function useApi({ beforeAll, afterAll }: Hooks, options: Options = {}): ApiUnderTest {
  let running: { readonly api: ApiUnderTest; readonly database: TestDatabase } | undefined
  beforeAll(async () => {
    const database = await createTestDatabase(startedOnce)
    running = { database, api: await startApi(database.url, options) }
  })
  afterAll(async () => {
    await running?.api.close()
    await running?.database.drop()
  })
  const started = (): ApiUnderTest => {
    if (!running) throw new Error('the API starts before the first test: ask it in beforeAll or later')
    return running.api
  }
  return {
    get app() {
      return started().app
    },
    get desk() {
      return started().desk
    },
    get store() {
      return started().store
    },
    get databaseUrl() {
      return started().databaseUrl
    },
    get readership() {
      return started().readership
    },
    queryCount: () => started().queryCount(),
    settled: (position) => started().settled(position),
    ask: (...operation) => started().ask(...operation),
    tokenOf: (as) => started().tokenOf(as),
    dataOf: (...operation) => started().dataOf(...operation),
    close: () => started().close(),
  }
}

/** Starts the API over an existing database. */
export async function startApi(databaseUrl: string, options: Options = {}): Promise<ApiUnderTest> {
  const openPool = (): pg.Pool => new pg.Pool({ connectionString: databaseUrl, max: 5 }).on('error', reportedByTheQuery)
  const [pool, reading] = [openPool(), openPool()]
  let queries = 0
  const count = (): void => void queries++
  reading.query = counted(reading.query.bind(reading), count)

  const stored = await postgresStore({ pool, catalogue: guichetEvents })
  const store: PostgresStore = {
    ...stored,
    append: counted(stored.append.bind(stored), count),
    readStream: counted(stored.readStream.bind(stored), count),
    readAll: counted(stored.readAll.bind(stored), count),
    findCommand: counted(stored.findCommand.bind(stored), count),
    head: counted(stored.head.bind(stored), count),
    isAhead: counted(stored.isAhead.bind(stored), count),
  }
  const desk = createDesk({
    store,
    now: options.now ?? (() => instant(new Date())),
    newId: randomUUID,
    policy: unconfigured,
  })
  const runner = createProjectionRunner({
    store: stored,
    pool,
    projections: projections({ policy: desk.policy, wording: desk.wording }),
  })
  await runner.start()
  const { files: openFiles, liveData: openLiveData, push, translation, now: _, onWait, ...given } = options
  const [liveData, files] = [await openLiveData?.(databaseUrl), await openFiles?.(databaseUrl)]
  const languages = languageDetector()
  const readership = await openReadership({ pool, now: desk.now, onError: reportedByTheQuery })
  const translations =
    translation &&
    (await openTranslations({
      ...translation(),
      pool,
      detector: languages,
      now: desk.now,
      onError: reportedByTheQuery,
    }))
  const app = await createServer({
    desk,
    store,
    readModels: readModels(reading),
    runner: {
      ...runner,
      reached: (position, timeoutMs, names) => {
        onWait?.(names)
        return runner.reached(position, timeoutMs, names)
      },
    },
    auth: { issuer: 'guichet', audience: 'guichet', key: tokenKey },
    development: false,
    visitors: visitorAuth,
    ...given,
    files,
    liveData,
    ...(options.storedActivities && { activities: await options.storedActivities(desk, pool) }),
    push: push?.(pool),
    readership,
    languages,
    translations,
  })

  const visitors = await createVisitorTokens({ ...visitorAuth, ...options.visitors, desk: await store.identity() })
  const tokenOf: ApiUnderTest['tokenOf'] = async (as) => {
    if (as.role !== 'visitor') return tokenFor(as)
    return (await visitors.visit(as.id.startsWith('visitor-') ? as : undefined)).token
  }
  const ask: ApiUnderTest['ask'] = async (as, document, variables = {}, headers = {}) => {
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { ...headers, ...(as && { authorization: `Bearer ${await tokenOf(as)}` }) },
      payload: { query: document, variables },
    })
    const body = response.json<Partial<Answer>>()
    return { status: response.statusCode, data: body.data, errors: body.errors ?? [] }
  }

  return {
    app,
    desk,
    store,
    databaseUrl,
    readership,
    queryCount: () => queries,
    settled: (position) => runner.reached(position, 10_000),
    ask,
    tokenOf,
    dataOf: async (...operation) => {
      const { data, errors } = await ask(...operation)
      if (!data || errors.length > 0) throw new Error(`${operation[1]}: ${JSON.stringify(errors)}`)
      return data
    },
    close: async () => {
      await app.close()
      await translations?.stop()
      await languages.stop()
      await readership.stop()
      await files?.close()
      await liveData?.stop()
      await runner.stop()
      await store.close()
      await Promise.all([pool.end(), reading.end()])
    },
  }
}

/** Returns the same function with its calls counted. */
function counted<F extends (...args: never[]) => unknown>(call: F, count: () => void): F {
  return ((...args: never[]) => {
    count()
    return call(...args)
  }) as F
}

/** The result of a mutation, as selected by the tests. */
type Result = {
  readonly position: Position | null
  readonly version: number | null
  readonly repeated: boolean
  readonly readModelsReached: boolean
  readonly userErrors: readonly { readonly code: string; readonly message: string; readonly field: string | null }[]
  readonly ticket?: { readonly ticketId: string; readonly status: string; readonly version: number } | null
}

const selection = 'position version repeated readModelsReached userErrors { code message field }'

let last = 0

/** Returns a new command id. */
export const nextCommandId = (): string => `command-${++last}`

/** Sends a mutation and waits until all read models show it. Throws for errors, but returns refusals of the domain. */
export async function mutate(
  api: ApiUnderTest,
  as: Bearer,
  operation: string,
  input: Record<string, unknown>,
  entity = 'ticket { ticketId: id status version }',
): Promise<Result> {
  const { data, errors } = await api.ask(as, mutation(operation, entity), {
    input: { commandId: nextCommandId(), ...input },
  })
  if (errors.length > 0) throw new Error(`${operation}: ${JSON.stringify(errors)}`)
  const result = data?.[operation] as Result
  if (result.position !== null) await api.settled(result.position)
  return result
}

/** Returns the document of a mutation with its input in the variable `input`. */
export function mutation(operation: string, entity = 'ticket { ticketId: id status version }'): string {
  const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${operation}(input: $input) { ${selection} ${entity} } }`
}

/** Opens a ticket as a customer and returns its id. */
export async function openTicket(api: ApiUnderTest, as: Bearer, input: Record<string, unknown> = {}): Promise<string> {
  const { ticket } = await mutate(api, as, 'openTicket', {
    subject: 'Mot de passe',
    body: 'Je ne peux plus me connecter.',
    ...input,
  })
  if (!ticket) throw new Error('no ticket was opened')
  return ticket.ticketId
}

/** One result of a subscription. */
type StreamResult<T> = { readonly data?: T | null; readonly errors?: readonly GraphQLFormattedError[] }

/** A subscription over an event stream, from the client's side. */
type EventStream<T> = {
  /** Waits for the next results. */
  take(count: number): Promise<readonly StreamResult<T>[]>
  /** Waits until the server ends the stream, and returns the remaining results. */
  rest(): Promise<readonly StreamResult<T>[]>
  leave(): Promise<void>
}

/** Opens a subscription; resolves when the server has begun to answer. */
export async function openEventStream<T>(
  url: string,
  token: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<EventStream<T>> {
  const leaving = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
    signal: leaving.signal,
  })
  const { body } = response
  if (!response.ok || !body) throw new Error(`${response.status}: ${await response.text()}`)
  // Reading starts now: an unread response is cancelled when it is garbage-collected.
  const results = resultsOf<T>(body.getReader())

  return {
    take: async (count) => {
      const taken: StreamResult<T>[] = []
      while (taken.length < count) {
        const { done, value } = await results.next()
        if (done) throw new Error(`the stream ended after ${JSON.stringify(taken)}`)
        taken.push(value)
      }
      return taken
    },
    rest: async () => {
      const taken: StreamResult<T>[] = []
      for await (const result of results) taken.push(result)
      return taken
    },
    leave: async () => leaving.abort(),
  }
}

async function* resultsOf<T>(
  body: ReadableStreamDefaultReader<Uint8Array>,
): AsyncGenerator<StreamResult<T>, void, undefined> {
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await body.read()
    if (done) return
    text += decoder.decode(value, { stream: true })
    const messages = text.split('\n\n')
    text = messages.pop() ?? ''
    for (const message of messages) {
      const event = /^event: (\w+)$/m.exec(message)?.[1]
      if (event === 'complete') return
      const data = /^data: (.*)$/m.exec(message)?.[1]
      if (event === 'next' && data !== undefined) yield JSON.parse(data) as StreamResult<T>
    }
  }
}

/** The tokens of visitors in the tests. */
const visitorAuth = { secret: 'a secret of visitors that only the tests of the API know', lifetime: 3_600 }

/** The token key of the tests. */
export const tokenKey = { algorithm: 'HS256', secret: 'a secret that only the tests of the API know' } as const

/** The principal that a test acts as. */
export type Bearer = {
  readonly id: string
  readonly role: Role
  readonly name?: string
  readonly email?: string
  readonly plan?: string
}

/** A customer with an e-mail address. */
export const zoe: Bearer = { id: 'zoe', role: 'customer', name: 'Zoé Dupont', email: 'zoe@example.org' }
/** Another customer, without an address. */
export const max: Bearer = { id: 'max', role: 'customer', name: 'Max Martin' }
/** An agent with an e-mail address. */
export const ana: Bearer = { id: 'ana', role: 'agent', name: 'Ana Silva', email: 'ana@desk.example' }
/** Another agent, without an address. */
export const bob: Bearer = { id: 'bob', role: 'agent', name: 'Bob' }
/** A supervisor. */
export const sam: Bearer = { id: 'sam', role: 'supervisor', name: 'Sam' }
/** An administrator. */
export const ada: Bearer = { id: 'ada', role: 'admin', name: 'Ada' }
/** An auditor, who reads and changes nothing. */
export const ines: Bearer = { id: 'ines', role: 'auditor', name: 'Inès' }
/** A service, such as a mail gateway, that writes for customers. */
export const gateway: Bearer = { id: 'mail-gateway', role: 'service' }

/** Returns a token for a bearer, valid for an hour by default. */
export async function tokenFor(bearer: Bearer, lifetime?: string | Date): Promise<string> {
  if (lifetime !== undefined) return sign(bearer, lifetime)
  const key = JSON.stringify([bearer, Math.floor(Date.now() / reusedForMs)])
  const known = tokens.get(key) ?? sign(bearer, '1h')
  tokens.set(key, known)
  return known
}

/** Tests ask as the same people again and again, and signing takes a tenth of the time of a query. */
const tokens = new Map<string, Promise<string>>()
const reusedForMs = 600_000

function sign({ id, role, name, email, plan }: Bearer, lifetime: string | Date): Promise<string> {
  return new SignJWT({ role, ...(name && { name }), ...(email && { email }), ...(plan && { plan }) })
    .setProtectedHeader({ alg: tokenKey.algorithm })
    .setSubject(id)
    .setIssuer('guichet')
    .setAudience('guichet')
    .setExpirationTime(lifetime)
    .sign(new TextEncoder().encode(tokenKey.secret))
}

const reportedByTheQuery = (): void => undefined
