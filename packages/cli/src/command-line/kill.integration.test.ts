import type { ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { Running } from '../engine/database.ts'
import { holdImport } from '@guichet/import'
import { snapshots, writeSnapshots } from '@guichet/import/testing'
import { emptyDesk, ended, errorsOf, firstLine, guichet, startGuichet } from './testing.ts'

let folder: string
let file: string
const states = ['New', 'Open', 'Vendor', 'Waiting', 'Open', 'Solved', 'Closed']
const cases = 100
const rows = states.length * cases

const writeLog = (path: string, prefix: string, count = cases): Promise<void> => {
  const lines = Array.from({ length: states.length * count }, (_, n) => ({
    case: `${prefix}${n % count}`,
    at: new Date(Date.UTC(2016, 1, 29, 0, n)).toISOString(),
    state: states[Math.floor(n / count)] ?? 'Closed',
    by: `agent ${n % 7}`,
    customer: `customer ${n % 300}`,
    assignee: `agent ${n % 5}`,
  }))
  return writeSnapshots(path, lines)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-kill-'))
  file = join(folder, 'log.csv')
  await writeFile(join(folder, 'mapping.json'), JSON.stringify(snapshots))
  await writeLog(file, 'C')
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
const stored = 'select count(*)::int as count from guichet.events'
const countEvents = async (url: string): Promise<number> => (await query<{ count: number }>(url, stored))[0]?.count ?? 0
/** Waits until a condition holds while a process runs, and checks it a hundred times a second. */
const whileRunning = async (child: ChildProcess, holds: () => Promise<boolean>): Promise<void> => {
  const looked = async (): Promise<boolean> => {
    const found = await holds()
    if (!found) expect(child.exitCode).toBeNull()
    return found
  }
  await vi.waitUntil(looked, { interval: 10 })
}
/** Waits until a query counts as many while a process runs, over one connection. There may be no tables at first. */
const untilCounted = async (child: ChildProcess, url: string, text: string, count: number): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await whileRunning(child, async () => {
      const { rows } = await client.query<{ count: number }>(text).catch(() => ({ rows: [] }))
      return (rows[0]?.count ?? 0) >= count
    })
  } finally {
    await client.end()
  }
}
const history = (url: string) =>
  query(
    url,
    `select stream, version, type, data, occurred_at, command_id from guichet.events where stream like 'ticket-%' order by stream, version`,
  )

describe('a process that is killed', { timeout: 240_000, retry: 0 }, () => {
  it('in the middle of an import leaves a history that a second run completes, equal to that of a single run', async () => {
    const [whole, killed] = [await createTestDatabase(emptyDesk), await createTestDatabase(emptyDesk)]
    const args = ['import', file, '--mapping', join(folder, 'mapping.json'), '--json']
    const variables = (url: string) => ({ DATABASE_URL: url, GUICHET_HOME: folder })
    try {
      const { import: importId } = JSON.parse((await guichet(variables(whole.url), ...args)).out) as {
        import: string
      }
      const total = await countEvents(whole.url)

      const child = startGuichet(variables(killed.url), ...args)
      await untilCounted(child, killed.url, stored, total / 4)
      child.kill('SIGSTOP')
      const held = holdImport(killed.url, importId, async () => undefined)
      await expect(held).rejects.toMatchObject({ code: 'import_running' })
      child.kill('SIGKILL')
      expect(await ended(child)).toBe('SIGKILL')
      expect(await countEvents(killed.url)).toBeLessThan(total)
      expect((await guichet(variables(killed.url), 'imports', 'status')).out).toContain(' not complete ')

      const second = await guichet(variables(killed.url), ...args)
      expect(JSON.parse(second.out)).toMatchObject({ rows, refused: 0, statuses: { closed: cases } })
      expect(await history(killed.url)).toEqual(await history(whole.url))
    } finally {
      await whole.drop()
      await killed.drop()
    }
  })
})

describe('a command that gets a signal', () => {
  const simulate = ['simulate', '--tickets', '50000', '--days', '100', '--seed', 'long']

  it('says so at once, finishes running work, and ends with 130', async () => {
    const database = await createTestDatabase(emptyDesk)
    const child = startGuichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, ...simulate)
    try {
      await untilCounted(child, database.url, stored, 100)
      const errors = errorsOf(child)
      child.kill('SIGINT')
      expect(await ended(child)).toBe(130)
      expect(errors()).toMatch(/^finishing open work .*\nerror interrupted: .*\n$/)
    } finally {
      child.kill('SIGKILL')
      await database.drop()
    }
  })

  it('ends with 130 also while it is still being loaded', async () => {
    // Sent between the line that listens and the next import: a real signal would arrive when the loader yields.
    const early = `process.once('newListener', function listened(name) {
      if (name === 'SIGINT') queueMicrotask(() => process.emit('SIGINT', 'SIGINT'))
      else process.once('newListener', listened)
    })`
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(early)}`
    const child = startGuichet({ NODE_OPTIONS, GUICHET_HOME: folder }, ...simulate)
    const errors = errorsOf(child)
    expect(await ended(child)).toBe(130)
    expect(errors()).toMatch(/^error interrupted: .*\n$/)
  })
})

/** Reads the description of the process that runs the database of a data folder. */
const runningIn = async (home: string) =>
  JSON.parse(await readFile(join(home, 'running.json'), 'utf8').catch(() => '{}')) as Partial<Running>

describe('commands that share the embedded Postgres', () => {
  it('continue when the one that runs it ends', async () => {
    const home = await mkdtemp(join(tmpdir(), 'guichet-shared-'))
    await chmod(home, 0o755)
    const simulate = (tickets: number) =>
      startGuichet({ GUICHET_HOME: home }, 'simulate', '--tickets', String(tickets), '--days', '30', '--json')
    const running = () => runningIn(home)
    const begun = `select count(distinct correlation_id)::int as count from guichet.events where stream like 'import-%'`
    const first = simulate(20_000)
    const second: ChildProcess[] = []
    try {
      await whileRunning(first, async () => (await running()).pid === first.pid)
      const { databaseUrl } = await running()
      second.push(simulate(300))
      const summary = firstLine(second[0]!)
      await untilCounted(first, databaseUrl ?? '', begun, 2)
      first.kill('SIGINT')
      expect(await ended(first)).toBe(130)
      expect(JSON.parse(await summary)).toMatchObject({ tickets: 300 })
      expect(await ended(second[0]!)).toBe(0)
    } finally {
      for (const child of [first, ...second]) child.kill('SIGKILL')
      await rm(home, { recursive: true, force: true })
    }
  })

  /** Starts commands on one new data folder, each while another one runs the database. Resolves when all have ended. */
  const beside = async (...commands: readonly (readonly string[])[]): Promise<readonly string[]> => {
    const home = await mkdtemp(join(tmpdir(), 'guichet-beside-'))
    await chmod(home, 0o755)
    const endings: Promise<string>[] = []
    const children: ChildProcess[] = []
    try {
      for (const args of commands) {
        const child = startGuichet({ GUICHET_HOME: home }, ...args)
        const errors = errorsOf(child)
        child.stdout?.resume()
        children.push(child)
        endings.push(ended(child).then((code) => `${code} ${errors()}`))
        const runs = async () => child.exitCode !== null || (await runningIn(home)).pid !== undefined
        await vi.waitUntil(runs, { interval: 10 })
      }
      return await Promise.all(endings)
    } finally {
      for (const child of children) child.kill('SIGKILL')
      await rm(home, { recursive: true, force: true })
    }
  }
  const done = '0 '

  it('all succeed when each is as short as the moment in which the database changes hands', async () => {
    const asked = [['stats'], ['shifts'], ['stats'], ['shifts', '--json'], ['stats', '--json'], ['shifts']]
    expect(await beside(...asked)).toEqual(asked.map(() => done))
  })

  it('all succeed when they are imports and short ones', async () => {
    const logs = ['one.csv', 'other.csv'].map((name) => join(folder, name))
    await Promise.all(logs.map((log) => writeLog(log, basename(log), 40)))
    const imports = logs.map((log) => ['import', log, '--mapping', join(folder, 'mapping.json'), '--json'])
    const short = [['stats'], ['projections', 'status'], ['imports', 'status'], ['stats', '--json']]
    expect(await beside(...short.slice(0, 2), ...imports, ...short.slice(2))).toEqual(Array(6).fill(done))
  })
})

describe('guichet serve', () => {
  it('answers on its address, shares its database with other commands, and ends gracefully', async () => {
    const database = await createTestDatabase(emptyDesk)
    const variables = { DATABASE_URL: database.url, GUICHET_HOME: folder, PORT: '0' }
    const child = startGuichet(variables, 'serve', '--json')
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
      const stats = JSON.parse((await guichet(variables, 'stats', '--json')).out) as { counters: { total: number } }
      expect(stats.counters.total).toBe(150)
      child.kill('SIGTERM')
      expect(await ended(child)).toBe(0)
    } finally {
      child.kill('SIGKILL')
      await database.drop()
    }
  })
})
