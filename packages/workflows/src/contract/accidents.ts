import { days, streamName } from '@guichet/domain'
import { expect, it, vi } from 'vitest'
import type { Clause } from './clock-contract.ts'

/** What goes wrong is seen, and made up for. */
export const accidents: Clause = (open) => {
  it('reports a deadline that is refused, and lets it take effect once the reason is gone', async () => {
    const scene = await open()
    const id = await scene.waitingTicket(days(4))
    const faulty = await scene.startEngine({ refuses: 'placeholder_without_value' })
    await vi.waitUntil(async () => (await faulty.status()).failing > 0, { timeout: 15_000 })
    const { failures } = await faulty.status()
    expect(failures).toMatchObject([{ stream: streamName('ticket', id) }])
    expect(failures[0]?.message).toContain('placeholder_without_value')
    expect(await scene.firedOn(id)).toEqual([])
    await faulty.stop()

    const engine = await scene.startEngine()
    expect(await scene.untilFired(id, 1)).toMatchObject([{ type: 'ChaseSent', step: 1 }])
    await vi.waitUntil(async () => (await engine.status()).failing === 0, { timeout: 15_000 })
  })
}
