import { describe, expect } from 'vitest'
import { days, elapsed, hours, instant, later, latest, streamName } from '@guichet/domain'
import { untilStatus } from '../testing/until.ts'
import { bulk } from './bulk.ts'
import { configurations, drafts, incidents, shifts } from './desk.ts'
import type { Clause, MakeEngine, Scene } from './scene.ts'
import { testWithScenes } from './scene.ts'

/** One ticket, step after step. */
const steps: Clause = (it) => {
  const policy = { chaseAfter: [300, 500], closeUnansweredAfter: 700 }

  it('chases twice and then closes, each once, in order and not before its time', async ({ open }) => {
    const scene = await open({ policy })
    await scene.startEngine()
    const fired = await scene.untilFired(await scene.waitingTicket(), 3)
    expect(fired.map(({ type }) => type)).toEqual(['ChaseSent', 'ChaseSent', 'TicketClosed'])
    for (const event of fired) expect('dueAt' in event && event.dueAt && event.dueAt <= event.at).toBe(true)
  })

  it('keeps the days of a wait when somebody reminds the customer by hand, before the first chase and after it', async ({
    open,
  }) => {
    const scene = await open({ policy })
    await scene.startEngine()
    const id = await scene.waitingTicket()
    const { state } = await scene.desk.read('ticket', id)
    if (state.status === 'absent' || !state.waitingSince) throw new Error('the ticket waits for nobody')
    await scene.chasesByHand(id)
    await scene.untilFired(id, 1)
    await scene.chasesByHand(id)
    const [first, second, close] = await scene.untilFired(id, 3)
    expect(first).toMatchObject({ type: 'ChaseSent', step: 1, cycle: 1, dueAt: later(state.waitingSince, 300) })
    const dueAt = first && latest(later(state.waitingSince, 500), later(first.at, 200))
    expect(second).toMatchObject({ type: 'ChaseSent', step: 2, cycle: 1, dueAt })
    expect(close).toMatchObject({ type: 'TicketClosed', reason: 'no_reply' })
  })

  it('fires the due deadlines of a resolved ticket', async ({ open }) => {
    const scene = await open({ policy: { closeResolvedAfter: 200 } })
    await scene.startEngine()
    const fired = await scene.untilFired(await scene.resolvedTicket(), 1)
    expect(fired).toMatchObject([{ type: 'TicketClosed', reason: 'solved' }])
  })

  it('does not fire a deadline that a customer’s reply has made pointless', async ({ open }) => {
    const scene = await open({
      policy: { chaseAfter: [300, 1_500], closeUnansweredAfter: 30_000, stagnationAfter: 2_500 },
    })
    await scene.startEngine()
    const id = await scene.waitingTicket()
    await scene.untilFired(id, 1)
    await scene.customerReplies(id)
    const chases = (await scene.firedOn(id)).length
    const fired = await scene.untilFired(id, chases + 1)
    expect(fired.at(-1)?.type).toBe('StagnationDetected')
    expect(fired).toHaveLength(chases + 1)
  })

  it('records and escalates a missed update, and waits for the next one after an answer', async ({ open }) => {
    const scene = await open()
    await scene.promises({ update: '1h' }, later(instant(new Date()), -hours(9)))
    const id = await scene.urgentTicket(hours(8))
    const engine = await scene.startEngine()
    const [breach, escalation, ...more] = await scene.untilFired(id, 2)
    const { state } = await scene.desk.read('ticket', id)
    const openedAt = state.status === 'absent' ? undefined : state.openedAt
    const dueAt = openedAt && later(openedAt, hours(1))
    expect(breach).toMatchObject({ type: 'TargetBreached', target: 'update', cycle: 1, dueAt })
    expect(escalation).toMatchObject({ type: 'TicketEscalated', missed: { target: 'update', breachedAt: dueAt } })
    expect(more).toEqual([])

    await scene.agentReplies(id)
    const [next] = (await scene.desk.clockState(`ticket-${id}`)).deadlines
    expect(next).toMatchObject({ kind: 'update_warning', cycle: 2 })
    await untilStatus(engine, ({ nextDue }) => nextDue === next?.dueAt)
    expect(await scene.firedOn(id)).toHaveLength(2)
  })

  it('fires a deadline at once that has become earlier', async ({ open }) => {
    const scene = await open({ policy: { urgentUpdateEvery: 400 } })
    const engine = await scene.startEngine()
    const id = await scene.ticketInProgress()
    await untilStatus(engine, ({ nextDue }) => nextDue !== undefined)
    await scene.becomesUrgent(id)
    const fired = await scene.untilFired(id, 1)
    expect(fired.map(({ type }) => type)).toEqual(['UpdateOverdue'])
  })
}

/** Deadlines that fell due while no engine ran. */
const delays: Clause = (it) => {
  const outages = [
    { name: 'two hours', waitedFor: days(3) + hours(2) },
    { name: 'ten days', waitedFor: days(13) },
  ]
  it.for(outages)(
    'after $name of outage sends the first chase, and waits two days before the second',
    async (given, { open }) => {
      const scene = await open()
      const id = await scene.waitingTicket(given.waitedFor)
      const engine = await scene.startEngine()
      const [chase] = await scene.untilFired(id, 1)
      expect(chase).toMatchObject({ type: 'ChaseSent', step: 1 })
      const next = chase && later(chase.at, days(2))
      await untilStatus(engine, ({ nextDue }) => nextDue === next)
      expect(await scene.firedOn(id)).toHaveLength(1)
    },
  )

  it('keeps the interval of every step from the actual time of the previous one', async ({ open }) => {
    const scene = await open({ policy: { chaseAfter: [300, 500], closeUnansweredAfter: 900 } })
    const id = await scene.waitingTicket(days(10))
    await scene.startEngine()
    const [first, second, close] = await scene.untilFired(id, 3)
    expect(first && second && elapsed(first.at, second.at)).toBeGreaterThanOrEqual(200)
    expect(second && close && elapsed(second.at, close.at)).toBeGreaterThanOrEqual(400)
  })

  it('fires outstanding deadlines after a restart', async ({ open }) => {
    const scene = await open({ policy: { closeResolvedAfter: 3_000 } })
    const before = await scene.startEngine()
    const id = await scene.resolvedTicket()
    await untilStatus(before, ({ nextDue }) => nextDue !== undefined)
    await before.stop()
    expect(await scene.firedOn(id)).toEqual([])
    await scene.startEngine()
    expect(await scene.untilFired(id, 1)).toHaveLength(1)
  })
}

/** Failures are visible, and are made up for. */
const accidents: Clause = (it) => {
  it('reports a deadline that is refused, and fires it once the reason has ended', async ({ open }) => {
    const scene = await open()
    const id = await scene.waitingTicket(days(4))
    const faulty = await scene.startEngine({ refuses: 'placeholder_without_value' })
    await untilStatus(faulty, ({ failing }) => failing > 0)
    const { failures } = await faulty.status()
    expect(failures).toMatchObject([{ stream: streamName('ticket', id) }])
    expect(failures[0]?.message).toContain('placeholder_without_value')
    expect(await scene.firedOn(id)).toEqual([])
    await faulty.stop()

    const engine = await scene.startEngine()
    expect(await scene.untilFired(id, 1)).toMatchObject([{ type: 'ChaseSent', step: 1 }])
    await untilStatus(engine, ({ failing }) => failing === 0)
  })
}

/** Many tickets, and several engines. */
const crowds: Clause = (it) => {
  const closedOnce = async (scene: Scene, ids: readonly string[]): Promise<void> => {
    for (const id of ids) await scene.untilFired(id, 1)
    for (const id of ids) expect(await scene.firedOn(id)).toMatchObject([{ type: 'TicketClosed' }])
  }

  it('fires once on each of many tickets that are due in the same minute', async ({ open }) => {
    const scene = await open()
    const ids = await Promise.all(Array.from({ length: 60 }, () => scene.resolvedTicket(hours(25))))
    const engine = await scene.startEngine()
    await closedOnce(scene, ids)
    await untilStatus(engine, ({ nextDue, late }) => nextDue === undefined && late === 0)
    expect(await engine.status()).toEqual({ nextDue: undefined, late: 0, failing: 0, failures: [] })
  })

  it('fires once although two engines run on the same database', async ({ open }) => {
    const scene = await open({ policy: { closeResolvedAfter: 500 } })
    await Promise.all([scene.startEngine(), scene.startEngine()])
    const ids = await Promise.all(Array.from({ length: 30 }, () => scene.resolvedTicket()))
    await closedOnce(scene, ids)
  })

  it('continues with one engine when the other stops', async ({ open }) => {
    const scene = await open({ policy: { closeResolvedAfter: 400 } })
    const [one] = await Promise.all([scene.startEngine(), scene.startEngine()])
    const before = await Promise.all(Array.from({ length: 10 }, () => scene.resolvedTicket()))
    await one.stop()
    const after = await Promise.all(Array.from({ length: 10 }, () => scene.resolvedTicket()))
    await closedOnce(scene, [...before, ...after])
  })
}

/** Changes while deadlines are outstanding. */
const changes: Clause = (it) => {
  it('applies a stricter policy to untouched tickets', async ({ open }) => {
    const scene = await open()
    const id = await scene.resolvedTicket()
    const lenient = await scene.startEngine()
    await untilStatus(lenient, ({ nextDue }) => nextDue !== undefined)
    await lenient.stop()
    await scene.startEngine({ policy: { closeResolvedAfter: 200 } })
    expect(await scene.untilFired(id, 1)).toMatchObject([{ type: 'TicketClosed', reason: 'solved' }])
  })

  it('applies a more lenient policy', async ({ open }) => {
    const scene = await open({ policy: { closeResolvedAfter: hours(1) } })
    const id = await scene.resolvedTicket(hours(2))
    const engine = await scene.startEngine({ policy: { closeResolvedAfter: hours(3) } })
    const other = await scene.resolvedTicket(hours(4))
    await scene.untilFired(other, 1)
    await untilStatus(engine, ({ nextDue }) => nextDue !== undefined)
    expect(await scene.firedOn(id)).toEqual([])
  })

  it('does nothing when a reply came at the very instant of the deadline', async ({ open }) => {
    const scene = await open()
    const id = await scene.waitingTicket(days(3) + hours(1))
    const { state } = await scene.desk.read('ticket', id)
    if (state.status !== 'waiting_customer' || !state.waitingSince) throw new Error('the ticket waits for nobody')
    await scene.customerReplies(id, later(state.waitingSince, days(3)))
    const other = await scene.waitingTicket(days(3))
    await scene.startEngine()
    await scene.untilFired(other, 1)
    expect(await scene.firedOn(id)).toEqual([])
  })

  it('skips imported tickets until their import is complete, then fires due deadlines', async ({ open }) => {
    const scene = await open()
    const { id, completed } = await scene.importedTicket(days(4))
    const other = await scene.waitingTicket(days(4))
    await scene.startEngine()
    await scene.untilFired(other, 1)
    expect(await scene.firedOn(id)).toEqual([])
    await completed()
    expect(await scene.untilFired(id, 1)).toMatchObject([{ type: 'ChaseSent', step: 1 }])
  })
}

const clauses: readonly Clause[] = [
  steps,
  delays,
  changes,
  configurations,
  incidents,
  shifts,
  drafts,
  crowds,
  accidents,
]

/**
 * Registers, with vitest, the tests that every implementation of the port ClockEngine passes; `many` is a number of
 * clocks greater than it sets within two seconds.
 */
export function clockContract(name: string, makeEngine: MakeEngine, many = 2_000): void {
  const it = testWithScenes(makeEngine)
  describe.concurrent(`${name} fulfils the contract of clocks`, () => {
    for (const clause of clauses) clause(it)
  })
  // Measures how late deadlines are: nothing runs beside it.
  describe(`${name} fulfils the contract of clocks`, () => {
    bulk(many)(it)
  })
}
