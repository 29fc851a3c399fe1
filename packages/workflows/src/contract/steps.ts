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
