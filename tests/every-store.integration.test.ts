import { randomUUID } from 'node:crypto'
import type { Desk, EventCatalogue, EventEnvelope, EventStore, Position } from '@guichet/domain'
import {
  activityFingerprint,
  aggregates,
  createDesk,
  defaultConfiguration,
  guichetEvents as catalogue,
  defaultTicketPolicy,
  inMemoryStore,
  instant,
  isHoldout,
  later,
  minutes,
} from '@guichet/domain'
import { sampleData } from '@guichet/domain/testing'
import { eventStoreDbStore, postgresStore, subscribe } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer, withOwnStreams } from '@guichet/eventstore/testing'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import { deskReactions, embeddedClock, openProactive, personReader, reactions } from '@guichet/workflows'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'

type Opened = { readonly store: EventStore; release?(): Promise<void> }

/** The stores of events; everything else is the same. */
const stores: Readonly<Record<string, (database: TestDatabase) => Promise<Opened>>> = {
  memory: async () => ({ store: inMemoryStore({ catalogue, now: () => instant(new Date()) }) }),
  Postgres: async ({ url }) => ({ store: await postgresStore({ catalogue, connectionString: url }) }),
  'EventStoreDB (a server in this process)': async () => {
    const server = await startEventStoreServer()
    return {
      store: await eventStoreDbStore({ catalogue, connectionString: server.url }),
      release: server.stop,
    }
  },
}

const given = inject('eventStoreUrl')
const every = given
  ? {
      ...stores,
      EventStoreDB: async () => ({
        store: await eventStoreDbStore({ catalogue, connectionString: withOwnStreams(given) }),
      }),
    }
  : stores

const customer = { kind: 'customer', id: 'customer-1', name: 'Carl' } as const
const agent = { kind: 'agent', id: 'agent-1', name: 'Ana' } as const
/** Shortens the seven days to little more than a second. */
const policy = { ...defaultTicketPolicy, chaseAfter: [300, 600], closeUnansweredAfter: 1_200 }
const opening = { type: 'open', subject: 'Printer', body: 'It is on fire.', customer: { id: customer.id } } as const
/** An error that a page reports. */
const failure = { kind: 'error_occurred', code: 'E_PAYMENT', page: '/pay', version: '2.1', detail: {} } as const
const trouble = activityFingerprint(failure)
const types = (events: readonly EventEnvelope[]): string[] => events.map(({ event }) => event.type)

describe.each(Object.entries(every))('a ticket’s life with its events in %s', (_, open) => {
  const ticket = randomUUID()
  const stream = `ticket-${ticket}`
  const letGo: (() => Promise<unknown>)[] = []
  let store: EventStore
  let desk: Desk
  let runner: ProjectionRunner
  let models: ReadModels
  let before: Position | undefined

  beforeAll(async () => {
    const database = await createTestDatabase()
    const opened = await open(database)
    store = opened.store
    before = await store.head()
    letGo.push(database.drop, async () => opened.release?.(), store.close)
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, policy })
    const pool = new pg.Pool({ connectionString: database.url })
    letGo.push(() => pool.end())
    const clock = await embeddedClock({ desk, connectionString: database.url })
    letGo.push(clock.stop)
    const { wording } = desk
    runner = createProjectionRunner({
      store,
      pool,
      projections: projections({ policy, wording, deadlineSink: clock.deadlineSink }),
    })
    letGo.push(runner.stop)
    models = readModels(pool)
    await runner.start()
    await clock.start()
  })

  afterAll(async () => {
    for (const release of letGo.reverse()) await release()
  })

  it('is opened and replied to, waits, is chased twice and closed', async () => {
    const replied = { type: 'agentReply', body: 'Is it still?', then: 'waiting_customer' } as const
    expect(await desk.execute('ticket', ticket, opening, { by: customer })).toMatchObject({ ok: true })
    expect(await desk.execute('ticket', ticket, replied, { by: agent })).toMatchObject({ ok: true })
    await vi.waitUntil(async () => (await desk.read('ticket', ticket)).state.status === 'closed')
    expect(types(await store.readStream(stream))).toEqual([
      'TicketOpened',
      'AgentReplied',
      'TicketStarted',
      'CustomerWaitStarted',
      'ChaseSent',
      'ChaseSent',
      'TicketClosed',
    ])
  })

  it('returns the first outcome for a repeated command', async () => {
    const [another, sent] = [randomUUID(), { by: customer, commandId: 'once' }]
    const first = await desk.execute('ticket', another, opening, sent)
    const again = await desk.execute('ticket', another, opening, sent)
    expect(first).toMatchObject({ ok: true, value: { repeated: false } })
    const { version, position } = first.ok ? first.value : { version: 0, position: undefined }
    expect(again).toMatchObject({ ok: true, value: { repeated: true, version, position } })
  })

  it('has the same rows in its read models before and after a rebuild', async () => {
    const last = (await store.readStream(stream)).at(-1)
    expect(last && (await runner.reached(last.position, 30_000))).toBe(true)
    const live = await models.tickets.byIds([ticket])
    expect(live).toMatchObject([{ id: ticket, status: 'closed' }])
    await runner.rebuild('tickets')
    expect(await models.tickets.byIds([ticket])).toEqual(live)
  })

  it('is the same when its history is replayed by another desk', async () => {
    const another = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, policy })
    expect(await another.read('ticket', ticket)).toEqual(await desk.read('ticket', ticket))
  })

  it('reaches a subscription once and in order, and one that resumes from a position', async () => {
    const seen: EventEnvelope[] = []
    const follow = async (after: Position | undefined, until: number): Promise<void> => {
      const done = new AbortController()
      const onBatch = (events: readonly EventEnvelope[]): void => {
        seen.push(...events.filter((event) => event.stream === stream))
        if (seen.length >= until) done.abort()
      }
      await subscribe(store, { after, batchSize: 1, signal: done.signal, onBatch })
    }
    const stored = await store.readStream(stream)
    await follow(before, 3)
    await follow(seen.at(-1)?.position, stored.length)
    expect(seen).toEqual(stored)
  })
})

it.each(Object.entries(every))(
  'trouble becomes a draft, that a ticket, which settles it, with events in %s',
  async (_, open) => {
    const database = await createTestDatabase()
    const { store, release }: Opened = await open(database)
    const pool = new pg.Pool({ connectionString: database.url })
    const letGo = [database.drop, async () => release?.(), store.close, () => pool.end()]
    try {
      const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, policy })
      const runner = createProjectionRunner({
        store,
        pool,
        projections: projections({ policy, wording: desk.wording }),
      })
      letGo.push(runner.stop)
      await runner.start()
      const isCurrent = async (): Promise<boolean> => {
        const head = await store.head()
        return head === undefined || runner.reached(head, 30_000)
      }
      const proactive = await openProactive({
        desk,
        pool,
        people: personReader(desk, readModels(pool), isCurrent),
        personIds: async (_, customerId) => [customerId],
      })
      letGo.push(proactive.stop)
      const followed = [...deskReactions, ...proactive.reactions]
      const reacting = await reactions({ desk, connectionString: database.url, reactions: followed })
      letGo.push(reacting.stop)
      await proactive.start()
      await reacting.start()

      // Who is not in the holdout, whose drafts nobody is offered.
      const id = Array.from({ length: 50 }, () => randomUUID()).find((each) => !isHoldout(each, trouble, 0.05)) ?? ''
      const draftEvents = async (): Promise<readonly string[]> => types(await store.readStream(`draft-${id}`))
      const now = instant(new Date())
      const failures = [6, 4, 2].map((ago) => ({ ...failure, id: `failure-${ago}`, at: later(now, -minutes(ago)) }))
      await proactive.activities.record([{ person: { id }, activities: failures }], now)
      await vi.waitUntil(async () => (await draftEvents()).includes('DraftOffered'))

      const [by, ticketId] = [{ kind: 'customer', id } as const, randomUUID()]
      const opened = await desk.execute('draft', id, { type: 'open', number: 1, ticketId }, { by })
      expect(opened).toMatchObject({ ok: true })
      await vi.waitUntil(async () => (await desk.read('ticket', ticketId)).state.status === 'new')
      expect(await desk.execute('ticket', ticketId, { type: 'resolve' }, { by: agent })).toMatchObject({ ok: true })
      await vi.waitUntil(async () => (await draftEvents()).includes('DraftSettled'))

      expect(await draftEvents()).toEqual(['TroubleSuspected', 'DraftOffered', 'DraftOpened', 'DraftSettled'])
      const [opening] = await store.readStream(`ticket-${ticketId}`)
      expect(opening?.event).toMatchObject({ type: 'TicketOpened', draft: { customerId: id, number: 1 } })
      const { state } = await desk.read('draft', id)
      const ticket = { id: ticketId, isOpen: false, outcome: 'resolved' }
      expect(state.drafts).toMatchObject([{ suspicion: { fingerprint: trouble }, status: 'opened', ticket }])
    } finally {
      for (const each of letGo.reverse()) await each()
    }
  },
)

it.each(Object.entries(every))('every type of event is read as it was appended, with events in %s', async (_, open) => {
  const database = await createTestDatabase()
  const { store, release }: Opened = await open(database)
  const at = instant('2026-03-02T09:00:00Z')
  const given = { configuration: defaultConfiguration, publicHolidays: {} }
  try {
    for (const [category, { events: own }] of Object.entries<{ readonly events: EventCatalogue }>(aggregates)) {
      const stream = `${category}-${randomUUID()}`
      const events = Object.keys(own).map((type) => ({ ...sampleData(own, type, { given }), type, at, by: agent }))
      await store.append({ stream, expectedVersion: 'any', commandId: randomUUID(), events })
      expect((await store.readStream(stream)).map(({ event }) => event)).toEqual(events)
    }
  } finally {
    await store.close()
    await release?.()
    await database.drop()
  }
})
