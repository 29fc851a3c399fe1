import { randomUUID } from 'node:crypto'
import type { TestWorkflowEnvironment } from '@temporalio/testing'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Desk, TicketEvent } from '@guichet/domain'
import {
  createDesk,
  days,
  elapsed,
  guichetEvents,
  hours,
  inMemoryStore,
  instant,
  later,
  streamName,
} from '@guichet/domain'
import { startClock } from './bridge.ts'
import { clockId } from './clock-state.ts'
import { listenToRuntime } from './reports.ts'
import { startTimeSkippingServer } from './testing/time-skipping-server.ts'
import { clockWorker, stateOf } from './testing/clock.ts'
import { isClocked } from './workflow/clock-state.ts'

const taskQueue = 'seven-days'
const customer = { kind: 'customer', id: 'c-1' } as const
const agent = { kind: 'agent', id: 'a-1' } as const
const executable = inject('timeSkippingServer')

describe.skipIf(!executable)('a ticket whose customer is silent', () => {
  let environment: TestWorkflowEnvironment
  let now: number
  let desk: Desk

  const tick = async (): Promise<void> => {
    now = await environment.currentTimeMs()
  }

  beforeAll(async () => {
    listenToRuntime(() => undefined)
    environment = await startTimeSkippingServer(executable ?? '')
    const store = inMemoryStore({ catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date(now)), newId: randomUUID })
  })
  afterAll(() => environment.teardown())

  const waitingTicket = async (): Promise<string> => {
    await tick()
    const id = randomUUID()
    const opening = { type: 'open', subject: 'Printer', body: 'It is on fire', customer: { id: customer.id } } as const
    await desk.execute('ticket', id, opening, { by: customer })
    await desk.execute(
      'ticket',
      id,
      { type: 'agentReply', body: 'Is it still?', then: 'waiting_customer' },
      { by: agent },
    )
    return id
  }
  /** Starts the clock of a ticket with its current state, as the bridge does; undefined where it is to have none. */
  const nextClock = async (id: string) => {
    await tick()
    const state = await stateOf(desk, id)
    if (!isClocked(state)) return undefined
    await startClock(environment.client, { id: taskQueue, taskQueue }, state, { now })
    return environment.client.workflow.getHandle(clockId(streamName('ticket', id), taskQueue))
  }
  const runClocks = async (id: string): Promise<void> => {
    for (let clock = await nextClock(id); clock; clock = await nextClock(id)) await clock.result()
  }
  const history = async (id: string): Promise<readonly TicketEvent[]> =>
    (await desk.store.readStream(streamName('ticket', id))).map(({ event }) => event as TicketEvent)
  const working = async (during: () => Promise<void>): Promise<void> => {
    const worker = await clockWorker({ connection: environment.nativeConnection, taskQueue, desk, before: tick })
    await worker.runUntil(during)
  }

  it('is chased after three days and after five, and closed after seven', async () => {
    await working(async () => {
      const id = await waitingTicket()
      await runClocks(id)
      const events = await history(id)
      const since = events[1]?.at ?? instant(new Date(0))
      const fired = events.filter(({ by }) => by.id === 'clock')
      expect(fired.map(({ type }) => type)).toEqual(['ChaseSent', 'ChaseSent', 'TicketClosed'])
      for (const [index, day] of [3, 5, 7].entries()) {
        const late = elapsed(later(since, days(day)), fired[index]?.at ?? since)
        expect(late).toBeGreaterThanOrEqual(0)
        expect(late).toBeLessThan(hours(1))
      }
    })
  })

  it('is not chased once the customer has replied', async () => {
    await working(async () => {
      const id = await waitingTicket()
      await (await nextClock(id))?.result()
      await nextClock(id)
      await environment.sleep(days(1))
      await tick()
      await desk.execute('ticket', id, { type: 'customerReply', body: 'Yes' }, { by: customer })
      await (await nextClock(id))?.result()
      const fired = (await history(id)).filter(({ by }) => by.id === 'clock')
      expect(fired.map(({ type }) => type)).toEqual(['ChaseSent', 'StagnationDetected'])
    })
  })
})
