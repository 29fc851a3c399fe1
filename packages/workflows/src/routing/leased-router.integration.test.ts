import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defaultRoutingTerms, importCorrelation } from '@guichet/domain'
import { reactions } from '../reaction/reactions.ts'
import type { DeskWithRouting } from '../testing/feed.ts'
import { openDeskWithRouting } from '../testing/feed.ts'
import type { LeasedRouter } from './leased-router.ts'
import { leasedRouter } from './leased-router.ts'
import { checkHistory } from './testing/check-history.ts'

const by = { kind: 'agent', id: 'lead' } as const
const patience = { interval: 20 }
const leaseMs = 400
const carl = { kind: 'customer', id: 'carl' } as const

describe('routers that share a lease', () => {
  let opened: DeskWithRouting
  let desk: DeskWithRouting['desk']
  let store: DeskWithRouting['store']
  let pool: DeskWithRouting['pool']
  let routing: DeskWithRouting['routing']
  let database: DeskWithRouting['database']
  let running: LeasedRouter[]

  beforeEach(async () => {
    opened = await openDeskWithRouting()
    ;({ desk, store, pool, routing, database } = opened)
    running = []
  })
  afterEach(async () => {
    await Promise.all(running.map((each) => each.stop()))
    await opened.close()
  })

  const start = async (
    begin = () => routing.snapshot(),
    onError = (error: unknown): void => expect.fail(String(error)),
    forMs = leaseMs,
  ): Promise<{ router: LeasedRouter; begun: () => boolean }> => {
    let begun = false
    const router = await leasedRouter({
      desk,
      terms: () => defaultRoutingTerms,
      begin: () => {
        begun = true
        return begin()
      },
      connectionString: database.url,
      leaseMs: forMs,
      onError,
    })
    running.push(router)
    await router.start()
    return { router, begun: () => begun }
  }
  const hire = async (id: string, places: number): Promise<void> => {
    await desk.execute('agent', id, { type: 'register', profile: { name: id, capacity: { ticket: places } } }, { by })
    await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by })
  }
  const open = async (id: string): Promise<void> => {
    await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' } }, { by: carl })
  }
  const assigned = (id: string): Promise<boolean> =>
    vi.waitUntil(async () => {
      const { state } = await desk.read('ticket', id)
      return state.status !== 'absent' && state.assignee !== undefined
    }, patience)

  it('report why one cannot begin, and nothing else, also when it fails while its lease is renewed', async () => {
    let fail = (_: Error): void => undefined
    let begins = 0
    const reported: string[] = []
    const { begun } = await start(
      () => {
        begins++
        return new Promise((_, reject) => (fail = reject))
      },
      (error) => void reported.push(String(error)),
      5_000,
    )
    await vi.waitUntil(begun, patience)
    const holder = await pool.connect()
    await holder.query('begin; lock table guichet_workflows.reactions in exclusive mode')
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await vi.waitUntil(async () => ((await pool.query(waits)).rowCount ?? 0) > 0, patience)
    fail(new Error('there is no table'))
    await vi.waitUntil(() => reported.length > 0, patience)
    await holder.query('commit')
    holder.release()
    await vi.waitUntil(() => begins === 2, patience)
    fail(new Error('there is still no table'))
    expect(reported).toEqual(['Error: there is no table'])
  })

  it('route one at a time, and the next continues from the read model, with waiting tickets and taken places', async () => {
    await hire('ann', 2)
    const first = await start()
    await open('a')
    await assigned('a')
    const second = await start()
    await first.router.stop()
    running.splice(running.indexOf(first.router), 1)
    await open('b')
    await assigned('b')
    expect(second.begun()).toBe(true)
    const known = await vi.waitUntil(async () => {
      const found = await routing.snapshot()
      const tickets: string[] = []
      for await (const { id } of found.tickets) tickets.push(id)
      return tickets.length === 2 && found
    }, patience)
    expect(known).toMatchObject({ after: expect.any(String), agents: [{ id: 'ann' }] })
    await open('c')
    await vi.waitUntil(async () => {
      const { state } = await desk.read('ticket', 'c')
      return state.status !== 'absent' && state.routing.queued !== undefined
    }, patience)
    await desk.execute('ticket', 'a', { type: 'resolve' }, { by })
    await assigned('c')
    await vi.waitUntil(async () => (await checkHistory(store)).faults.length === 0, patience)
  })

  it('offer tickets that an import brings in after its end, although it ended before they began', async () => {
    const system = { by: { kind: 'system', id: 'import' }, correlationId: importCorrelation('old') } as const
    await hire('ann', 2)
    await desk.engine.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'm' }, system)
    await desk.engine.execute('import', 'old', { type: 'abandon' }, system)
    await vi.waitUntil(async () => (await routing.snapshot()).endedImports.includes('old'), patience)
    const { begun } = await start()
    await vi.waitUntil(begun, patience)
    await desk.engine.execute(
      'ticket',
      'late',
      { type: 'open', subject: 'x', body: 'y', customer: { id: 'carl' } },
      system,
    )
    await assigned('late')
  })

  it('report their error for as long as they cannot begin, and then their progress', async () => {
    let broken = true
    const reported: string[] = []
    const begin = async () => (broken ? Promise.reject(new Error('no place to begin')) : routing.snapshot())
    const { router } = await start(begin, (error) => void reported.push(String(error)))
    const isFailing = () =>
      router.status().then(
        () => false,
        (error: unknown) => String(error) === 'Error: no place to begin',
      )
    await vi.waitUntil(isFailing, patience)
    await vi.waitUntil(() => reported.length >= 3, patience)
    expect(await isFailing()).toBe(true)
    broken = false
    await vi.waitUntil(
      () =>
        router.status().then(
          (status) => status?.idle === true,
          () => false,
        ),
      patience,
    )
    expect(await router.status()).toMatchObject({ waiting: 0 })
    const { router: other } = await start()
    expect(await other.status()).toBeUndefined()
  })

  it('are not among the reactions, although their leases are', async () => {
    const { begun } = await start()
    await vi.waitUntil(begun, patience)
    const watched = await reactions({ desk, connectionString: database.url, reactions: [] })
    const statuses = await watched.status()
    await watched.stop()
    expect(statuses).toEqual([])
  })

  it('hold the lease while they read their initial data, for as long as that takes', async () => {
    let letGo = (): void => undefined
    const reading = new Promise<void>((resolve) => (letGo = resolve))
    const first = await start(() => reading.then(() => routing.snapshot()))
    await vi.waitUntil(first.begun, patience)
    const second = await start()
    const leasedUntil = async (): Promise<number> => {
      const { rows } = await pool.query<{ until: Date }>(
        `select leased_until as until from guichet_workflows.reactions where name = 'routing'`,
      )
      return rows[0]?.until.getTime() ?? 0
    }
    const began = await leasedUntil()
    await vi.waitUntil(async () => (await leasedUntil()) > began + 2 * leaseMs, patience).finally(letGo)
    expect(second.begun()).toBe(false)
    await hire('ann', 1)
    await open('a')
    await assigned('a')
    expect(second.begun()).toBe(false)
  })

  it('do nothing on a desk without agents', async () => {
    await open('a')
    const { begun } = await start()
    await vi.waitUntil(begun, patience)
    await open('b')
    await hire('ann', 0)
    await vi.waitUntil(async () => {
      const { state } = await desk.read('ticket', 'b')
      return state.status !== 'absent' && state.routing.queued !== undefined
    }, patience)
    const types = (await store.readStream('ticket-a')).map(({ event }) => event.type)
    expect(types.filter((type) => type !== 'TicketQueued')).toEqual(['TicketOpened'])
    const queued = (await store.readStream('ticket-b')).find(({ event }) => event.type === 'TicketQueued')
    const registered = (await store.readStream('agent-ann'))[0]
    expect(queued && registered && store.comparePositions(queued.position, registered.position) > 0).toBe(true)
  })
})
