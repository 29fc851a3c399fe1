import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, requireBuild } from '@guichet/eventstore/testing'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { readEnvironment } from '../environment/environment.ts'
import type { Serving } from './serving.ts'
import { serve } from './serving.ts'

let database: TestDatabase
let home: string
beforeAll(async () => {
  requireBuild()
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'guichet-serving-'))
})
afterAll(async () => {
  await database.drop()
  await rm(home, { recursive: true })
})

/** Runs a server with this configuration and queries it. */
async function serving<T>(variables: Readonly<Record<string, string>>, ask: (server: Serving) => Promise<T>) {
  const environment = readEnvironment({
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    GUICHET_HOME: home,
    GUICHET_JWT_SECRET: 's'.repeat(32),
    PORT: '0',
    ...variables,
  })
  const server = await serve(environment, pino({ level: 'silent' }))
  try {
    return await ask(server)
  } finally {
    await server.stop()
  }
}

it('lets pages of the configured origins call the API, and no others', async () => {
  const preflight = async ({ address }: Serving, origin: string) => {
    const { status, headers } = await fetch(`${address}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, guichet-min-position',
      },
    })
    return { status, origin: headers.get('access-control-allow-origin'), headers }
  }
  await serving({ GUICHET_CORS_ORIGINS: 'https://desk.example,http://localhost:5173' }, async (server) => {
    for (const origin of ['https://desk.example', 'http://localhost:5173']) {
      const { headers, ...answer } = await preflight(server, origin)
      expect(answer).toEqual({ status: 204, origin })
      expect(headers.get('access-control-allow-methods')).toContain('POST')
      expect(headers.get('access-control-allow-headers')?.split(/, */)).toEqual([
        'authorization',
        'content-type',
        'guichet-min-position',
      ])
    }
    for (const origin of ['https://evil.example', 'https://desk.example.evil', 'null']) {
      expect((await preflight(server, origin)).origin).toBeNull()
    }
    const { headers } = await fetch(`${server.address}/graphql`, { headers: { origin: 'https://desk.example' } })
    expect(headers.get('access-control-expose-headers')).toContain('retry-after')
  })
})

it.each([
  ['of a trusted proxy', { GUICHET_TRUST_PROXY: 'loopback' }, [401, 401, 429, 401]],
  ['of nobody by default', {}, [401, 401, 429, 429]],
  ['of no other proxy', { GUICHET_TRUST_PROXY: '10.0.0.0/8' }, [401, 401, 429, 429]],
])('trusts the client address %s', async (_, variables, statuses) => {
  await serving({ GUICHET_RATE_LIMIT: '2', ...variables }, async ({ address }) => {
    const answered: number[] = []
    for (const client of ['192.0.2.1', '6.6.6.6, 192.0.2.1', '192.0.2.1', '192.0.2.2']) {
      const { status } = await fetch(`${address}/graphql`, { headers: { 'x-forwarded-for': client } })
      answered.push(status)
    }
    expect(answered).toEqual(statuses)
  })
})

it('is not ready for as long as no ticket finds an agent, because routing cannot begin', async () => {
  await serving({}, async () => undefined)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const ready = async ({ address }: Serving) => {
    const response = await fetch(`${address}/ready`)
    const { checks } = (await response.json()) as { checks: Record<string, string> }
    return { code: response.status, checks }
  }
  try {
    const { rows } = await client.query<{ place: string }>(
      `select format('%I.%I', table_schema, table_name) as place from information_schema.tables
       where table_name = 'agent' and table_type = 'BASE TABLE'`,
    )
    await client.query(
      `do $$ begin execute format('alter database %I set lock_timeout = 200', current_database()); end $$`,
    )
    await client.query(`begin; lock table ${rows.map(({ place }) => place).join(', ')} in access exclusive mode`)
    await serving({}, async (server) => {
      const wanted = { store: 'ok', readModels: 'ok', classification: 'ok', routing: 'not ready' }
      await vi.waitFor(async () => expect(await ready(server)).toMatchObject({ code: 503, checks: wanted }))
      await client.query('commit')
      await vi.waitUntil(async () => (await ready(server)).code === 200, { interval: 100 })
    })
  } finally {
    await client.end()
  }
})

it('is degraded while the analysis of activities fails', async () => {
  await serving({}, async ({ address }) => {
    const ready = async () => {
      const response = await fetch(`${address}/ready`)
      const { checks } = (await response.json()) as { checks: Record<string, string> }
      return { code: response.status, analyses: checks['analyses'] }
    }
    await vi.waitUntil(async () => (await ready()).analyses === 'ok', { interval: 100 })
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    try {
      await client.query(`
        insert into guichet_activity.analysis (person_id, critical_at, due_at, error)
        values ('zoe', array[now()], now() + interval '1 day', 'no disk')`)
      await vi.waitUntil(async () => (await ready()).analyses === 'degraded', { interval: 100 })
      expect(await ready()).toEqual({ code: 200, analyses: 'degraded' })
    } finally {
      await client.query(`delete from guichet_activity.analysis where person_id = 'zoe'`)
      await client.end()
    }
  })
})

it('is degraded, then not ready, at an unreadable event, and logs that once', async () => {
  const own = await createTestDatabase()
  const theirs = await postgresStore({
    connectionString: own.url,
    catalogue: { ParcelSent: { schemaVersion: 1, schema: z.object({}) } },
  })
  const lines: string[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) })
  const environment = readEnvironment({
    NODE_ENV: 'production',
    DATABASE_URL: own.url,
    GUICHET_HOME: home,
    GUICHET_JWT_SECRET: 's'.repeat(32),
    GUICHET_READY_LAG_MS: '1',
    GUICHET_READY_FAILING_MS: '1',
    PORT: '0',
  })
  const server = await serve(environment, log)
  try {
    const ready = async () => {
      const response = await fetch(`${server.address}/ready`)
      const { status, checks } = (await response.json()) as { status: string; checks: Record<string, string> }
      return { code: response.status, status, checks }
    }
    expect(await ready()).toMatchObject({ code: 200 })
    const by = { kind: 'agent', id: 'parcels' } as const
    const events = [{ type: 'ParcelSent', at: instant(new Date()), by }]
    await theirs.append({ stream: 'parcel-1', expectedVersion: 'any', commandId: 'c', events })
    const isSaid = async () => {
      const { code, checks } = await ready()
      return code === 503 && checks['followers'] === 'not ready' && checks['lag'] === 'degraded'
    }
    await vi.waitUntil(isSaid, { interval: 100 })
    expect(await ready()).toMatchObject({ code: 503, status: 'not ready', checks: { store: 'ok', readModels: 'ok' } })
    const count = (words: string): number => lines.filter((line) => line.includes(words)).length
    await vi.waitUntil(() => count('read models (relaxed): cannot read the next event') > 0)
    await vi.waitUntil(() => count('read models lag') > 0)
    expect(count('read models (relaxed): cannot read the next event')).toBe(1)
    expect(count('read models (relaxed): has been failing')).toBe(0)
    expect(count('read models lag')).toBe(1)
    expect(count('unknown event type ParcelSent')).toBeGreaterThan(0)
  } finally {
    await server.stop()
    await theirs.close()
    await own.drop()
  }
})
