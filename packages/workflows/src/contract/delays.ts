import { days, elapsed, hours, later } from '@guichet/domain'
import { expect, it, vi } from 'vitest'
import type { Clause } from './clock-contract.ts'

/** What fell due while no engine ran. */
export const delays: Clause = (open) => {
  const outages = [
    { name: 'two hours', waitedFor: days(3) + hours(2) },
    { name: 'ten days', waitedFor: days(13) },
  ]
  it.each(outages)(
    'after $name of outage sends the first chase, and waits two days before the second',
    async (given) => {
      const scene = await open()
      const id = await scene.waitingTicket(given.waitedFor)
      const engine = await scene.startEngine()
      const [chase] = await scene.untilFired(id, 1)
      expect(chase).toMatchObject({ type: 'ChaseSent', step: 1 })
      const next = chase && later(chase.at, days(2))
      await vi.waitUntil(async () => (await engine.status()).nextDue === next, { timeout: 15_000 })
      expect(await scene.firedOn(id)).toHaveLength(1)
    },
  )

  it('keeps every step its distance from the step before it as really sent', async () => {
    const scene = await open({ policy: { chaseAfter: [300, 500], closeUnansweredAfter: 900 } })
    const id = await scene.waitingTicket(days(10))
    await scene.startEngine()
    const [first, second, close] = await scene.untilFired(id, 3)
    expect(first && second && elapsed(first.at, second.at)).toBeGreaterThanOrEqual(200)
    expect(second && close && elapsed(second.at, close.at)).toBeGreaterThanOrEqual(400)
  })

  it('acts after it was stopped and started on what it had been waiting for', async () => {
    const scene = await open({ policy: { closeResolvedAfter: 3_000 } })
    const before = await scene.startEngine()
    const id = await scene.resolvedTicket()
    await vi.waitUntil(async () => (await before.status()).nextDue !== undefined, { timeout: 15_000 })
    await before.stop()
    expect(await scene.firedOn(id)).toEqual([])
    await scene.startEngine()
    expect(await scene.untilFired(id, 1)).toHaveLength(1)
  })
}
