import type { Desk, EventStore, Instant, Position } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { DatabaseTemplate, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import type { FastifyInstance } from 'fastify'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { unconfigured } from '../../desk-configuration/unconfigured.ts'
import { createServer } from '../create-server.ts'
import type { ServerDependencies } from '../create-server.ts'
import { tokenFor, tokenKey } from './tokens.ts'
import type { Bearer } from './tokens.ts'

/** What a GraphQL answer holds. */
export type Answer = {
  readonly status: number
  readonly data: Record<string, unknown> | null | undefined
  readonly errors: readonly {
    readonly message: string
    readonly path?: readonly unknown[]
    readonly extensions: { readonly code: string }
  }[]
}

/** The API over a store and read models in a Postgres database of its own. */
export type ApiUnderTest = {
  readonly app: FastifyInstance
  readonly desk: Desk
  readonly store: EventStore
  readonly databaseUrl: string
  /** How often requests have asked Postgres: statements to the read models, calls of the store. */
  asked(): number
  /** Resolves when all read models show a position, also those that a mutation does not wait for. */
  settled(position: Position): Promise<unknown>
  /** Sends an operation as somebody. */
  ask(
    as: Bearer | undefined,
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer>
  /** The data of an operation. @throws Error when it is answered with an error. */
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
    | 'followers'
    | 'auth'
    | 'revocations'
    | 'trustProxy'
    | 'reachTimeoutMs'
    | 'closeGraceMs'
    | 'schema'
    | 'explorerToken'
    | 'allowedOperations'
  >
> & { readonly now?: () => Instant }

/** What runs around the tests of a file: vitest's own. */
type Hooks = Readonly<Record<'beforeAll' | 'afterAll', (run: () => Promise<void>) => void>>

/** What the API creates when it starts for the first time. */
const startedOnce: DatabaseTemplate = {
  name: 'api_started_once',
  prepare: async (url) => (await startApi(url)).close(),
}

/** The API before the first test of a file, over a database of its own; both are gone after the last one. */
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
    asked: () => started().asked(),
    settled: (position) => started().settled(position),
    ask: (...operation) => started().ask(...operation),
    dataOf: (...operation) => started().dataOf(...operation),
    close: () => started().close(),
  }
}

/** The API over a database that is there already. */
export async function startApi(databaseUrl: string, options: Options = {}): Promise<ApiUnderTest> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  const reading = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  let asked = 0
  const count = (): void => void asked++
  reading.query = counted(reading.query.bind(reading), count)

  const stored = await postgresStore({ pool, catalogue: guichetEvents })
  const store: EventStore = {
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
  const app = await createServer({
    desk,
    store,
    readModels: readModels(reading),
    runner,
    auth: { issuer: 'guichet', audience: 'guichet', key: tokenKey },
    development: false,
    ...options,
  })

  const ask: ApiUnderTest['ask'] = async (as, document, variables = {}, headers = {}) => {
    const response = await app.inject({
      method: 'POST',
      url: '/graphql',
      headers: { ...headers, ...(as && { authorization: `Bearer ${await tokenFor(as)}` }) },
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
    asked: () => asked,
    settled: (position) => runner.reached(position, 10_000),
    ask,
    dataOf: async (...operation) => {
      const { data, errors } = await ask(...operation)
      if (!data || errors.length > 0) throw new Error(`${operation[1]}: ${JSON.stringify(errors)}`)
      return data
    },
    close: async () => {
      await app.close()
      await runner.stop()
      await store.close()
      await Promise.all([pool.end(), reading.end()])
    },
  }
}

/** The same function, counted. */
function counted<F extends (...args: never[]) => unknown>(call: F, count: () => void): F {
  return ((...args: never[]) => {
    count()
    return call(...args)
  }) as F
}
