import {
  createDesk,
  days,
  deny,
  guichetEvents,
  inMemoryStore,
  instant,
  later,
  refusal,
  streamName,
} from '@guichet/domain'
import type { Desk } from '@guichet/domain'
import type { Client } from '@temporalio/client'
import { Client as TemporalClient, Connection } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { findServer, startDevServer, startTimeSkippingServer } from '../servers/index.ts'
import { standingOf } from '../standing.ts'
import type { StreamChange } from '../workflow/stream-change.ts'
import { changeOf, clockWorker } from './clock-worker.ts'
import { historiesIn } from './save-history.ts'

// Records what clocks do today, to be replayed by the code of tomorrow. Into a folder of its own: those that show a new path
// then get a name of their own beside the older ones.
// node packages/workflows/dist/temporal/testing/record-histories.js histories
const [folder = 'histories'] = process.argv.slice(2)
const taskQueue = 'recorded'
const customer = { kind: 'customer', id: 'c-1' } as const
const agent = { kind: 'agent', id: 'a-1' } as const
await mkdir(folder, { recursive: true })
const save = historiesIn(folder)

async function waitingTicket(desk: Desk, at = instant(new Date())): Promise<string> {
  const id = randomUUID()
  const opening = { type: 'open', subject: 'Printer', body: 'It is on fire', customer: { id: customer.id } } as const
  await desk.execute('ticket', id, opening, { by: customer, at })
  await desk.execute('ticket', id, { type: 'agentReply', body: 'Still?', then: 'waiting_customer' }, { by: agent, at })
  return id
}

const startClock = async (client: Client, desk: Desk, id: string) =>
  client.workflow.start('streamClock', {
    workflowId: `ticket-clock/${id}`,
    taskQueue,
    args: [await changeOf(desk, id, 1)],
  })

/** Three and five and seven days without a reply, and a reply on the fourth day. */
async function recordDays(): Promise<void> {
  const environment = await startTimeSkippingServer(findServer('time-skipping') ?? '')
  let now = await environment.currentTimeMs()
  const tick = async () => void (now = await environment.currentTimeMs())
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date(now)), newId: randomUUID })
  const worker = await clockWorker({ connection: environment.nativeConnection, taskQueue, desk, before: tick })
  await worker.runUntil(async () => {
    const silent = await startClock(environment.client, desk, await waitingTicket(desk, instant(new Date(now))))
    await silent.result()
    await save(environment.client, 'silent-customer', silent.workflowId)

    await tick()
    const id = await waitingTicket(desk, instant(new Date(now)))
    const replied = await startClock(environment.client, desk, id)
    await environment.sleep(days(4))
    await tick()
    await desk.execute('ticket', id, { type: 'customerReply', body: 'Yes' }, { by: customer })
    await replied.signal('changed', await changeOf(desk, id, 2))
    await replied.result()
    await save(environment.client, 'reply-on-the-fourth-day', replied.workflowId)
  })
  await environment.teardown()
}

/** A clock that continues as new, and one whose refused deadline a change has made pointless. */
async function recordChanges(): Promise<void> {
  const extraArgs = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40']
  const server = await startDevServer({ executable: findServer('dev') ?? '', extraArgs })
  const client = new TemporalClient({ connection: await Connection.connect({ address: server.address }) })
  const connection = await NativeConnection.connect({ address: server.address })
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const refusing: Desk = { ...desk, execute: async () => deny(refusal('placeholder_without_value')) }
  const worker = await clockWorker({ connection, taskQueue, desk: refusing })
  await worker.runUntil(async () => {
    const long = await waitingTicket(desk)
    const continued = await startClock(client, desk, long)
    for (let version = 3; version < 20; version++) {
      const dueAt = later(instant(new Date()), days(1) + version)
      const change = {
        stream: streamName('ticket', long),
        version,
        order: 1,
        deadlines: [{ kind: 'chase', dueAt, cycle: 1 }],
      }
      await continued.signal('changed', change)
      await continued.query<StreamChange>('standing')
    }
    await save(client, 'continued-as-new', continued.workflowId, continued.firstExecutionRunId)

    const id = await waitingTicket(desk, later(instant(new Date()), -days(4)))
    const refused = await startClock(client, desk, id)
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    await desk.execute('ticket', id, { type: 'close' }, { by: agent })
    await refused.signal('changed', await changeOf(desk, id, 2))
    await refused.result()
    await save(client, 'refused-then-changed', refused.workflowId)
  })
  await connection.close()
  await client.connection.close()
  await server.stop()
}

/** A clock that hears of other labels and of no other deadline. */
async function recordLabels(): Promise<void> {
  const server = await startDevServer({ executable: findServer('dev') ?? '' })
  const client = new TemporalClient({ connection: await Connection.connect({ address: server.address }) })
  const connection = await NativeConnection.connect({ address: server.address })
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const worker = await clockWorker({ connection, taskQueue, desk })
  await worker.runUntil(async () => {
    const id = await waitingTicket(desk)
    const stream = streamName('ticket', id)
    const known = async (order: number): Promise<StreamChange> => {
      const standing = await standingOf(desk, stream, { held: false, labelled: true })
      return { ...standing, order }
    }
    const workflowId = `ticket-clock/${id}`
    const clock = await client.workflow.start('streamClock', { workflowId, taskQueue, args: [await known(1)] })
    await clock.query<StreamChange>('standing')
    await desk.execute('ticket', id, { type: 'categorize', category: 'billing' }, { by: agent })
    await clock.signal('changed', await known(2))
    await clock.query<StreamChange>('standing')
    await desk.execute('ticket', id, { type: 'close' }, { by: agent })
    await clock.signal('changed', await known(3))
    await clock.result()
    await save(client, 'relabelled', clock.workflowId)
  })
  await connection.close()
  await client.connection.close()
  await server.stop()
}

/** A clock that is kept while nothing falls due, continues as new meanwhile, and ends. */
async function recordKept(): Promise<void> {
  const extraArgs = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40']
  const server = await startDevServer({ executable: findServer('dev') ?? '', extraArgs })
  const client = new TemporalClient({ connection: await Connection.connect({ address: server.address }) })
  const connection = await NativeConnection.connect({ address: server.address })
  const desk = createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => instant(new Date()),
    newId: randomUUID,
  })
  const worker = await clockWorker({ connection, taskQueue, desk })
  await worker.runUntil(async () => {
    const id = randomUUID()
    const workflowId = `ticket-clock/${id}`
    const report = (version: number, labels: StreamChange['labels']): StreamChange => ({
      stream: streamName('ticket', id),
      version,
      order: 1,
      deadlines: [],
      ...(labels && { labels }),
    })
    const kept = { status: 'new', breached: true, outstanding: true, sla: 'BREACHED' } as const
    const clock = await client.workflow.start('streamClock', { workflowId, taskQueue, args: [report(1, kept)] })
    for (let version = 2; version < 20; version++) {
      await clock.signal('changed', report(version, { ...kept, category: `category-${version}` }))
      await clock.query<StreamChange>('standing')
    }
    await save(client, 'kept-and-continued-as-new', workflowId, clock.firstExecutionRunId)
    await clock.signal('changed', report(20, { status: 'closed', breached: false }))
    await clock.result()
    await save(client, 'kept-until-closed', workflowId)
  })
  await connection.close()
  await client.connection.close()
  await server.stop()
}

await recordDays()
await recordLabels()
await recordChanges()
await recordKept()
