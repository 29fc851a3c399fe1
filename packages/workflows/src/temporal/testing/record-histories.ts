import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import type { Desk, TicketCommandInput } from '@guichet/domain'
import { createDesk, days, defaultTicketPolicy, deny, guichetEvents, instant, later, refusal } from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { postgresStore } from '@guichet/eventstore'
import { startTestPostgres } from '@guichet/eventstore/testing'
import { openFeed } from '../../testing/feed.ts'
import { until } from '../../testing/until.ts'
import { startDevServer } from '../servers/dev-server.ts'
import { findServer } from '../servers/find-server.ts'
import { temporalClock } from '../temporal-clock.ts'
import { historiesIn } from './save-history.ts'

// Records the present behaviour of clocks with several processes on one database, to be replayed by later code. The read models, the
// outbox, the bridge, labels and the comparison are the real ones. Write into a separate folder: histories that show a new path then
// get their own names beside the older ones.
// node packages/workflows/dist/temporal/testing/record-histories.js histories
const [folder = 'histories'] = process.argv.slice(2)
const customer = { kind: 'customer', id: 'c-1' } as const
const agent = { kind: 'agent', id: 'a-1' } as const
const processes = 2
await mkdir(folder, { recursive: true })

const postgres = await startTestPostgres({ durable: false })
const server = await startDevServer({ executable: findServer('dev') ?? '' })
const connection = await Connection.connect({ address: server.address })
const client = new Client({ connection })
const save = historiesIn(folder)
const temporal = { connection: { address: server.address }, namespace: 'default' }
const stops: (() => Promise<void>)[] = []
let refusing = false

const openDesk = async (): Promise<Desk> => {
  const store = await postgresStore({ connectionString: postgres.url, catalogue: guichetEvents })
  stops.push(store.close)
  const policy = { ...defaultTicketPolicy, closeResolvedAfter: 1_500 }
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, policy })
  return deskAround(desk, (entry) => ({
    execute: (category, id, command, sender) =>
      refusing && 'type' in command && command.type === 'fire'
        ? Promise.resolve(deny(refusal('placeholder_without_value')))
        : entry.execute(category, id, command, sender),
  }))
}

const clocks = await Promise.all(
  Array.from({ length: processes }, async () => {
    const desk = await openDesk()
    const clock = await temporalClock({ desk, connectionString: postgres.url, temporal, reconcileMs: 5_000 })
    const feed = openFeed(desk, postgres.url, clock.deadlineSink)
    await clock.start()
    await feed.start()
    stops.push(async () => {
      await feed.stop()
      await clock.stop()
    })
    return clock
  }),
)
const desk = await openDesk()

const send = async (id: string, command: TicketCommandInput, at = instant(new Date())): Promise<void> => {
  const by = command.type === 'open' ? customer : agent
  const outcome = await desk.execute('ticket', id, command, { by, at })
  if (!outcome.ok) throw new Error(outcome.refusal.message)
}
const ticket = async (then: 'waiting_customer' | 'resolved', agoMs = 0): Promise<string> => {
  const id = randomUUID()
  const at = later(instant(new Date()), -agoMs)
  await send(id, { type: 'open', subject: 'Printer', body: 'It is on fire', customer: { id: customer.id } }, at)
  await send(id, { type: 'agentReply', body: 'Still?', then }, at)
  return id
}
const clockOf = (id: string): string => clocks[0]?.clockId(`ticket-${id}`) ?? ''
/** Waits until a run of the clock of a ticket is as wanted, and returns its id. */
const untilRun = async (workflowId: string, query: string): Promise<string> => {
  const look = async (): Promise<string> => {
    for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}' AND ${query}` }))
      return runId
    return ''
  }
  return until(look, (runId) => runId !== '', { everyMs: 100 })
}

const chased = clockOf(await ticket('waiting_customer', days(3) - 2_000))
await save(client, 'chased', chased, await untilRun(chased, `ExecutionStatus = 'Completed'`))

const solved = clockOf(await ticket('resolved'))
await save(client, 'closed-with-last-labels', solved, await untilRun(solved, `ExecutionStatus = 'Completed'`))

const waiting = await ticket('waiting_customer')
await untilRun(clockOf(waiting), `GuichetNextDueKind = 'chase' AND ExecutionStatus = 'Running'`)
await send(waiting, { type: 'close' })
await save(client, 'ended', clockOf(waiting), await untilRun(clockOf(waiting), `ExecutionStatus = 'Completed'`))
await save(client, 'replaced', clockOf(waiting), await untilRun(clockOf(waiting), `ExecutionStatus = 'Terminated'`))

refusing = true
const refused = clockOf(await ticket('waiting_customer', days(4)))
await untilRun(refused, `ExecutionStatus = 'Running'`)
await delay(3_000)
refusing = false
await save(client, 'refused-then-chased', refused, await untilRun(refused, `ExecutionStatus = 'Completed'`))

for await (const { workflowId, runId } of client.workflow.list({
  query: `WorkflowType = 'reconcileClocks' AND ExecutionStatus = 'Completed'`,
})) {
  await save(client, 'compared', workflowId, runId)
  break
}

for (const stop of stops.toReversed()) await stop()
await connection.close()
await server.stop()
await postgres.stop()
