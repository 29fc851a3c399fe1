import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Desk, DomainEvent, EventStore, Outcome, StreamName, TicketEvent } from '@guichet/domain'
import { createDesk, guichetEvents, instant, streamName } from '@guichet/domain'
import { eventStoreDbStore } from '@guichet/eventstore'
import type { EventStoreServer, TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase, startEventStoreServer } from '@guichet/eventstore/testing'
import type { ProjectionRunner } from '@guichet/projections'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import { unconfigured } from '@guichet/desk/configuration'
import { createServer } from '../server/create-server.ts'
import type { Answer } from '../server/testing/api-under-test.ts'
import { ana, tokenFor, tokenKey } from '../server/testing/api-under-test.ts'

const agent = { by: { kind: 'agent', id: ana.id } } as const
const carl = { by: { kind: 'customer', id: 'carl' } } as const

let database: TestDatabase
let server: EventStoreServer
let pool: pg.Pool
let store: EventStore
let runner: ProjectionRunner
let desk: Desk
let app: FastifyInstance
let reads: string[] = []

const start = async (): Promise<void> => {
  const stored = await eventStoreDbStore({ catalogue: guichetEvents, connectionString: server.url })
  store = {
    ...stored,
    readStream: (stream, ...range) => {
      reads.push(stream)
      return stored.readStream(stream, ...range)
    },
  }
  pool = new pg.Pool({ connectionString: database.url, max: 5 })
  desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, policy: unconfigured })
  const tables = projections({ policy: desk.policy, wording: desk.wording })
  runner = createProjectionRunner({ store: stored, pool, projections: tables })
  await runner.start()
  app = await createServer({
    desk,
    store,
    readModels: readModels(pool),
    runner,
    auth: { issuer: 'guichet', audience: 'guichet', key: tokenKey },
    development: false,
  })
}

const stop = async (): Promise<void> => {
  await app.close()
  await runner.stop()
  await store.close()
  await pool.end()
}

/** Deletes streams while the desk is down: a store that runs knows for some seconds that they are there. */
const losing = async (...streams: readonly StreamName[]): Promise<void> => {
  await stop()
  for (const stream of streams) server.log.tombstone(stream)
  await start()
}

beforeAll(async () => {
  server = await startEventStoreServer()
  database = await createTestDatabase()
  await start()
})

afterAll(async () => {
  await stop()
  await database.drop()
  await server.stop()
})

/** Waits until the read models show what a command has changed. */
const shown = async (outcome: Promise<Outcome<DomainEvent, unknown>>): Promise<void> => {
  const done = await outcome
  if (!done.ok) throw new Error(done.refusal.message)
  if (done.value.position !== undefined) expect(await runner.reached(done.value.position, 60_000)).toBe(true)
}

const openTicket = async (subject: string): Promise<string> => {
  const id = randomUUID()
  const open = { type: 'open', subject, body: 'It is on fire.', customer: { id: 'carl' } } as const
  await shown(desk.execute('ticket', id, open, carl))
  return id
}

const ask = async (query: string): Promise<Answer> => {
  const headers = { authorization: `Bearer ${await tokenFor(ana)}` }
  const response = await app.inject({ method: 'POST', url: '/graphql', headers, payload: { query } })
  const { data, errors = [] } = response.json<Partial<Answer>>()
  return { status: response.statusCode, data, errors }
}

const splitOff = async (source: string, subject: string): Promise<string> => {
  const messageId = randomUUID()
  await shown(desk.execute('ticket', source, { type: 'customerReply', messageId, body: 'And this?' }, carl))
  await shown(desk.splitTicket({ source, messageId, subject }, agent))
  const history = await store.readStream(streamName('ticket', source))
  const [into] = history.flatMap(({ event }) => {
    const split = event as TicketEvent
    return split.type === 'TicketSplit' && split.subject === subject ? [split.into] : []
  })
  if (into === undefined) throw new Error('nothing was split off')
  return into
}

const splitsOf = async (id: string): Promise<unknown> => {
  const { data, errors } = await ask(
    `{ ticket(id: "${id}") { timeline(last: 50) { nodes { ... on TicketSplit { into subject } } } } }`,
  )
  expect(errors).toEqual([])
  const { ticket } = data as { ticket: { timeline: { nodes: { into?: string; subject?: string }[] } } }
  return ticket.timeline.nodes.filter(({ into }) => into !== undefined)
}

it('shows the subjects of tickets that were split off without a read of the stream of each', async () => {
  const source = await openTicket('Printer')
  const first = await splitOff(source, 'Scanner')
  const second = await splitOff(source, 'Toner')
  reads = []
  expect(await splitsOf(source)).toEqual([
    { into: first, subject: 'Scanner' },
    { into: second, subject: 'Toner' },
  ])
  expect(reads).toContain(`ticket-${source}`)
  expect(reads.filter((stream) => stream === `ticket-${first}` || stream === `ticket-${second}`)).toEqual([])
})

it('shows the timeline of a ticket when the stream of one that was split off was deleted, with its subject as in lists', async () => {
  const source = await openTicket('Router')
  const kept = await splitOff(source, 'Cable')
  const lost = await splitOff(source, 'Switch')
  await losing(streamName('ticket', lost))
  expect(await splitsOf(source)).toEqual([
    { into: kept, subject: 'Cable' },
    { into: lost, subject: 'Switch' },
  ])
})

it('shows no subject of a ticket that is not opened yet', async () => {
  const source = await openTicket('Monitor')
  const messageId = randomUUID()
  await shown(desk.execute('ticket', source, { type: 'customerReply', messageId, body: 'And this?' }, carl))
  const into = randomUUID()
  await shown(desk.engine.execute('ticket', source, { type: 'split', messageId, into, subject: 'Cable' }, agent))
  expect(await splitsOf(source)).toEqual([{ into, subject: '' }])
})

it('answers for the other tickets of an operation when the stream of one was deleted', async () => {
  const [kept, lost] = [await openTicket('Kept'), await openTicket('Lost')]
  await losing(streamName('ticket', lost))
  const timeline = 'timeline(first: 9) { nodes { __typename } }'
  const query = `{ kept: ticket(id: "${kept}") { ${timeline} } lost: ticket(id: "${lost}") { ${timeline} } }`
  const { data, errors } = await ask(query)
  expect(errors).toMatchObject([{ path: ['lost', 'timeline'], extensions: { code: 'history_deleted' } }])
  expect(data).toEqual({ kept: { timeline: { nodes: [{ __typename: 'TicketOpened' }] } }, lost: null })
})

it('refuses a reply to a ticket whose stream was deleted, and keeps showing its row', async () => {
  const lost = await openTicket('Lost')
  await losing(streamName('ticket', lost))
  const reply = `mutation { agentReply(input: { ticketId: "${lost}", body: "We come.", commandId: "${randomUUID()}" }) {
    userErrors { code } } }`
  const { status, data, errors } = await ask(reply)
  expect({ status, data, errors }).toMatchObject({
    status: 200,
    data: null,
    errors: [{ extensions: { code: 'history_deleted' } }],
  })
  expect(await ask(`{ ticket(id: "${lost}") { subject } }`)).toMatchObject({
    data: { ticket: { subject: 'Lost' } },
    errors: [],
  })
})

it('shows a conversation as it was when the stream of a ticket that was merged into it was deleted', async () => {
  const [target, source] = [await openTicket('Target'), await openTicket('Source')]
  await shown(desk.mergeTickets(source, target, agent))
  const conversation = async () => {
    const query = `{ ticket(id: "${target}") { asOf(at: "${instant(new Date())}") { conversation(first: 9) { nodes { body } } } } }`
    const { data, errors } = await ask(query)
    expect(errors).toEqual([])
    return (data as { ticket: { asOf: { conversation: { nodes: unknown[] } } } }).ticket.asOf.conversation.nodes.length
  }
  expect(await conversation()).toBe(2)
  await losing(streamName('ticket', source))
  expect(await conversation()).toBe(1)
})

it('removes an address from the record of a customer when the stream of one that was merged into it was deleted', async () => {
  const ids = ['survivor', 'lost', 'kept'] as const
  for (const id of ids) {
    await shown(desk.execute('customer', id, { type: 'register' }, agent))
    await shown(desk.execute('customer', id, { type: 'addEmail', address: `${id}@zoe.example`, verified: true }, agent))
  }
  for (const source of ['lost', 'kept']) await shown(desk.mergeCustomers(source, 'survivor', agent))
  await losing(streamName('customer', 'lost'))
  for (const address of ['survivor@zoe.example', 'kept@zoe.example', 'nobody@zoe.example']) {
    const input = `{ customerId: "survivor", address: "${address}", commandId: "${randomUUID()}" }`
    const { data, errors } = await ask(
      `mutation { removeCustomerEmail(input: ${input}) { userErrors { code } customer { emails { address } } } }`,
    )
    expect(errors).toEqual([])
    expect(data).toEqual({ removeCustomerEmail: { userErrors: [], customer: { emails: [] } } })
  }
  expect((await desk.read('customer', 'kept')).state).toMatchObject({ emails: [] })
})
