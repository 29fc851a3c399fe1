import type { TicketEvent, TicketEventOf } from '@guichet/domain'
import { hours, instant, later, minutes } from '@guichet/domain'
import { expect, it, vi } from 'vitest'
import type { Clause } from './clock-contract.ts'

const breaches = (fired: readonly TicketEvent[]): readonly TicketEventOf<'TargetBreached'>[] =>
  fired.filter((event): event is TicketEventOf<'TargetBreached'> => event.type === 'TargetBreached')

const now = () => instant(new Date())

/** Configurations that apply from another instant than the one at which they are applied. */
export const configurations: Clause = (open) => {
  it('lets one that was applied for later take effect at its instant, though nothing happens then', async () => {
    const scene = await open()
    await scene.startEngine()
    const id = await scene.newTicket(minutes(10))
    await scene.promises({ firstResponse: '2h' })
    const effectiveFrom = later(now(), 1_500)
    await scene.promises({ firstResponse: '5m' }, effectiveFrom)
    const [breach] = breaches(await scene.untilFired(id, 1))
    expect(breach).toMatchObject({ dueAt: effectiveFrom, policyVersion: 'configuration-2' })
    expect(breach && breach.at > effectiveFrom).toBe(true)
  })

  it('moves open clocks by one that applies retroactively, and keeps what was met and missed', async () => {
    const scene = await open()
    const begun = later(now(), -hours(4))
    await scene.promises({ firstResponse: '1h', resolution: '10d' }, begun)
    const engine = await scene.startEngine()
    const missed = await scene.newTicket(hours(2))
    await scene.untilFired(missed, 1)
    const running = await scene.newTicket(minutes(30))
    const [warning] = (await scene.desk.standing(`ticket-${running}`)).deadlines
    await vi.waitUntil(async () => (await engine.status()).nextDue === warning?.dueAt, { timeout: 15_000 })

    await scene.promises({ firstResponse: '20m', resolution: '10d' }, begun)
    const [found] = breaches(await scene.untilFired(running, 1))
    expect(found).toMatchObject({ dueAt: found && later(found.since, minutes(20)), policyVersion: 'configuration-2' })
    const [kept, ...more] = breaches(await scene.firedOn(missed))
    expect(more).toEqual([])
    expect(kept).toMatchObject({ dueAt: kept && later(kept.since, hours(1)), policyVersion: 'configuration-1' })
  })

  it('takes back what nobody has recorded yet when one that is more lenient applies retroactively', async () => {
    const scene = await open()
    const begun = later(now(), -hours(4))
    await scene.promises({ firstResponse: '1h' }, begun)
    const spared = await scene.newTicket(hours(2))
    await scene.promises({ firstResponse: '3h' }, begun)
    const engine = await scene.startEngine()
    const other = await scene.newTicket(hours(3.5))
    await scene.untilFired(other, 1)
    const [warning] = (await scene.desk.standing(`ticket-${spared}`)).deadlines
    await vi.waitUntil(async () => (await engine.status()).nextDue === warning?.dueAt, { timeout: 15_000 })
    expect(await scene.firedOn(spared)).toEqual([])
  })
}
