import { hours } from '@guichet/domain'
import { expect, it, vi } from 'vitest'
import type { Clause } from './clock-contract.ts'
import type { Scene } from './scene.ts'

/** Many tickets, and several engines. */
export const crowds: Clause = (open) => {
  const closedOnce = async (scene: Scene, ids: readonly string[]): Promise<void> => {
    for (const id of ids) await scene.untilFired(id, 1)
    for (const id of ids) expect(await scene.firedOn(id)).toMatchObject([{ type: 'TicketClosed' }])
  }

  it('acts once on each of many tickets that are due in the same minute', async () => {
    const scene = await open()
    const ids = await Promise.all(Array.from({ length: 60 }, () => scene.resolvedTicket(hours(25))))
    const engine = await scene.startEngine()
    await closedOnce(scene, ids)
    await vi.waitUntil(
      async () => {
        const { nextDue, late } = await engine.status()
        return nextDue === undefined && late === 0
      },
      { timeout: 15_000 },
    )
    expect(await engine.status()).toEqual({ nextDue: undefined, late: 0, failing: 0, failures: [] })
  })

  it('acts once although two engines run on the same database', async () => {
    const scene = await open({ policy: { closeResolvedAfter: 500 } })
    await Promise.all([scene.startEngine(), scene.startEngine()])
    const ids = await Promise.all(Array.from({ length: 30 }, () => scene.resolvedTicket()))
    await closedOnce(scene, ids)
  })

  it('goes on with one engine when the other stops', async () => {
    const scene = await open({ policy: { closeResolvedAfter: 400 } })
    const [one] = await Promise.all([scene.startEngine(), scene.startEngine()])
    const before = await Promise.all(Array.from({ length: 10 }, () => scene.resolvedTicket()))
    await one.stop()
    const after = await Promise.all(Array.from({ length: 10 }, () => scene.resolvedTicket()))
    await closedOnce(scene, [...before, ...after])
  })
}
