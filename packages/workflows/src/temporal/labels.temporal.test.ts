import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import type { ConfigurationInput, Instant } from '@guichet/domain'
import { configurationSchema, days, hours, instant, later, minutes, streamName } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { clockIdIn, clockOf, fedTemporalClock, useClient } from './testing/clock.ts'
import { searchAttributes } from './workflow/clock-state.ts'

const address = inject('temporalServer')
const patience = { interval: 50 }
const agent = { by: { kind: 'agent', id: 'agent-1' } } as const

describe.skipIf(!address)('the labels of a clock', () => {
  const client = useClient({ beforeAll, afterAll }, address)
  let scene: Scene

  afterEach(() => scene.dispose())

  /** A clock as operators see it; undefined before there is one. */
  const labelsOf = async (id: string, category?: string) => {
    const { typedSearchAttributes: known } = await (await clockOf(client(), scene, id, category)).describe()
    const due = known.get(searchAttributes.nextDue)
    const since = known.get(searchAttributes.slaSince)
    const breachAt = known.get(searchAttributes.breachAt)
    return {
      status: known.get(searchAttributes.status),
      priority: known.get(searchAttributes.priority),
      category: known.get(searchAttributes.category),
      kind: known.get(searchAttributes.nextDueKind),
      due: due instanceof Date ? due.toISOString() : undefined,
      late: known.get(searchAttributes.breached),
      sla: known.get(searchAttributes.sla),
      since: since instanceof Date ? since.toISOString() : undefined,
      breachAt: breachAt instanceof Date ? breachAt.toISOString() : undefined,
    }
  }
  const until = (id: string, wanted: Partial<Awaited<ReturnType<typeof labelsOf>>>, category?: string) =>
    vi.waitUntil(async () => {
      const labels = await labelsOf(id, category).catch(() => undefined)
      const fits =
        labels && Object.entries(wanted).every(([name, value]) => labels[name as keyof typeof labels] === value)
      return fits && labels
    }, patience)
  /** Waits until a list filter, as operators type it, finds the clock of a ticket. */
  const untilListed = (id: string, query: string) =>
    vi.waitUntil(async () => {
      const wanted = await clockIdIn(scene.databaseUrl, streamName('ticket', id))
      for await (const { workflowId } of client().workflow.list({ query })) if (workflowId === wanted) return true
      return false
    }, patience)
  /** Temporal completes its list of runs a moment later: the number only grows. */
  const runsAfter = async (id: string, start: Date): Promise<number> => {
    const workflowId = await clockIdIn(scene.databaseUrl, streamName('ticket', id))
    return (await client().workflow.count(`WorkflowId = '${workflowId}' AND StartTime > '${start.toISOString()}'`))
      .count
  }

  it('follow every change of category, priority and status that leaves the deadline as it was, by one run each', async () => {
    scene = await openScene((process) => fedTemporalClock(process))
    const id = await scene.waitingTicket()
    await scene.startEngine()
    const { due } = await until(id, { status: 'waiting_customer', priority: 'normal' })
    const { startTime } = await (await clockOf(client(), scene, id)).describe()
    const started = new Date(startTime.getTime() + 1)

    await scene.desk.execute('ticket', id, { type: 'categorize', category: 'billing' }, agent)
    await until(id, { category: 'billing', due })
    await scene.desk.execute('ticket', id, { type: 'tag', tag: 'vip' }, agent)
    await scene.desk.execute('ticket', id, { type: 'changePriority', priority: 'high' }, agent)
    await until(id, { category: 'billing', priority: 'high', due })
    await vi.waitUntil(async () => (await runsAfter(id, started)) === 2, patience)
    const { historyLength } = await (await clockOf(client(), scene, id)).describe()
    expect(historyLength).toBe(1)

    const urgent = await scene.urgentTicket()
    const before = await until(urgent, { status: 'new', priority: 'urgent' })
    await scene.desk.execute('ticket', urgent, { type: 'start' }, agent)
    await until(urgent, { status: 'in_progress', priority: 'urgent', due: before.due })
  })

  it('show that the desk is late only while an urgent update is overdue', async () => {
    scene = await openScene((process) => fedTemporalClock(process))
    const id = await scene.urgentTicket(2 * 3_600_000 - 1_000)
    await scene.startEngine()
    await until(id, { late: false })
    await until(id, { late: true, status: 'new' })
    await scene.desk.execute('ticket', id, { type: 'agentReply', body: 'We are at it' }, agent)
    await until(id, { late: false, status: 'in_progress' })
    const urgentUpdates =
      'GuichetPriority = "urgent" AND GuichetNextDueKind IN ("update", "update_warning", "update_breach")'
    await untilListed(id, urgentUpdates)
    await scene.promises({ update: '8h' })
    await until(id, { kind: 'update_warning' })
    await untilListed(id, urgentUpdates)
  })

  /** A desk that has always promised an answer within ten minutes, and a resolution within a given time. */
  const promise = async (resolution: string): Promise<void> => {
    const configuration: ConfigurationInput = {
      teams: [{ name: 'supervisors' }],
      sla: { policies: [{ name: 'all', firstResponse: '10m', resolution }] },
    }
    const outcome = await scene.desk.execute(
      'configuration',
      'desk',
      {
        type: 'apply',
        configuration: configurationSchema.parse(configuration),
        effectiveFrom: later(instant(new Date()), -days(1)),
        retroactive: true,
      },
      agent,
    )
    expect(outcome.ok).toBe(true)
  }
  const waitingSince = async (id: string) => {
    const { state } = await scene.desk.read('ticket', id)
    if (state.status === 'absent' || state.waitingSince === undefined) throw new Error(`${id} waits for nobody`)
    return state.waitingSince
  }
  const dueOf = async (id: string, length: number): Promise<Instant> => {
    const { state } = await scene.desk.read('ticket', id)
    return state.status === 'absent' ? instant(new Date(0)) : later(state.openedAt, length)
  }

  it('show the states of promises: pending, about to breach, met, and moved by another configuration', async () => {
    scene = await openScene((process) => fedTemporalClock(process))
    await promise('1d')
    const id = await scene.urgentTicket(minutes(7.5) - 8_000)
    await scene.startEngine()
    await until(id, { sla: 'PENDING', breachAt: await dueOf(id, minutes(10)) })
    await until(id, { sla: 'IMMINENT_BREACH', breachAt: await dueOf(id, minutes(10)) })
    const hour = later(instant(new Date()), hours(1))
    await untilListed(
      id,
      `GuichetBreachAt <= "${hour}" AND GuichetSla = "IMMINENT_BREACH" AND ExecutionStatus = "Running"`,
    )
    await scene.desk.execute('ticket', id, { type: 'agentReply', body: 'We are at it' }, agent)
    await until(id, { sla: 'PENDING', breachAt: await dueOf(id, days(1)) })
    await promise('2d')
    await until(id, { sla: 'PENDING', breachAt: await dueOf(id, days(2)) })
    await scene.desk.execute('ticket', id, { type: 'resolve' }, agent)
    await until(id, { sla: 'ACHIEVED', breachAt: undefined, status: 'resolved' })
  })

  it('show that a promise was given up, also when no deadline is left', async () => {
    scene = await openScene((process) => fedTemporalClock(process))
    await promise('1d')
    const id = await scene.urgentTicket(minutes(1))
    await scene.startEngine()
    const { state } = await scene.desk.read('ticket', id)
    await until(id, { sla: 'PENDING', since: state.status === 'absent' ? '' : state.openedAt })
    await scene.desk.execute('ticket', id, { type: 'markSpam' }, agent)
    const ended = await scene.desk.read('ticket', id)
    const since = ended.state.status === 'absent' ? '' : ended.state.closed?.at
    await until(id, { sla: 'CANCELLED', since, breachAt: undefined, status: 'closed', due: undefined })
  })

  it('show that a promise is broken, and when the next one is due', async () => {
    scene = await openScene((process) => fedTemporalClock(process))
    await promise('1d')
    const id = await scene.urgentTicket(minutes(10) - 1_500)
    await scene.startEngine()
    const broken = await dueOf(id, minutes(10))
    await until(id, { sla: 'BREACHED', since: broken, late: true, breachAt: await dueOf(id, days(1)) })
    await untilListed(id, `GuichetSla = "BREACHED" AND GuichetSlaSince >= "${later(broken, -days(1))}"`)
    await scene.desk.execute('ticket', id, { type: 'agentReply', body: 'Sorry', then: 'waiting_customer' }, agent)
    const waits = await waitingSince(id)
    await until(id, { sla: 'PAUSED', since: waits, late: false, breachAt: undefined, status: 'waiting_customer' })
    await untilListed(id, `GuichetSla = "PAUSED" AND GuichetSlaSince <= "${later(waits, minutes(1))}"`)
  })

  it('show the state of an incident, its severity and its next deadline', async () => {
    scene = await openScene((process) => fedTemporalClock(process), { incidents: { respondWithin: 1_000 } })
    const id = await scene.incident()
    await scene.startEngine()
    await until(id, { status: 'declared', priority: 'critical', category: undefined, late: false }, 'incident')
    await until(id, { late: true, kind: 'acknowledgement' }, 'incident')
    await scene.acknowledges(id)
    await until(id, { status: 'acknowledged', late: false, kind: 'update' }, 'incident')
  })
})
