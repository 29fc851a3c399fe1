import type { IncidentEvent } from '@guichet/domain'
import { days, elapsed, hours, instant, later, minutes } from '@guichet/domain'
import { expect, it, vi } from 'vitest'
import type { Clause } from './clock-contract.ts'

const paged = (fired: readonly IncidentEvent[]) => fired.filter((event) => event.type === 'OnCallPaged')
const overdue = (fired: readonly IncidentEvent[]) => fired.filter((event) => event.type === 'IncidentOverdue')

/** Clocks of another category of streams: incidents. */
export const incidents: Clause = (open) => {
  const rota = ['ana', 'bea']

  it('pages the rota one after the other, then everybody, until somebody takes the incident on', async () => {
    const scene = await open({ incidents: { rota, acknowledgeWithin: 300 } })
    const engine = await scene.startEngine()
    const id = await scene.incident()
    const fired = await scene.untilOnIncident(id, (event) => event.type === 'OnCallPaged' && event.page === 3)
    expect(paged(fired).map(({ page, agentId }) => [page, agentId])).toEqual([
      [2, 'bea'],
      [3, undefined],
    ])
    for (const event of fired) if (event.type === 'PageTimedOut') expect(event.dueAt <= event.at).toBe(true)
    await scene.acknowledges(id)
    const { deadlines } = await scene.desk.standing(`incident-${id}`)
    expect(deadlines.map(({ kind }) => kind)).toEqual(['update', 'war_room', 'on_site'])
    await vi.waitUntil(async () => (await engine.status()).nextDue === deadlines[0]?.dueAt, { timeout: 15_000 })
  })

  it('says once what an incident is overdue with, at the instant it was due, although two engines run', async () => {
    const scene = await open({ incidents: { warRoomWithin: 400, updateEvery: 700 } })
    await Promise.all([scene.startEngine(), scene.startEngine()])
    const id = await scene.incident()
    const fired = await scene.untilOnIncident(id, (event) => event.type === 'IncidentOverdue' && event.cycle === 1)
    await scene.untilOnIncident(id, (event) => event.type === 'IncidentOverdue' && event.what === 'update')
    const [room] = overdue(fired)
    expect(room).toMatchObject({ what: 'war_room', dueAt: room && later(room.since, 400) })
    expect(overdue(await scene.firedOnIncident(id)).filter(({ what }) => what === 'war_room')).toHaveLength(1)
  })

  it('after ten days of outage sends one page, and says once what is overdue', async () => {
    const scene = await open({ incidents: { rota } })
    const id = await scene.incident(days(10))
    const engine = await scene.startEngine()
    const fired = await scene.untilOnIncident(
      id,
      (event) => event.type === 'IncidentOverdue' && event.what === 'on_site',
    )
    const [page, ...more] = paged(fired)
    expect(page).toMatchObject({ page: 2, agentId: 'bea' })
    expect(more).toEqual([])
    expect(overdue(fired).map(({ what }) => what)).toEqual(['update', 'war_room', 'response', 'on_site'])
    const next = page && later(page.at, minutes(10))
    expect(next && elapsed(instant(new Date()), next)).toBeGreaterThan(0)
    await vi.waitUntil(async () => (await engine.status()).nextDue === next, { timeout: 15_000 })
    expect(paged(await scene.firedOnIncident(id))).toHaveLength(1)
  })

  it('notes nothing again that was noted as missed by whoever acted before an engine ran', async () => {
    const scene = await open({ incidents: { rota } })
    const id = await scene.incident(hours(3))
    await scene.acknowledges(id)
    const noted = overdue(await scene.firedOnIncident(id))
    expect(noted.map(({ what, over = false }) => [what, over])).toEqual([
      ['update', false],
      ['war_room', false],
      ['response', true],
    ])
    const engine = await scene.startEngine()
    const { deadlines } = await scene.desk.standing(`incident-${id}`)
    expect(deadlines.map(({ kind }) => kind)).toEqual(['update', 'on_site'])
    await vi.waitUntil(async () => (await engine.status()).nextDue === deadlines[0]?.dueAt, { timeout: 15_000 })
    expect(overdue(await scene.firedOnIncident(id))).toEqual(noted)
  })
}
