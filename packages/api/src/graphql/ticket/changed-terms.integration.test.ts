import { afterAll, beforeAll, expect, it } from 'vitest'
import { configurationSchema, days, instant, later } from '@guichet/domain'
import { ana, useApi } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const began = instant('2026-01-05T09:00:00Z')
const at = (day: number) => later(began, days(day))
const by = { kind: 'agent', id: 'ana' } as const

/** Applies a configuration with a first response target on one day, in force from another day on. */
async function apply(appliedOn: number, firstResponse: string, from = appliedOn): Promise<void> {
  const configuration = configurationSchema.parse({
    teams: [{ name: 'supervisors' }],
    sla: { policies: [{ name: 'all', firstResponse }] },
  })
  const command = { type: 'apply', configuration, effectiveFrom: at(from), retroactive: true } as const
  const outcome = await api.desk.execute('configuration', 'desk', command, { by, at: at(appliedOn) })
  if (!outcome.ok || !outcome.value.position) throw new Error('the configuration was refused')
  await api.settled(outcome.value.position)
}

beforeAll(async () => {
  await apply(0, '20d')
  const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'zoe' } } as const
  for (const id of ['waiting', 'answered']) await api.desk.execute('ticket', id, open, { by, at: at(1) })
  await apply(5, '30d')
  const reply = { type: 'agentReply', body: 'z' } as const
  expect(await api.desk.execute('ticket', 'answered', reply, { by, at: at(6) })).toMatchObject({ ok: true })
  await apply(7, '1d', 0)
})

it('has no effect on a ticket as it was before it was applied', async () => {
  const asOf = async (day: number) => {
    const fields = '{ slaTargets(first: 9) { nodes { state dueAt policyVersion rule { time } } } }'
    const data = await api.dataOf(ana, `{ ticket(id: "waiting") { asOf(at: "${at(day)}") ${fields} } }`)
    return (data['ticket'] as { asOf: { slaTargets: { nodes: unknown } } }).asOf.slaTargets.nodes
  }
  const by = (dueOn: number, version: number, time: number, state = 'PENDING') => [
    { state, dueAt: at(dueOn), policyVersion: `configuration-${version}`, rule: { time: days(time) } },
  ]
  expect(await asOf(2)).toEqual(by(21, 1, 20))
  expect(await asOf(6)).toEqual(by(31, 2, 30))
  expect(await asOf(8)).toEqual(by(2, 3, 1, 'BREACHED'))
})

it('explains its decisions after another configuration has replaced it', async () => {
  const query = '{ ticket(id: "answered") { slaTargets(first: 9) { nodes { state rule { row time } why } } } }'
  const why = `SLA policy all of configuration-2, row 1, for every ticket: 30d around the clock since ${at(1)}`
  expect(await api.dataOf(ana, query)).toEqual({
    ticket: { slaTargets: { nodes: [{ state: 'ACHIEVED', rule: { row: 1, time: days(30) }, why }] } },
  })
})

it('returns the change before which a target does not fall due', async () => {
  const open = { type: 'open', subject: 'x', body: 'y', customer: { id: 'zoe' } } as const
  await api.desk.execute('ticket', 'overtaken', open, { by, at: at(8) })
  await apply(8.5, '1h')
  const query = '{ ticket(id: "overtaken") { slaTargets(first: 9) { nodes { dueAt notBefore { at change } why } } } }'
  const why = `SLA policy all of configuration-4, row 1, for every ticket: 1h around the clock since ${at(8)}, but not before configuration-4 came into force at ${at(8.5)}`
  expect(await api.dataOf(ana, query)).toEqual({
    ticket: { slaTargets: { nodes: [{ dueAt: at(8.5), notBefore: { at: at(8.5), change: 'CONFIGURATION' }, why }] } },
  })
})
