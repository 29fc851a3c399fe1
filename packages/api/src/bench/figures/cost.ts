import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { figure, skipped } from '../figure.ts'
import { agentToken, openClients } from '../graphql-client.ts'
import { startServer, untilReady } from '../guichet-process.ts'
import { compare } from '../throughput.ts'
import { clients, workOf } from './graphql.ts'

/** What a mutation costs, by the name of its part: processor time in microseconds, and what the database writes. */
const parts = {
  server: 'µs',
  worker: 'µs',
  postgres: 'µs',
  wal: 'kB',
  transactions: 'transactions',
  inserts: 'rows',
  updates: 'rows',
} as const
type Part = keyof typeof parts
type Counters = Readonly<Record<Part, number>>
const names = Object.keys(parts) as Part[]

/**
 * How many openings and replies over GraphQL there are a second, and what one costs in all, with everything that follows it: read models,
 * clocks, routing. A server of its own, with its worker process, is idle before and after; what it costs without any work is subtracted. Only where the system has `/proc`.
 */
export async function cost({ ground, effort }: Bench): Promise<readonly Figure[]> {
  if (!existsSync('/proc/self/stat')) {
    return names.map((part) => skipped(`cost-open-${part}`, parts[part], null, 'there is no /proc on this system'))
  }
  const databaseUrl = await ground.database()
  const { server, secret } = startServer(join(ground.folder, 'cost'), databaseUrl)
  const client = new pg.Client({ connectionString: databaseUrl })
  try {
    const url = await untilReady(server)
    await client.connect()
    const counters = await createCounters(client, server.child.pid ?? 0)
    const tokens = await Promise.all(Array.from({ length: 400 }, () => agentToken(secret)))
    const { ask, close } = await openClients(url, tokens, clients)
    const { openOne, replyOne } = workOf(ask)
    const figures: Figure[] = []
    const load = { clients, seconds: effort.seconds * 2, rounds: Math.max(1, effort.rounds - 2) }
    for (const [name, work] of Object.entries({ open: openOne, reply: replyOne })) {
      await compare({ guichet: { work } }, { ...load, rounds: 0 })
      await counters.quiet()
      const idle = await rateOf(counters, 2)
      let done = 0
      const counted = async (number: number, turn: number): Promise<void> => {
        await work(number, turn)
        done++
      }
      const before = await counters.read()
      const since = performance.now()
      const { guichet: rate } = await compare({ guichet: { work: counted } }, load)
      await counters.quiet()
      const seconds = (performance.now() - since) / 1_000
      const after = await counters.read()
      figures.push(figure(`cost-${name}`, 'requests/s', rate))
      for (const part of names) {
        const each = (after[part] - before[part] - idle[part] * seconds) / done
        figures.push(figure(`cost-${name}-${part}`, parts[part], Math.max(0, each)))
      }
    }
    await close()
    return figures
  } finally {
    await client.end()
    server.child.kill('SIGTERM')
    await server.exited
  }
}

type Reading = {
  read(): Promise<Counters>
  /** Resolves when the server does hardly anything any more. */
  quiet(): Promise<void>
}

async function createCounters(client: pg.Client, server: number): Promise<Reading> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const postmaster = (await statOf(rows[0]?.pid ?? 0))?.parent ?? 0
  return {
    read: async () => {
      const {
        rows: [written],
      } = await client.query<Record<Exclude<Part, 'server' | 'worker' | 'postgres'>, number>>(
        `select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 / 1000 as wal, xact_commit::float8 as transactions,
           tup_inserted::float8 as inserts, tup_updated::float8 as updates
         from pg_stat_database where datname = current_database()`,
      )
      if (!written) throw new Error('the database has no statistics')
      const own = await statOf(server)
      return {
        ...written,
        server: own?.microseconds ?? 0,
        worker: (await timeOfAll(server)) - (own?.microseconds ?? 0),
        postgres: await timeOfAll(postmaster),
      }
    },
    quiet: async () => {
      for (const deadline = Date.now() + 120_000; Date.now() < deadline;) {
        const before = await timeOfAll(server)
        await delay(2_000)
        const spent = (await timeOfAll(server)) - before
        if (spent < 2_000_000 * 0.1) return
      }
      throw new Error('the server is still at work two minutes after the last mutation')
    },
  }
}

/** What passes in a second without any work. */
async function rateOf(counters: Reading, seconds: number): Promise<Counters> {
  const before = await counters.read()
  await delay(seconds * 1_000)
  const after = await counters.read()
  return Object.fromEntries(names.map((part) => [part, (after[part] - before[part]) / seconds])) as Counters
}

/** A process with all of its children, those that have ended too. */
async function timeOfAll(parent: number): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const all = await Promise.all(pids.map(statOf))
  const own = await statOf(parent)
  const children = all.filter((stat) => stat?.parent === parent)
  return children.reduce((sum, stat) => sum + (stat?.microseconds ?? 0), (own?.microseconds ?? 0) + (own?.ended ?? 0))
}

type Stat = { readonly parent: number; readonly microseconds: number; readonly ended: number }

/** What a process has used, in user and system mode, and what its ended children have; the kernel counts hundredths of a second. */
async function statOf(pid: number): Promise<Stat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map((n) => fields[n])
  return { parent, microseconds: (user + system) * 10_000, ended: (endedUser + endedSystem) * 10_000 }
}
