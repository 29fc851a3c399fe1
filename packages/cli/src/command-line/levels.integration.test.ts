import type { Instant } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
const ana = { kind: 'agent', id: 'ana', name: 'Ana' } as const
const exp = { kind: 'agent', id: 'exp', name: 'Eva' } as const
const system = { kind: 'system', id: 'engine' } as const
const minutes = (n: number): Instant => instant(new Date(Date.now() - 3_600_000 + n * 60_000))

beforeAll(async () => {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  for (const id of ['a', 'b']) {
    const open = { type: 'open', subject: id, body: 'Help', customer: { id: 'carl' } } as const
    await desk.execute('ticket', id, open, { by: system, at: minutes(0) })
    const escalate = { type: 'escalate', level: 2, reason: `Beyond me: ${id}` } as const
    await desk.execute('ticket', id, escalate, { by: ana, at: minutes(id === 'a' ? 10 : 11) })
  }
  await desk.execute(
    'ticket',
    'a',
    { type: 'assign', assignee: { id: 'exp', name: 'Eva' } },
    { by: exp, at: minutes(20) },
  )
  const lead = { kind: 'agent', id: 'lead' } as const
  await desk.execute('agent', 'ana', { type: 'register', profile: { name: 'Ana' } }, { by: lead, at: minutes(0) })
  const available = { type: 'setAvailability', availability: 'available' } as const
  await desk.execute('agent', 'ana', available, { by: ana, at: minutes(0) })
  await desk.execute('agent', 'ana', { ...available, availability: 'break' }, { by: ana, at: minutes(30) })
  await store.close()
})

it('shows who was called to which tickets, with filters', async () => {
  const [head, second, first, ...more] = (await cli.run('escalations')).out.split('\n')
  expect(head).toMatch(/^ticket +level +team +state +at +by +with +why$/)
  expect(second).toMatch(/^b +1 → 2 +level_2 +waiting +\S+Z +Ana +likely at \S+Z +Beyond me: b$/)
  expect(first).toMatch(/^a +1 → 2 +level_2 +taken +\S+Z +Ana +Eva +Beyond me: a$/)
  expect(more).toEqual([])
  const waiting = await cli.run('escalations', '--state', 'waiting', '--level', '2', '--json')
  expect(JSON.parse(waiting.out)).toMatchObject([{ ticketId: 'b', state: 'waiting', level: 2 }])
  expect((await cli.run('escalations', '--level', '3')).out).toBe('no such escalation')
  expect((await cli.run('escalations', '--first', '1')).out).toContain('and more than these 1')
  expect(await cli.run('escalations', '--state', 'lost')).toMatchObject({ code: 2 })
})

it('shows how the support levels do, as the statistics do', async () => {
  const { out } = await cli.run('levels')
  const [head, one, two] = out.split('\n')
  expect(head).toMatch(/^level +handled +open +average response +solved +escalated/)
  expect(one).toMatch(/^1 +2 +0 /)
  expect(two).toMatch(/^2 +2 +2 /)
  expect((await cli.run('stats')).out).toContain(out)
  const levels = JSON.parse((await cli.run('levels', '--json')).out) as { level: number }[]
  expect(levels.map(({ level }) => level)).toEqual([1, 2, 3])
})

it('shows how long each agent was in which availability', async () => {
  const [head, row] = (await cli.run('agents', '--times')).out.split('\n')
  expect(head).toMatch(/^agent +name +available +busy +break +training +offline$/)
  expect(row).toMatch(/^ana +Ana +30 min +– +\d+ min +– +/)
  expect(JSON.parse((await cli.run('agents', '--times', '--json')).out)).toMatchObject([
    { agentId: 'ana', times: expect.arrayContaining([expect.objectContaining({ availability: 'available' })]) },
  ])
  expect(await cli.run('agents', '--from', '2026-01-01')).toMatchObject({ code: 2 })
})

it('says as JSON what a configuration holds', async () => {
  const exported = JSON.parse((await cli.run('config', 'export', '--json')).out) as { document: object }
  expect(exported).toMatchObject({ version: 0, document: { objectives: { firstResponse: '2h' } } })
})
