import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { GraphQLFormattedError } from 'graphql'
import { SignJWT } from 'jose'
import pg from 'pg'
import type { Desk, EventStore, Instant, Position } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { DatabaseTemplate, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import type { Role } from '../../auth/principal.ts'
import { unconfigured } from '../../desk-configuration/versions.ts'
import type { ServerDependencies } from '../create-server.ts'
import { createServer } from '../create-server.ts'

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

/** What a mutation answers with, as the tests ask for it. */
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

/** A command id that no other command has. */
export const nextCommandId = (): string => `command-${++last}`

/** Sends a mutation that must be let through, until all read models show it; a domain's refusal is an answer. */
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

/** The document of a mutation with its input in the variable `input`. */
export function mutation(operation: string, entity = 'ticket { ticketId: id status version }'): string {
  const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${operation}(input: $input) { ${selection} ${entity} } }`
}

/** Opens a ticket as a customer and answers with its id. */
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
type Told<T> = { readonly data?: T | null; readonly errors?: readonly GraphQLFormattedError[] }

/** A subscription over an event stream, as a client of the API sees it. */
type EventStream<T> = {
  /** Waits for the next results. */
  take(count: number): Promise<readonly Told<T>[]>
  /** Waits until the server ends the stream, and answers with what had not been taken. */
  rest(): Promise<readonly Told<T>[]>
  leave(): Promise<void>
}

/** Opens a subscription; resolves when the server has begun to answer. */
export async function openEventStream<T>(url: string, token: string, query: string): Promise<EventStream<T>> {
  const leaving = new AbortController()
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
    signal: leaving.signal,
  })
  const { body } = response
  if (!response.ok || !body) throw new Error(`${response.status}: ${await response.text()}`)
  // Read from now on: a response that nobody reads yet is cancelled when it is collected as garbage.
  const results = resultsOf<T>(body.getReader())

  return {
    take: async (count) => {
      const taken: Told<T>[] = []
      while (taken.length < count) {
        const { done, value } = await results.next()
        if (done) throw new Error(`the stream ended after ${JSON.stringify(taken)}`)
        taken.push(value)
      }
      return taken
    },
    rest: async () => {
      const taken: Told<T>[] = []
      for await (const result of results) taken.push(result)
      return taken
    },
    leave: async () => leaving.abort(),
  }
}

async function* resultsOf<T>(body: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Told<T>, void, undefined> {
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
      if (event === 'next' && data !== undefined) yield JSON.parse(data) as Told<T>
    }
  }
}

/** The key of tests. */
export const tokenKey = { algorithm: 'HS256', secret: 'a secret that only the tests of the API know' } as const

/** Somebody a test speaks as. */
export type Bearer = {
  readonly id: string
  readonly role: Role
  readonly name?: string
  readonly email?: string
  readonly plan?: string
}

export const zoe: Bearer = { id: 'zoe', role: 'customer', name: 'Zoé Dupont', email: 'zoe@example.org' }
export const max: Bearer = { id: 'max', role: 'customer', name: 'Max Martin' }
export const ana: Bearer = { id: 'ana', role: 'agent', name: 'Ana Silva', email: 'ana@desk.example' }
export const bob: Bearer = { id: 'bob', role: 'agent', name: 'Bob' }
export const sam: Bearer = { id: 'sam', role: 'supervisor', name: 'Sam' }
export const ada: Bearer = { id: 'ada', role: 'admin', name: 'Ada' }
export const ines: Bearer = { id: 'ines', role: 'auditor', name: 'Inès' }
export const gateway: Bearer = { id: 'mail-gateway', role: 'service' }

/** A token for somebody, an hour long unless told otherwise. */
export async function tokenFor(
  { id, role, name, email, plan }: Bearer,
  lifetime: string | Date = '1h',
): Promise<string> {
  return new SignJWT({ role, ...(name && { name }), ...(email && { email }), ...(plan && { plan }) })
    .setProtectedHeader({ alg: tokenKey.algorithm })
    .setSubject(id)
    .setIssuer('guichet')
    .setAudience('guichet')
    .setExpirationTime(lifetime)
    .sign(new TextEncoder().encode(tokenKey.secret))
}
