import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { createDesk, defaultWording, guichetEvents, instant } from '@guichet/domain'
import { openPool, postgresStore } from '@guichet/eventstore'
import type { Projection } from '@guichet/projections'
import { createProjectionRunner, projections } from '@guichet/projections'
import { unconfigured } from '@guichet/desk/configuration'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import type { Ground } from '../ground.ts'
import { compare, median, opening } from '../ground.ts'
import { agentToken, openClients, signedToken, startServer, untilReady } from '../guichet-process.ts'
import { postmasterOf, timeOfAll, timeOfOne, untilQuiet } from '../processor.ts'
import { clients, workOf } from './graphql.ts'

/** The parts of the cost of a mutation: processor time in microseconds, and the writes of the database. */
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
 * Measures openings, replies and messages of chats per second over GraphQL, and the total cost of one, including read models, clocks and routing. A separate
 * server, with its worker process, is idle before and after; its cost when idle is subtracted. Requires a system with `/proc`.
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
    const messages = await openMessages(url, secret)
    const figures: Figure[] = []
    const load = { clients, seconds: effort.seconds * 2, rounds: Math.max(1, effort.rounds - 2) }
    for (const [name, work] of Object.entries({ open: openOne, reply: replyOne, message: messages.sendOne })) {
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
    await Promise.all([close(), messages.close()])
    return figures
  } finally {
    await client.end()
    server.child.kill('SIGTERM')
    await server.exited
  }
}

const startChat = `mutation ($input: StartChatInput!) { startChat(input: $input) { userErrors { code } chat { id } } }`
const sendMessage = `mutation ($input: SendChatMessageInput!) {
  sendChatMessage(input: $input) { position userErrors { code message } chat { id status } }
}`
const body = 'Bonjour, depuis la mise à jour la page des paris reste blanche. '.repeat(3).trim()

/** Starts a chat for each of many customers, who then write in turns. */
async function openMessages(url: string, secret: string) {
  const subjects = Array.from({ length: 400 }, (_, number) => `visitor-${number}`)
  const tokens = await Promise.all(subjects.map((subject) => signedToken(secret, { role: 'customer', subject })))
  const { ask, close } = await openClients(url, tokens, clients)
  const chatIds: string[] = []
  for (const bearer of tokens.keys()) {
    const text = await ask(startChat, { input: { commandId: randomUUID() } }, bearer)
    chatIds.push(/"id":"([^"]+)"/.exec(text)?.[1] ?? '')
  }
  const sendOne = (client: number, turn: number): Promise<string> => {
    const bearer = (turn * clients + client) % tokens.length
    const commandId = randomUUID()
    return ask(sendMessage, { input: { commandId, chatId: chatIds[bearer], messageId: commandId, body } }, bearer)
  }
  return { sendOne, close }
}

type Reading = {
  read(): Promise<Counters>
  /** Resolves when the server is nearly idle. */
  quiet(): Promise<void>
}

async function createCounters(client: pg.Client, server: number): Promise<Reading> {
  const postmaster = await postmasterOf(client)
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
      const own = await timeOfOne(server)
      return {
        ...written,
        server: own,
        worker: (await timeOfAll(server)) - own,
        postgres: await timeOfAll(postmaster),
      }
    },
    quiet: () => untilQuiet(server),
  }
}

/** Measures the cost of one idle second. */
async function rateOf(counters: Reading, seconds: number): Promise<Counters> {
  const before = await counters.read()
  await delay(seconds * 1_000)
  const after = await counters.read()
  return Object.fromEntries(names.map((part) => [part, (after[part] - before[part]) / seconds])) as Counters
}

const added = 5
const addedTarget = 1 + 0.03 * added

/**
 * Measures by how much five more read models raise the cost of an opening: the processor time of this process, which decides,
 * appends and follows, and of Postgres. Each of the five inserts a row per ticket. Requires a system with `/proc`.
 */
export async function addedReadModels({ ground, quick, effort }: Bench): Promise<readonly Figure[]> {
  const name = 'cost-of-five-read-models'
  if (!existsSync('/proc/self/stat')) return [skipped(name, 'times', addedTarget, 'there is no /proc on this system')]
  const openings = quick ? 500 : 4_000
  const ratios: number[] = []
  for (let round = 0; round <= effort.rounds; round++) {
    const usual = await costOfOpenings(ground, openings, [])
    const more = await costOfOpenings(
      ground,
      openings,
      Array.from({ length: added }, (_, n) => trivial(n)),
    )
    if (round > 0) ratios.push(more / usual)
  }
  return [figure(name, 'times', median(ratios), { target: addedTarget })]
}

/** A read model with one row per ticket. */
function trivial(number: number): Projection {
  const name = `trivial_${number}`
  return {
    name,
    version: 1,
    tables: [name],
    createTables: (tx) =>
      tx.schema
        .createTable(name)
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('at', 'timestamptz')
        .execute(),
    createIndexes: () => Promise.resolve(),
    project: async (events, { tx }) => {
      const rows = events
        .filter(({ event }) => event.type === 'TicketOpened')
        .map(({ stream, event }) => ({ id: stream, at: event.at }))
      if (rows.length === 0) return
      await tx.withTables<Record<string, { id: string; at: string }>>().insertInto(name).values(rows).execute()
    },
  }
}

/** Opens tickets from concurrent clients while the read models follow. Returns microseconds of processor time per ticket. */
async function costOfOpenings(ground: Ground, openings: number, more: readonly Projection[]): Promise<number> {
  const connectionString = await ground.database()
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const pool = openPool({ connectionString })
  const all = [...projections({ policy: unconfigured, wording: defaultWording }), ...more]
  const runner = createProjectionRunner({ store, pool, projections: all })
  await runner.start()
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, policy: unconfigured })
  const open = async (): Promise<void> => {
    const outcome = await desk.execute('ticket', randomUUID(), opening, { by: { kind: 'customer', id: 'customer-1' } })
    if (!outcome.ok) throw new Error(`the workload was refused: ${outcome.refusal.message}`)
  }
  const openMany = async (count: number): Promise<void> => {
    let left = count
    const client = async (): Promise<void> => {
      while (left-- > 0) await open()
    }
    await Promise.all(Array.from({ length: clients }, client))
    await runner.caughtUp()
  }
  try {
    const postmaster = await postmasterOf(pool)
    const spent = async (): Promise<number> => (await ownTime()) + (await timeOfAll(postmaster))
    await openMany(openings / 4)
    const before = await spent()
    await openMany(openings)
    return ((await spent()) - before) / openings
  } finally {
    await runner.stop()
    await store.close()
    await pool.end()
  }
}

const ownTime = (): Promise<number> => timeOfOne(process.pid)
