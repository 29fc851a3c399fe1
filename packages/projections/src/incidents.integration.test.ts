import { expect, it } from 'vitest'
import { declareIncident, instant } from '@guichet/domain'
import { projectHistory } from './testing/projected-history.ts'
import { emptyDesk, historyOf } from './testing/random-history.ts'

const agent = { by: { kind: 'agent', id: 'ana', name: 'Ana' } } as const

it('lists the state of incidents, the last declared first, however history is cut', async () => {
  const desk = emptyDesk()
  const customer = { id: 'marie' }
  const hour = (n: number) => instant(`2026-03-27T0${n}:00:00Z`)
  for (const [id, at] of [
    ['a', hour(6)],
    ['b', hour(7)],
    ['c', hour(8)],
  ] as const) {
    await declareIncident(desk, id, { title: `Down ${id}`, customer }, { ...agent, at, commandId: 'declare' })
  }
  await desk.execute('incident', 'a', { type: 'resolve', summary: 'Up again' }, { ...agent, at: hour(9) })
  await desk.execute('incident', 'b', { type: 'acknowledge' }, { ...agent, at: hour(9) })
  const all = await historyOf(desk)
  const history = await projectHistory([all.slice(0, 5)])
  try {
    history.restart()
    for (const event of all.slice(5)) await history.project([[event]])
    const { incidents, deadlines } = history.models
    const listed = async (filter: Parameters<typeof incidents.list>[0]) =>
      (await incidents.list(filter, { limit: 10 })).rows.map(({ row }) => row.id)
    expect(await listed({})).toEqual(['c', 'b', 'a'])
    expect(await listed({ status: ['declared', 'acknowledged'] })).toEqual(['c', 'b'])
    expect(await listed({ status: ['closed'] })).toEqual([])
    const first = await incidents.list({}, { limit: 1 })
    const next = await incidents.list({}, { limit: 5, ...(first.rows[0] && { after: first.rows[0].keyset }) })
    expect(next.rows.map(({ row }) => row.id)).toEqual(['b', 'a'])

    for (const id of ['a', 'b', 'c']) {
      const { state, version } = await desk.read('incident', id)
      const standing = await desk.clockState(`incident-${id}`)
      const [row] = await incidents.byIds([id])
      expect(row).toEqual({ id, version, incident: state, deadlines: standing.deadlines })
      const kept = (await deadlines.ofStreams([`incident-${id}`])).get(`incident-${id}`)
      expect(kept?.map(({ kind, cycle, dueAt }) => ({ kind, dueAt, cycle }))).toEqual(standing.deadlines)
    }
    expect(await incidents.byIds(['unknown'])).toEqual([undefined])
    const due = await deadlines.dueBefore(instant('2027-01-01T00:00:00Z'), 100)
    expect(new Set(due.map(({ stream }) => stream.split('-')[0]))).toEqual(new Set(['ticket']))
  } finally {
    await history.drop()
  }
})
