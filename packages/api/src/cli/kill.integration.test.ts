import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { snapshots, writeSnapshots } from '../import/testing.ts'
import { ended, firstLine, guichet, startGuichet } from './testing.ts'

let folder: string
let file: string
const states = ['New', 'Open', 'Vendor', 'Waiting', 'Open', 'Solved', 'Closed']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-kill-'))
  file = join(folder, 'log.csv')
  await writeFile(join(folder, 'mapping.json'), JSON.stringify(snapshots))
  const rows = Array.from({ length: 7_000 }, (_, n) => ({
    case: `C${n % 1_000}`,
    at: new Date(Date.UTC(2016, 1, 29, 0, n)).toISOString(),
    state: states[Math.floor(n / 1_000)] ?? 'Closed',
    by: `agent ${n % 7}`,
    customer: `customer ${n % 300}`,
    assignee: `agent ${n % 5}`,
  }))
  await writeSnapshots(file, rows)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const query = async <T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<T>(text)).rows
  } finally {
    await client.end()
  }
}
const countEvents = async (url: string): Promise<number> =>
  (await query<{ count: number }>(url, 'select count(*)::int as count from guichet.events').catch(() => []))[0]
    ?.count ?? 0
const history = (url: string) =>
  query(
    url,
    `select stream, version, type, data, occurred_at, command_id from guichet.events where stream like 'ticket-%' order by stream, version`,
  )

describe('a process that is killed', { timeout: 120_000 }, () => {
  it('in the middle of an import leaves a history that a second run completes, equal to that of a single run', async () => {
    const [whole, killed] = [await createTestDatabase(), await createTestDatabase()]
    const args = ['import', file, '--mapping', join(folder, 'mapping.json'), '--json']
    const environment = (url: string) => ({ DATABASE_URL: url, GUICHET_HOME: folder })
    try {
      expect((await guichet(environment(whole.url), ...args)).code).toBe(0)
      const total = await countEvents(whole.url)

      const child = startGuichet(environment(killed.url), ...args)
      while ((await countEvents(killed.url)) < total / 4) expect(child.exitCode).toBeNull()
      child.kill('SIGKILL')
      expect(await ended(child)).toBe('SIGKILL')
      expect(await countEvents(killed.url)).toBeLessThan(total)

      const second = await guichet(environment(killed.url), ...args)
      expect(JSON.parse(second.out)).toMatchObject({ rows: 7_000, refused: 0, statuses: { closed: 1_000 } })
      expect(await history(killed.url)).toEqual(await history(whole.url))
    } finally {
      await whole.drop()
      await killed.drop()
    }
  })
})

describe('guichet serve', { timeout: 120_000 }, () => {
  it('answers on its address, shares its database with other commands, and ends gracefully', async () => {
    const database = await createTestDatabase()
    const environment = { DATABASE_URL: database.url, GUICHET_HOME: folder, PORT: '0' }
    const child = startGuichet(environment, 'serve', '--json')
    try {
      const { address, tokens } = JSON.parse(await firstLine(child)) as {
        address: string
        tokens: Record<'agent' | 'customer', string>
      }
      expect(await (await fetch(`${address}/ready`)).json()).toMatchObject({ status: 'ready' })
      const ask = async (token: string, query: string): Promise<unknown> => {
        const asked = await fetch(`${address}/graphql`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        })
        return asked.json()
      }
      expect(await ask(tokens.agent, '{ ticketCounters { total } }')).toEqual({
        data: { ticketCounters: { total: 150 } },
      })
      for (const token of [tokens.customer, tokens.agent]) {
        expect(await ask(token, '{ inbox(first: 1) { nodes { title at } } }')).toMatchObject({
          data: { inbox: { nodes: [{ title: expect.stringMatching(/./) as string }] } },
        })
      }
      const stats = JSON.parse((await guichet(environment, 'stats', '--json')).out) as { counters: { total: number } }
      expect(stats.counters.total).toBe(150)
      child.kill('SIGTERM')
      expect(await ended(child)).toBe(0)
    } finally {
      child.kill('SIGKILL')
      await database.drop()
    }
  })
})
