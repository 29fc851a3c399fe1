import type { Desk, TicketState } from '@guichet/domain'
import { createDesk, guichetEvents, instant, streamName } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { compileWorkflows } from '../testing/processes.ts'
import { checkHistory } from './testing/check-history.ts'

const routerProcess = fileURLToPath(new URL('./testing/router-process.mjs', import.meta.url))
const leaseMs = 400
const patience = { interval: 50 }
const by = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const
const agents = ['ann', 'bob', 'eve']

/** A router in a separate process, with the steps that it has reported. */
type Running = { readonly child: ChildProcess; readonly steps: string[] }

describe('a router whose process is killed', () => {
  let database: TestDatabase
  let store: PostgresStore
  let desk: Desk
  let opened: string[]
  let running: Running[]

  beforeAll(compileWorkflows)
  beforeEach(async () => {
    database = await createTestDatabase()
    store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    opened = []
    running = []
    for (const id of agents) {
      await desk.execute('agent', id, { type: 'register', profile: { name: id, capacity: { ticket: 4 } } }, { by })
      await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by })
    }
  })
  afterEach(async () => {
    await Promise.all(running.map(kill))
    await store.close()
    await database.drop()
  })

  const start = (stopsAfter = ''): Running => {
    const child = spawn(process.execPath, [routerProcess, database.url, String(leaseMs), stopsAfter], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const begun: Running = { child, steps: [] }
    createInterface({ input: child.stdout }).on('line', (step) => begun.steps.push(step))
    running.push(begun)
    return begun
  }
  const kill = async ({ child }: Running): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  const open = async (number: number): Promise<void> => {
    const question = { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' } } as const
    const ids = Array.from({ length: number }, () => randomUUID())
    await Promise.all(ids.map((id) => desk.execute('ticket', id, question, { by: carl })))
    opened.push(...ids)
  }
  type Open = { readonly id: string; readonly state: Exclude<TicketState, { readonly status: 'absent' }> }
  const tickets = async (): Promise<readonly Open[]> => {
    const read = await Promise.all(opened.map(async (id) => ({ id, state: (await desk.read('ticket', id)).state })))
    return read.flatMap(({ id, state }) => (state.status === 'absent' ? [] : { id, state }))
  }
  const resolveAssigned = async (number: number): Promise<void> => {
    const assigned = (await tickets()).filter(({ state }) => state.status !== 'resolved' && state.assignee)
    for (const { id } of assigned.slice(0, number)) await desk.execute('ticket', id, { type: 'resolve' }, { by })
  }
  /** The tickets with an open offer, by whether a place is taken for them. */
  const offered = async (): Promise<{ readonly claimed: number; readonly unclaimed: number }> => {
    const claims = new Set<string>()
    for (const id of agents) {
      const { state } = await desk.read('agent', id)
      if (state.status !== 'absent') for (const work of Object.keys(state.claims)) claims.add(work)
    }
    const offered = (await tickets()).filter(({ state }) => state.routing.offer)
    const claimed = offered.filter(({ id }) => claims.has(streamName('ticket', id))).length
    return { claimed, unclaimed: offered.length - claimed }
  }
  const settled = (): Promise<unknown> =>
    vi.waitUntil(async () => (await checkHistory(store)).faults.length === 0, patience)

  it('leaves an offer, a claim or an assignment behind, from which the next one continues', async () => {
    await open(8)
    const ends = { route: 'unclaimed', claim: 'claimed', confirmRouting: undefined } as const
    for (const [step, left] of Object.entries(ends)) {
      const doomed = start(step)
      await vi.waitUntil(() => doomed.steps.includes(step), patience)
      await kill(doomed)
      if (left) expect((await offered())[left]).toBeGreaterThan(0)
      else expect((await tickets()).some(({ state }) => state.assignee)).toBe(true)
      await resolveAssigned(2)
      await open(3)
    }
    expect((await checkHistory(store)).faults).not.toEqual([])
    start()
    await settled()
    const { tickets: known, counts } = await checkHistory(store)
    expect(known.size).toBe(17)
    expect(counts).not.toHaveProperty('RoutingDeclined')
    const having = [...known.values()].filter((state) => state.status === 'new' && state.assignee)
    expect(having).toHaveLength(12)
  })

  it('gives up its lease to another one, four times, while tickets open and close', async () => {
    let kills = 0
    const routers = [start(), start()]
    for (; kills < 4; kills++) {
      const busy = Promise.all([open(6), resolveAssigned(4)])
      const before = routers.map(({ steps }) => steps.length)
      const holder = await vi.waitUntil(() => routers.find(({ steps }, n) => steps.length > (before[n] ?? 0)), patience)
      await kill(holder)
      await busy
      routers.splice(routers.indexOf(holder), 1, start())
    }
    await settled()
    const { tickets: known } = await checkHistory(store)
    expect(known.size).toBe(24)
  })
})
