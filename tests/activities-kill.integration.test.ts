import { isHoldout, later, minutes, instant } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueToken } from '../packages/cli/src/tokens/issue-token.ts'
import { ask } from './process/graphql.ts'
import type { RunningServer } from './process/guichet.ts'
import { eventually, kill, killLeftovers, serve, tokenSecret } from './process/guichet.ts'

const fingerprint = 'error_occurred:E_KILLED'

let database: TestDatabase
let home: string
let connections: readonly pg.Client[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  home = await mkdtemp(join(tmpdir(), 'guichet-killed-'))
})
afterAll(async () => {
  killLeftovers()
  await Promise.all(connections.map((client) => client.end()))
  await database?.drop()
  await rm(home, { recursive: true, force: true })
})

const start = (): Promise<RunningServer> => serve({ DATABASE_URL: database.url, GUICHET_HOME: home })

const connect = async (): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: database.url })
  connections = [...connections, client]
  await client.connect()
  return client
}

/** A customer whose draft is not in the holdout: the id decides it. */
const customerOf = (name: string): string =>
  Array.from({ length: 100 }, (_, index) => `${name}-${index}`).find((id) => !isHoldout(id, fingerprint, 0.05)) ?? ''

const tokenOf = (id: string): Promise<string> => {
  const key = { algorithm: 'HS256', secret: tokenSecret } as const
  return issueToken({ issuer: 'guichet', audience: 'guichet', key }, { role: 'customer', id, seconds: 3_600 })
}

const batch = (): object => {
  const sentAt = instant(new Date())
  const activities = [6, 4, 2].map((ago) => ({
    id: `activity-${ago}`,
    kind: 'error_occurred',
    at: later(sentAt, -minutes(ago)),
    detail: { code: 'E_KILLED' },
  }))
  return { sentAt, activities }
}

const post = async ({ url }: RunningServer, token: string, body: object): Promise<unknown> => {
  const response = await fetch(`${url}/activities`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  })
  return response.json()
}

describe('a server that is killed after it has acknowledged activities', { timeout: 400_000, retry: 0 }, () => {
  type Killing = {
    readonly id: string
    readonly server: RunningServer
    /** Lets an analysis read no incidents until it is released. */
    readonly lock: pg.Client
    readonly look: pg.Client
  }
  const countIn = async (look: pg.Client, query: string, values: readonly string[]): Promise<number> => {
    const { rows } = await look.query<{ count: number }>(`select count(*)::int as count from ${query}`, [...values])
    return rows[0]?.count ?? 0
  }
  const countOf = (look: pg.Client, id: string, type: string): Promise<number> =>
    countIn(look, `guichet.events where stream = 'draft-' || $1 and type = $2`, [id, type])
  /** Waits until a statement of the server waits for a lock. */
  const untilBlocked = (look: pg.Client, statement: string): Promise<void> =>
    eventually(
      async () =>
        (await countIn(
          look,
          `pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and strpos(query, $1) > 0`,
          [statement],
        )) > 0,
    )
  const analysis = 'fingerprint = any('
  const completion = 'quiet_until = $4'

  it.each([
    { name: 'before its analysis has ended', during: async ({ server }: Killing) => kill(server) },
    {
      name: 'while its analysis is under way',
      during: async ({ server, look }: Killing) => {
        await untilBlocked(look, analysis)
        await kill(server)
      },
    },
    {
      name: 'between the draft and the end of its analysis',
      during: async ({ id, server, lock, look }: Killing) => {
        await untilBlocked(look, analysis)
        const row = await connect()
        await row.query('begin')
        await row.query('select from guichet_activity.analysis where person_id = $1 for update', [id])
        await lock.query('commit')
        await untilBlocked(look, completion)
        expect(await countOf(look, id, 'TroubleSuspected')).toBe(1)
        await kill(server)
        // Postgres goes on with the statement of a process that has died: this one dies with it.
        await look.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where strpos(query, $1) > 0
          and datname = current_database() and wait_event_type = 'Lock'`,
          [completion],
        )
        await row.query('rollback')
      },
    },
  ])('$name offers the draft once it is started again, and once only', async ({ name, during }) => {
    const id = customerOf(name.replaceAll(' ', '-'))
    const token = await tokenOf(id)
    const [lock, look] = [await connect(), await connect()]
    const server = await start()
    await lock.query('begin')
    await lock.query('lock table guichet_activity.likely_incident in access exclusive mode')
    const sent = batch()
    expect(await post(server, token, sent)).toMatchObject({ stored: 3, refused: [] })
    await during({ id, server, lock, look })
    await lock.query('rollback')
    // What the dead process has claimed is free once its lease is over.
    await look.query('update guichet_activity.analysis set leased_until = now() where person_id = $1', [id])

    const restarted = await start()
    expect(await post(restarted, token, sent)).toMatchObject({ stored: 3, refused: [] })
    const isAnalysed = 'guichet_activity.analysis where person_id = $1 and due_at is null and lease is null'
    await eventually(async () => (await countIn(look, isAnalysed, [id])) === 1)
    const drafts = '{ viewer { drafts(first: 5) { nodes { status } } } }'
    await expect
      .poll(() => ask(restarted.url, token, drafts))
      .toEqual({
        viewer: { drafts: { nodes: [{ status: 'OFFERED' }] } },
      })
    expect(await countOf(look, id, 'TroubleSuspected')).toBe(1)
    expect(await countOf(look, id, 'DraftOffered')).toBe(1)
    await kill(restarted)
  })
})
