import { days, hours, later } from '@guichet/domain'
import { expect, it, vi } from 'vitest'
import type { Clause } from './clock-contract.ts'

/** What changes while deadlines stand. */
export const changes: Clause = (open) => {
  it('lets a policy that has become stricter reach tickets that nobody touches', async () => {
    const scene = await open()
    const id = await scene.resolvedTicket()
    const lenient = await scene.startEngine()
    await vi.waitUntil(async () => (await lenient.status()).nextDue !== undefined, { timeout: 15_000 })
    await lenient.stop()
    await scene.startEngine({ policy: { closeResolvedAfter: 200 } })
    expect(await scene.untilFired(id, 1)).toMatchObject([{ type: 'TicketClosed', reason: 'solved' }])
  })

  it('keeps to a policy that has become more lenient', async () => {
    const scene = await open({ policy: { closeResolvedAfter: hours(1) } })
    const id = await scene.resolvedTicket(hours(2))
    const engine = await scene.startEngine({ policy: { closeResolvedAfter: hours(3) } })
    const other = await scene.resolvedTicket(hours(4))
    await scene.untilFired(other, 1)
    await vi.waitUntil(async () => (await engine.status()).nextDue !== undefined, { timeout: 15_000 })
    expect(await scene.firedOn(id)).toEqual([])
  })

  it('does nothing on a reply that came at the very instant of the deadline', async () => {
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

  it('leaves imported tickets alone until their import is complete, then does what is due', async () => {
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
