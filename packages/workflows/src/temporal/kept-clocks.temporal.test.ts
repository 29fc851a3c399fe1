import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import type { ConfigurationInput, TicketCommandInput } from '@guichet/domain'
import { configurationSchema, days, instant, later, minutes, streamName } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import type { FedTemporalClockOptions } from './testing/clock.ts'
import { clockIdIn, clockOf, fedTemporalClock, useClient } from './testing/clock.ts'
import { searchAttributes } from './workflow/clock-state.ts'

const address = inject('temporalServer')
const patience = { interval: 50 }
const agent = { by: { kind: 'agent', id: 'agent-1' } } as const
const broken = 'GuichetSla = "BREACHED" AND GuichetBreached = true AND ExecutionStatus = "Running"'
const paused = 'GuichetSla = "PAUSED" AND ExecutionStatus = "Running"'
const late = 'GuichetBreached = true AND ExecutionStatus = "Running"'

describe.skipIf(!address)('a clock without a deadline', () => {
  const client = useClient({ beforeAll, afterAll }, address)
  let scene: Scene

  afterEach(() => scene.dispose())

  const openDesk = async (options?: FedTemporalClockOptions): Promise<void> => {
    scene = await openScene((process) => fedTemporalClock(process, options))
  }
  const describeClock = async (id: string) => (await clockOf(client(), scene, id)).describe()
  const statusOf = async (id: string) => (await describeClock(id)).status.name
  const send = async (id: string, command: TicketCommandInput): Promise<void> => {
    expect(await scene.desk.execute('ticket', id, command, agent)).toMatchObject({ ok: true })
  }
  const isListed = async (id: string, query: string, category = 'ticket'): Promise<boolean> => {
    const workflowId = await clockIdIn(scene.databaseUrl, streamName(category, id))
    return (await client().workflow.count(`WorkflowId = '${workflowId}' AND ${query}`)).count > 0
  }
  const untilListed = (id: string, query: string, category?: string) =>
    vi.waitUntil(() => isListed(id, query, category), patience)
  const untilUnlisted = (id: string, query: string) => vi.waitUntil(async () => !(await isListed(id, query)), patience)
  const untilEnded = (id: string) => vi.waitUntil(async () => (await statusOf(id)) === 'COMPLETED', patience)
  const nothingDue = (id: string) =>
    vi.waitUntil(async () => {
      const { status, typedSearchAttributes: labels } = await describeClock(id)
      return status.name === 'RUNNING' && labels.get(searchAttributes.nextDue) === undefined
    }, patience)

  /** Promises an answer within ten minutes, long ago, and an escalation a minute later. */
  const promise = async (): Promise<void> => {
    const policy = { name: 'all', firstResponse: '10m', escalateAfter: '1m' }
    const configuration: ConfigurationInput = { teams: [{ name: 'supervisors' }], sla: { policies: [policy] } }
    const apply = {
      type: 'apply',
      configuration: configurationSchema.parse(configuration),
      effectiveFrom: later(instant(new Date()), -days(9)),
      retroactive: true,
    } as const
    expect(await scene.desk.execute('configuration', 'desk', apply, agent)).toMatchObject({ ok: true })
  }
  const brokenAndEscalated = async (): Promise<string> => {
    const id = await scene.newTicket(minutes(20))
    await scene.untilFired(id, 2)
    await nothingDue(id)
    return id
  }

  it('stays while a promise is broken and escalated, until it has been made up for and the ticket closed', async () => {
    await openDesk()
    await promise()
    await scene.startEngine()
    const id = await brokenAndEscalated()
    expect((await scene.firedOn(id)).map(({ type }) => type)).toEqual(['TargetBreached', 'TicketEscalated'])
    expect(await statusOf(id)).toBe('RUNNING')
    await untilListed(id, broken)

    await send(id, { type: 'categorize', category: 'billing' })
    await untilListed(id, `GuichetCategory = "billing" AND ${broken}`)
    await send(id, { type: 'agentReply', body: 'Sorry' })
    await untilUnlisted(id, broken)
    await send(id, { type: 'close' })
    await untilEnded(id)
  })

  it('stays while the desk is late on a ticket without a promise', async () => {
    scene = await openScene((process) => fedTemporalClock(process), { policy: { stagnationAfter: 1_000 } })
    const id = await scene.ticketInProgress()
    await scene.startEngine()
    await scene.untilFired(id, 1)
    await nothingDue(id)
    await untilListed(id, late)
    await send(id, { type: 'resolve' })
    await untilUnlisted(id, late)
  })

  it('begins when a new ticket is paused whose clock has ended or never began, and follows it', async () => {
    await openDesk()
    await promise()
    const id = await scene.newTicket()
    await send(id, { type: 'pauseClocks', reason: 'the supplier is on strike' })
    await scene.startEngine()
    await untilListed(id, paused)
    await nothingDue(id)
    expect(await statusOf(id)).toBe('RUNNING')

    await send(id, { type: 'resumeClocks' })
    await untilUnlisted(id, paused)
    await send(id, { type: 'pauseClocks', reason: 'once more' })
    await untilListed(id, paused)
    await send(id, { type: 'resolve' })
    await untilUnlisted(id, paused)
    await send(id, { type: 'close' })
    await untilEnded(id)
  })

  it('ends when a configuration no longer promises anything', async () => {
    await openDesk()
    await promise()
    const id = await scene.newTicket()
    await send(id, { type: 'pauseClocks', reason: 'the supplier is on strike' })
    await scene.startEngine()
    await untilListed(id, paused)
    await scene.promises({ resolution: '9d' }, later(instant(new Date()), -days(9)))
    await untilListed(id, paused)
    const nothing = configurationSchema.parse({ sla: { policies: [] } } satisfies ConfigurationInput)
    const apply = { type: 'apply', configuration: nothing, retroactive: true } as const
    const effectiveFrom = later(instant(new Date()), -days(9))
    await scene.desk.execute('configuration', 'desk', { ...apply, effectiveFrom }, agent)
    await untilEnded(id)
  })

  it('is started by the comparison with the clock states where no signal came, and unchanged afterwards', async () => {
    await openDesk({ reconcileMs: 1_000, deaf: true })
    await promise()
    const untilCompared = async (): Promise<string> => {
      const id = await scene.newTicket()
      await send(id, { type: 'pauseClocks', reason: 'the supplier is on strike' })
      await untilListed(id, paused)
      return id
    }
    await scene.startEngine()
    const id = await untilCompared()
    await untilCompared()
    const { runId } = await describeClock(id)
    await untilCompared()
    expect(await describeClock(id)).toMatchObject({ runId, historyLength: 1 })
    await send(id, { type: 'markSpam' })
    await untilEnded(id)
  })

  it('is not started for a ticket without anything outstanding', async () => {
    await openDesk()
    const id = await scene.newTicket()
    await send(id, { type: 'categorize', category: 'billing' })
    await scene.startEngine()
    const other = await scene.waitingTicket()
    await untilListed(other, 'GuichetStatus = "waiting_customer"')
    await expect(statusOf(id)).rejects.toThrow('not found')
  })
})
