import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Desk, Position, Sender, TicketCommandInput, TicketEvent } from '@guichet/domain'
import {
  createDesk,
  declareIncident,
  engineCommandId,
  guichetEvents,
  instant,
  relayUpdate,
  streamName,
} from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { createFollowerHealth, postgresStore, StoreUnavailable } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { Reaction } from './reaction.ts'
import type { Reactions } from './reactions.ts'
import { leaseNames, leaseOf } from './checkpoint.ts'
import { reaction } from './reaction.ts'
import { deskReactions } from './desk-reactions.ts'
import { reactions } from './reactions.ts'

/** Those of the desk's own reactions that have these names. */
const named = (...names: readonly string[]) => deskReactions.filter(({ name }) => names.includes(name))

const agent = { kind: 'agent', id: 'agent-1' } as const
const leaseMs = 400

describe('reactions', () => {
  let database: TestDatabase
  let store: PostgresStore
  let desk: Desk
  let running: Reactions[]
  /** How far the clock of the desk runs ahead, in milliseconds. */
  let ahead: number
  let end: Position

  beforeEach(async () => {
    database = await createTestDatabase()
    store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date(Date.now() + ahead)), newId: randomUUID })
    running = []
    ahead = 0
  })

  afterEach(async () => {
    await Promise.all(running.map((each) => each.stop()))
    await store.close()
    await database.drop()
  })

  const start = async (
    known?: readonly Reaction[],
    health = createFollowerHealth({ failingMs: 0 }),
  ): Promise<Reactions> => {
    const options = { desk, connectionString: database.url, leaseMs, retryEveryMs: 50, health }
    const started = await reactions({ ...options, ...(known && { reactions: known }) })
    running.push(started)
    await started.start()
    return started
  }
  /** Sends a command that must not be refused, and stores its position. */
  const send = async (id: string, command: TicketCommandInput, sender: Sender = { by: agent }): Promise<void> => {
    const outcome = await desk.execute('ticket', id, command, sender)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
    end = outcome.value.position ?? end
  }
  const openTicket = async (): Promise<string> => {
    const id = randomUUID()
    const by = { kind: 'customer', id: 'customer-1' } as const
    await send(id, { type: 'open', subject: 'Mouse', body: 'Gone', customer: { id: by.id } }, { by })
    return id
  }
  const absorb = (source: string, target: string, commandId: string): Promise<void> =>
    send(target, { type: 'absorb', source, sourceCustomerId: 'customer-1' }, { by: agent, commandId })
  const events = async (id: string): Promise<readonly TicketEvent[]> =>
    (await store.readStream(streamName('ticket', id))).map(({ event }) => event as TicketEvent)
  const until = (condition: () => Promise<boolean>) => vi.waitUntil(condition, { interval: 20 })
  /** Waits until all reactions have passed the last command. */
  const passed = (watched: Reactions): Promise<boolean> =>
    until(async () =>
      (await watched.status()).every(
        ({ position }) => position !== undefined && store.comparePositions(position, end) >= 0,
      ),
    )

  it('take a removed subject out of the messages that quote it', async () => {
    const id = await openTicket()
    const [first] = await events(id)
    if (first?.type !== 'TicketOpened') throw new Error('no ticket')
    await send(id, { type: 'rename', subject: 'A mouse' })
    await send(id, { type: 'addNote', messageId: 'note', body: 'About “A mouse”' })
    await send(id, { type: 'redactMessage', messageId: first.messageId, subject: 'A device' })
    await start()
    await until(async () => (await events(id)).length === 5)
    expect((await events(id)).at(-1)).toMatchObject({
      type: 'TicketMessageRedacted',
      messageId: 'note',
      body: 'About “A device”',
    })
  })

  it('open the ticket of a split message when its sender died before', async () => {
    const source = await openTicket()
    const { state } = await desk.read('ticket', source)
    const [first] = await events(source)
    if (state.status === 'absent' || first?.type !== 'TicketOpened') throw new Error('no ticket')
    const { messageId } = first
    const command = { type: 'split', messageId, into: 'split-off', subject: 'Second' } as const
    await send(source, command, { by: agent, commandId: 'the-split' })
    await passed(await start(named('complete_splits')))
    expect(await events('split-off')).toMatchObject([
      { type: 'TicketOpened', subject: 'Second', by: agent, splitFrom: { ticketId: source, messageId } },
    ])
  })

  it('complete a merge whose sender died after the first step', async () => {
    const [source, target] = [await openTicket(), await openTicket()]
    await absorb(source, target, 'merge-1')
    await start()
    await until(async () => (await desk.read('ticket', source)).state.status === 'closed')
    const merged = (await events(source)).slice(-2)
    expect(merged).toMatchObject([
      { type: 'TicketMerged', into: target, by: agent },
      { type: 'TicketClosed', reason: 'merged', by: agent },
    ])
  })

  it('add nothing to a merge that its sender completed', async () => {
    const [source, target] = [await openTicket(), await openTicket()]
    const merged = await desk.mergeTickets(source, target, { by: agent })
    end = (merged.ok && merged.value.position) || end
    const before = [await events(source), await events(target)]
    await passed(await start())
    expect([await events(source), await events(target)]).toEqual(before)
  })

  it('let a merge be reverted that cannot be completed', async () => {
    const [source, target] = [await openTicket(), await openTicket()]
    await send(source, { type: 'close' })
    await absorb(source, target, 'merge-1')
    await passed(await start())
    expect((await events(target)).at(-1)).toMatchObject({ type: 'AbsorptionReverted', source, reason: 'ticket_closed' })
  })

  it('park a merge that can be neither completed nor reverted, and complete it later', async () => {
    const [source, target] = [await openTicket(), await openTicket()]
    ahead = 3_600_000
    await absorb(source, target, 'merge-1')
    ahead = 0
    const watched = await start()
    await passed(watched)
    await until(async () => (await watched.parked.list(10)).length === 1)
    expect(await watched.parked.list(10)).toMatchObject([
      {
        reaction: 'complete_merges',
        type: 'TicketAbsorbed',
        error: expect.stringContaining('CommandRefused at_in_the_future'),
      },
    ])
    ahead = 3_600_000
    expect(await watched.parked.resume()).toBe(1)
    await until(async () => (await watched.parked.list(10)).length === 0)
    expect((await desk.read('ticket', source)).state).toMatchObject({ status: 'closed', mergedInto: target })
  })

  it('skip a ticket whose absorption was reverted since', async () => {
    const [source, target] = [await openTicket(), await openTicket()]
    await absorb(source, target, 'merge-1')
    await send(target, { type: 'revertAbsorption', source, reason: 'mistake' })
    await passed(await start())
    expect((await desk.read('ticket', source)).state.status).toBe('new')
  })

  it('open the urgent ticket of an incident whose sender died after declaring it', async () => {
    const declaration = { type: 'declare', title: 'Nothing can be reached', customer: { id: 'customer-1' } } as const
    const declared = await desk.execute('incident', 'i-1', declaration, { by: agent, commandId: 'declare-1' })
    if (!declared.ok) throw new Error(declared.refusal.message)
    await start()
    await until(async () => {
      const { state } = await desk.read('incident', 'i-1')
      return state.status !== 'absent' && state.ticket.state === 'linked'
    })
    expect(await events('i-1')).toMatchObject([
      { type: 'TicketOpened', subject: 'Nothing can be reached', priority: 'urgent', tags: ['incident'], by: agent },
      { type: 'TicketEscalated', level: 3, reason: 'incident i-1', by: agent },
    ])
  })

  it('add nothing to an incident whose sender opened its ticket, or whose ticket is impossible', async () => {
    const closed = await openTicket()
    await send(closed, { type: 'close' })
    const sender = { by: agent, commandId: 'declare-1' }
    const declared = [
      await declareIncident(desk, 'i-1', { title: 'Down', customer: { id: 'customer-1' } }, sender),
      await declareIncident(desk, 'i-2', { title: 'Down', ticketId: closed }, sender),
    ]
    for (const outcome of declared) end = (outcome.ok && outcome.value.position) || end
    const history = () => Promise.all(['i-1', 'i-2'].map((id) => store.readStream(streamName('incident', id))))
    const before = await history()
    expect(before.map((events) => events.at(-1)?.event)).toMatchObject([
      { type: 'IncidentTicketLinked', ticketId: 'i-1' },
      { type: 'IncidentTicketRefused', ticketId: closed, reason: 'ticket_closed' },
    ])
    await passed(await start(named('open_incident_tickets')))
    expect(await history()).toEqual(before)
  })

  describe('to updates of an incident', () => {
    const declare = (id: string, more: { customer?: { id: string }; ticketId?: string }, commandId = id) =>
      declareIncident(desk, id, { title: 'Down', ...more }, { by: agent, commandId })
    const post = async (id: string, internal = false): Promise<void> => {
      const command = { type: 'postUpdate', message: 'We are at it', internal } as const
      const outcome = await desk.execute('incident', id, command, { by: agent })
      if (!outcome.ok) throw new Error(outcome.refusal.message)
      end = outcome.value.position ?? end
    }
    const relayedTo = async (id: string) => (await events(id)).filter(({ type }) => type === 'UpdateRelayed')

    it('record each update once on the ticket', async () => {
      await declare('i-1', { customer: { id: 'customer-1' } })
      await post('i-1')
      await post('i-1', true)
      await passed(await start(named('relay_incident_updates')))
      const [update] = (await store.readStream('incident-i-1')).filter(
        ({ event }) => event.type === 'IncidentUpdatePosted',
      )
      const recorded = (await store.readStream('ticket-i-1')).at(-1)
      expect(recorded).toMatchObject({
        event: {
          type: 'UpdateRelayed',
          incidentId: 'i-1',
          at: update?.event.at,
          by: { kind: 'system', id: 'incident' },
        },
        commandId: engineCommandId('relay', update?.id ?? ''),
        causationId: update?.commandId,
        correlationId: update?.correlationId,
      })
      expect(await relayedTo('i-1')).toHaveLength(1)
      if (update) {
        const again = update as Parameters<typeof relayUpdate>[1]
        expect(await relayUpdate(desk, again)).toMatchObject({ settled: true })
      }
      expect(await relayedTo('i-1')).toHaveLength(1)
    })

    it('record nothing on a ticket that has ended, nor on one whose customer was not notified', async () => {
      const [ended, other] = [await openTicket(), await openTicket()]
      await declare('i-1', { ticketId: ended })
      await declare('i-2', { ticketId: other, customer: { id: 'customer-2' } })
      await send(ended, { type: 'resolve' })
      for (const id of ['i-1', 'i-2']) await post(id)
      const customers = [{ id: 'customer-1' }]
      await desk.execute('incident', 'i-2', { type: 'addCustomers', customers }, { by: agent })
      await passed(await start(named('relay_incident_updates')))
      expect([await relayedTo(ended), await relayedTo(other)]).toEqual([[], []])
    })

    it('wait for a ticket that is still to be opened', async () => {
      const declaration = { type: 'declare', title: 'Down', customer: { id: 'customer-1' } } as const
      await desk.execute('incident', 'i-1', declaration, { by: agent })
      await post('i-1')
      const watched = await start(named('relay_incident_updates'))
      await until(async () => (await watched.parked.list(10)).length === 1)
      await start(named('open_incident_tickets'))
      await until(async () => {
        const { state } = await desk.read('incident', 'i-1')
        return state.status !== 'absent' && state.ticket.state === 'linked'
      })
      await watched.parked.resume()
      await until(async () => (await relayedTo('i-1')).length === 1)
    })
  })

  it('wait for a database that is away, visibly, for as long as it takes', async () => {
    const seen: string[] = []
    const back = vi.fn<() => boolean>(() => false)
    let tries = 0
    const faulty = reaction({
      name: 'faulty',
      on: ['TicketOpened'],
      react: async ({ stream }) => {
        tries++
        if (!back()) throw new StoreUnavailable('no paper')
        seen.push(stream)
      },
    })
    const first = await openTicket()
    const health = createFollowerHealth({ failingMs: 1 })
    const watched = await start([faulty], health)
    await until(async () => tries > 5)
    expect((await watched.status())[0]).toMatchObject({ error: { message: 'no paper' }, parked: 0 })
    await until(async () => health.failing().length > 0)
    expect(health.failing()).toMatchObject([{ follower: 'the reaction faulty', message: 'no paper' }])
    back.mockReturnValue(true)
    await passed(watched)
    expect(seen).toEqual([streamName('ticket', first)])
    expect((await watched.status())[0]?.error).toBeUndefined()
    await until(async () => health.failing().length === 0)
  })

  it('continue in another process from their checkpoint', async () => {
    const seen: string[] = []
    const noting = reaction({
      name: 'noting',
      on: ['TicketOpened'],
      react: async ({ stream }) => void seen.push(stream),
    })
    const first = await openTicket()
    const one = await start([noting])
    await passed(one)
    running = []
    await one.stop()
    const second = await openTicket()
    await passed(await start([noting]))
    expect(seen).toEqual([first, second].map((id) => streamName('ticket', id)))
  })

  it('are listed without the leases of what is no reaction', async () => {
    const watched = await start([reaction({ name: 'noting', on: ['TicketOpened'], react: async () => undefined })])
    await until(async () => (await watched.status()).length > 0)
    const pool = new pg.Pool({ connectionString: database.url, max: 1 })
    for (const name of leaseNames) expect(await leaseOf(pool, name, leaseMs).claim()).toBeDefined()
    await pool.end()
    expect((await watched.status()).map(({ name }) => name)).toEqual(['noting'])
  })

  it('are run by one process at a time, and taken over when it dies', async () => {
    const noting = (): Reaction => reaction({ name: 'noting', on: ['TicketOpened'], react: async () => undefined })
    const one = await start([noting()])
    await until(async () => (await one.status())[0]?.owner !== undefined)
    const two = await start([noting()])
    await openTicket()
    await passed(two)
    const owner = (await two.status())[0]?.owner
    running = [two]
    await one.stop()
    await until(async () => ![undefined, owner].includes((await two.status())[0]?.owner))
    await openTicket()
    await passed(two)
  })
})
