import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ended, firstLine, startGuichet } from './testing.ts'

const patience = { interval: 50 }
const lead = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const

let database: TestDatabase
let store: PostgresStore
let pool: pg.Pool
let folder: string
let workers: ChildProcess[]
beforeEach(async () => {
  database = await createTestDatabase()
  store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
  pool = new pg.Pool({ connectionString: database.url, max: 1 })
  folder = await mkdtemp(join(tmpdir(), 'guichet-routing-processes-'))
  workers = []
})
afterEach(async () => {
  await Promise.all(workers.map(kill))
  await pool.end()
  await store.close()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

/** Starts a worker with only its database configured, and waits until it works. */
async function work(): Promise<ChildProcess> {
  const worker = startGuichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, 'worker')
  workers.push(worker)
  expect(await firstLine(worker)).toMatch(/^Guichet works/)
  return worker
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  worker.kill('SIGKILL')
  await ended(worker)
}

/** Waits until a process routes, and returns it. */
const leader = (not?: string): Promise<string> =>
  vi.waitUntil(async () => {
    const { rows } = await pool.query<{ owner: string }>(
      `select owner from guichet_workflows.reactions where name = 'routing' and leased_until > now()`,
    )
    const owner = rows[0]?.owner
    return owner !== undefined && owner !== not && owner
  }, patience)

describe('two workers on one database', () => {
  it('let one of them route at a time, and the other one take over when it is killed', async () => {
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    await desk.execute('agent', 'ann', { type: 'register', profile: { name: 'Ann' } }, { by: lead })
    await desk.execute('agent', 'ann', { type: 'setAvailability', availability: 'available' }, { by: lead })
    const open = (id: string) =>
      desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' } }, { by: carl })
    const isAnns = (id: string) =>
      vi.waitUntil(async () => {
        const { state } = await desk.read('ticket', id)
        return state.status !== 'absent' && state.assignee?.id === 'ann'
      }, patience)

    const first = await work()
    const leading = await leader()
    await work()
    await open('before')
    await isAnns('before')
    expect(await leader()).toBe(leading)

    await kill(first)
    await Promise.all(['after-1', 'after-2'].map(open))
    await Promise.all(['after-1', 'after-2'].map(isAnns))
    expect(await leader(leading)).not.toBe(leading)
    for (const id of ['before', 'after-1', 'after-2']) {
      const types = (await store.readStream(`ticket-${id}`)).map(({ event }) => event.type)
      expect(types.filter((type) => type === 'TicketRouted' || type === 'TicketAssigned')).toEqual([
        'TicketRouted',
        'TicketAssigned',
      ])
    }
    const { state } = await desk.read('agent', 'ann')
    expect(state.status !== 'absent' && Object.keys(state.claims).sort()).toEqual([
      'ticket-after-1',
      'ticket-after-2',
      'ticket-before',
    ])
  })
})
