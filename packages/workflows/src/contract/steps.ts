import { hours, instant, later } from '@guichet/domain'
import { expect, it, vi } from 'vitest'
import type { Clause } from './clock-contract.ts'

/** One ticket, step after step. */
export const steps: Clause = (open) => {
  const policy = { chaseAfter: [300, 500], closeUnansweredAfter: 700 }

  it('chases twice and then closes, each once, in order and not before its time', async () => {
    const scene = await open({ policy })
    await scene.startEngine()
    const fired = await scene.untilFired(await scene.waitingTicket(), 3)
    expect(fired.map(({ type }) => type)).toEqual(['ChaseSent', 'ChaseSent', 'TicketClosed'])
    for (const event of fired) expect('dueAt' in event && event.dueAt && event.dueAt <= event.at).toBe(true)
  })

  it('does what was due on a resolved ticket', async () => {
    const scene = await open({ policy: { closeResolvedAfter: 200 } })
    await scene.startEngine()
    const fired = await scene.untilFired(await scene.resolvedTicket(), 1)
    expect(fired).toMatchObject([{ type: 'TicketClosed', reason: 'solved' }])
  })

  it('leaves undone what a reply of the customer has made pointless', async () => {
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

  it('records and escalates an update that was promised and not given, and waits for the next one after an answer', async () => {
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
    const [next] = (await scene.desk.standing(`ticket-${id}`)).deadlines
    expect(next).toMatchObject({ kind: 'update_warning', cycle: 2 })
    await vi.waitUntil(async () => (await engine.status()).nextDue === next?.dueAt, { timeout: 15_000 })
    expect(await scene.firedOn(id)).toHaveLength(2)
  })

  it('acts at once on a deadline that has become earlier', async () => {
    const scene = await open({ policy: { urgentUpdateEvery: 400 } })
    const engine = await scene.startEngine()
    const id = await scene.ticketInProgress()
    await vi.waitUntil(async () => (await engine.status()).nextDue !== undefined, { timeout: 15_000 })
    await scene.becomesUrgent(id)
    const fired = await scene.untilFired(id, 1)
    expect(fired.map(({ type }) => type)).toEqual(['UpdateOverdue'])
  })
}
