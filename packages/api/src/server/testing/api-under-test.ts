import type { Desk, EventStore, Instant } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import type { FastifyInstance } from 'fastify'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
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
  /** How many statements the read models' pool has run. */
  statements(): number
  /** Sends an operation as somebody. */
  ask(as: Bearer | undefined, query: string, variables?: Record<string, unknown>): Promise<Answer>
  close(): Promise<void>
}

export async function startApi(
  databaseUrl: string,
  options: Partial<
    Pick<ServerDependencies, 'limits' | 'development' | 'runner' | 'readModels' | 'readiness' | 'corsOrigins'>
  > & {
    readonly now?: () => Instant
  } = {},
): Promise<ApiUnderTest> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  const reading = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  let statements = 0
  const query = reading.query.bind(reading)
  reading.query = ((...args: Parameters<typeof query>) => {
    statements++
    return query(...args)
  }) as typeof reading.query

  const store = await postgresStore({ pool, catalogue: guichetEvents })
  const desk = createDesk({ store, now: options.now ?? (() => instant(new Date())), newId: randomUUID })
  const runner = createProjectionRunner({
    store,
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

  return {
    app,
    desk,
    store,
    statements: () => statements,
    ask: async (as, document, variables = {}) => {
      const response = await app.inject({
        method: 'POST',
        url: '/graphql',
        headers: as ? { authorization: `Bearer ${await tokenFor(as)}` } : {},
        payload: { query: document, variables },
      })
      const body = response.json<Partial<Answer>>()
      return { status: response.statusCode, data: body.data, errors: body.errors ?? [] }
    },
    close: async () => {
      await app.close()
      await runner.stop()
      await store.close()
      await Promise.all([pool.end(), reading.end()])
    },
  }
}
