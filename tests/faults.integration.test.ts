import type { EventEnvelope, GuichetEvent } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClients } from './faults/clients.ts'
import { contentOf, readHistory, readModelsOf } from './faults/history.ts'
import { writeIncidentLog } from './faults/incident-log.ts'
import {
  countBehind,
  countEvents,
  countFired,
  countProjected,
  countUnregistered,
  eventuallyIn,
  lookInto,
} from './faults/looking.ts'
import { firedOn, openOverdueTickets } from './faults/overdue.ts'
import type { Command } from './process/graphql.ts'
import { eventually, guichet, guichetOutput, kill, killLeftovers, serve, untilReady } from './process/guichet.ts'

const deaths = { commands: 4, projecting: 3, importing: 3 }
const pairs = 10
const backlog = 4 * pairs
const incidents = 200
const overdue = 2 * (deaths.commands * pairs + deaths.projecting * backlog)

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-faults-'))
  await chmod(folder, 0o755)
})
afterAll(async () => {
  killLeftovers()
  await rm(folder, { recursive: true, force: true })
})

describe('a server that is killed again and again', { timeout: 400_000, retry: 0 }, () => {
  let database: TestDatabase
  let history: readonly EventEnvelope<GuichetEvent>[]
  let acknowledged: readonly Command[]

  beforeAll(async () => {
    database = await createTestDatabase()
    // One process, so that the kill also hits projections and deadlines.
    const environment = { DATABASE_URL: database.url, GUICHET_HOME: folder }
    const clients = createClients(6)
    for (let life = 0; life < deaths.commands; life++) {
      const server = await serve(environment)
      const enough = clients.acknowledged.length + 10 * (life + 1)
      const death = new AbortController()
      const sending = clients.sendUntil(death.signal, server.url)
      await openOverdueTickets(database.url, `overdue-life-${life}`, pairs)
      await eventually(async () => clients.acknowledged.length >= enough)
      await kill(server)
      death.abort()
      await sending
    }
    for (let life = 0; life < deaths.projecting; life++) {
      await openOverdueTickets(database.url, `overdue-backlog-${life}`, backlog)
      const before = await lookInto(database.url, countProjected)
      const server = guichet(['serve'], { ...environment, PORT: '0', GUICHET_LOG_LEVEL: 'error' })
      await eventuallyIn(database.url, async (look) => (await countProjected(look)) > before)
      await kill(server)
    }
    const server = await serve(environment)
    await clients.settle(server.url)
    await eventuallyIn(database.url, async (look) => (await countFired(look)) >= overdue)
    // The leases of the killed servers run out first; then reactions register the customers of the tickets.
    await eventuallyIn(database.url, async (look) => (await countUnregistered(look)) === 0)
    await eventuallyIn(database.url, async (look) => (await countBehind(look)) === 0)
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
    history = await readHistory(database.url)
    acknowledged = clients.acknowledged
  }, 400_000)

  afterAll(() => database.drop())

  it('has every acknowledged command exactly once', () => {
    expect(acknowledged.length).toBeGreaterThan(10 * deaths.commands)
    expect(notStoredOnce(acknowledged, history)).toEqual([])
  })

  it('has streams without gaps', () => {
    const versions = new Map<string, number>()
    for (const { stream, version } of history) {
      expect(`${stream} ${version}`).toBe(`${stream} ${(versions.get(stream) ?? 0) + 1}`)
      versions.set(stream, version)
    }
  })

  it('has fired every deadline once', () => {
    const fired = firedOn(history)
    expect([...fired].filter(([, times]) => times !== 1)).toEqual([])
    expect(fired.size).toBe(overdue)
  })

  it('has read models that equal a fresh rebuild', async () => {
    const environment = { DATABASE_URL: database.url, GUICHET_HOME: folder }
    // A deadline that fell due while the server stopped is stored, and shown by the next command that reads.
    await guichetOutput(['audit', '--limit', '1'], environment)
    const lived = await readModelsOf(database.url)
    await guichetOutput(['projections', 'rebuild', '--all'], environment)
    expect(await readModelsOf(database.url)).toEqual(lived)
    expect(Object.keys(lived).length).toBeGreaterThan(5)
    expect(lived['audit']).toMatch(`${history.length} rows, `)
  })
})

describe('an import that is killed again and again', { timeout: 400_000, retry: 0 }, () => {
  it('has the result of an uninterrupted one, with every row accounted for', async () => {
    const [broken, whole] = await Promise.all([createTestDatabase(), createTestDatabase()])
    const file = join(folder, 'incidents.csv')
    const rows = await writeIncidentLog(file, incidents)
    const parameters = ['import', file, '--mapping', 'servicenow', '--json']
    const environment = { DATABASE_URL: broken.url, GUICHET_HOME: folder }
    for (let life = 1; life <= deaths.importing; life++) {
      const run = guichet(parameters, environment)
      await eventuallyIn(
        broken.url,
        async (look) => (await countEvents(look)) > life * incidents || run.child.exitCode !== null,
      )
      expect(run.child.exitCode).toBeNull()
      await kill(run)
    }
    const completed = JSON.parse(await guichetOutput(parameters, environment)) as Record<string, number>
    const repeated = JSON.parse(await guichetOutput(parameters, environment)) as Record<string, number>
    await guichetOutput(parameters, { DATABASE_URL: whole.url, GUICHET_HOME: folder })

    expect(completed).toMatchObject({ rows, tickets: incidents, refused: 0 })
    expect(Number(completed['applied']) + Number(completed['unchanged'])).toBe(rows)
    expect(repeated).toMatchObject({ rows, applied: 0, unchanged: rows, events: 0 })
    const content = await contentOf(broken.url)
    expect(ownEvents(content)).toEqual(['ImportStarted', 'ImportCompleted'])
    expect(withoutTimes(content)).toEqual(withoutTimes(await contentOf(whole.url)))
    // The numbers of tickets follow the order of the log, which the interruptions changed.
    const [resumed, single] = await Promise.all(
      [broken, whole].map(({ url }) => readModelsOf(url, { ticket: 'number' })),
    )
    expect(withoutAudit(resumed ?? {})).toEqual(withoutAudit(single ?? {}))
    await Promise.all([broken.drop(), whole.drop()])
  })
})

describe('a Postgres that is stopped under load', { timeout: 400_000, retry: 0 }, () => {
  it('is restarted, and the server continues by itself', async () => {
    const home = join(folder, 'home')
    const server = await serve({ GUICHET_HOME: home })
    const clients = createClients(6)
    const enough = new AbortController()
    const sending = clients.sendUntil(enough.signal, server.url)
    const moreAcknowledged = async (): Promise<void> => {
      const wanted = clients.acknowledged.length + 50
      await eventually(async () => clients.acknowledged.length >= wanted)
    }
    await moreAcknowledged()
    for (let outage = 0; outage < 2; outage++) {
      const [pid] = (await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGINT')
      await eventually(async () => !isAlive(Number(pid)))
      await moreAcknowledged()
    }
    enough.abort()
    await sending
    await untilReady(server)
    const { databaseUrl } = JSON.parse(await readFile(join(home, 'running.json'), 'utf8')) as { databaseUrl: string }
    expect(notStoredOnce(clients.acknowledged, await readHistory(databaseUrl))).toEqual([])
    server.child.kill('SIGTERM')
    expect(await server.exited).toBe(0)
  })
})

/** The commands whose opening or reply is not stored exactly once. */
function notStoredOnce(
  commands: readonly Command[],
  history: readonly EventEnvelope<GuichetEvent>[],
): readonly Command[] {
  const stored = new Map<string, number>()
  for (const { stream, commandId, event } of history) {
    if (event.type !== 'TicketOpened' && event.type !== 'AgentReplied') continue
    const name = `${stream} ${commandId}`
    stored.set(name, (stored.get(name) ?? 0) + 1)
  }
  return commands.filter(({ ticketId, commandId }) => stored.get(`ticket-${ticketId} ${commandId}`) !== 1)
}

/** The types of the events of an import's own stream. */
function ownEvents(content: readonly unknown[]): readonly string[] {
  const entries = content as readonly { stream: string; event: { type: string } }[]
  return entries.filter(({ stream }) => stream.startsWith('import-')).map(({ event }) => event.type)
}

/** The content of a history without the events that record when an import ran. */
function withoutTimes(content: readonly unknown[]): readonly unknown[] {
  return content.filter((entry) => !(entry as { stream: string }).stream.startsWith('import-'))
}

/** The tables that readers see, without the trail, which contains when each event was recorded. */
function withoutAudit({ audit: _, ...others }: Readonly<Record<string, string>>): object {
  return others
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
