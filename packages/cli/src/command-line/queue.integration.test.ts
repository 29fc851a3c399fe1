import type { Desk, TicketCommandInput } from '@guichet/domain'
import { createDesk, guichetEvents, instant, later, minutes, routingActor } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useCli } from './testing.ts'

const lead = { kind: 'agent', id: 'lead' } as const
const carl = { kind: 'customer', id: 'carl' } as const
const began = later(instant(new Date()), -minutes(30))
const cli = useCli({ beforeAll, afterAll })

beforeAll(async () => {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  await fill(createDesk({ store, now: () => instant(new Date()), newId: randomUUID }))
  await store.close()
})

/** Creates one ticket with an agent, one that waits for level 1, and one for level 3. */
async function fill(desk: Desk): Promise<void> {
  const tell = async (id: string, command: TicketCommandInput): Promise<void> => {
    const by = command.type === 'open' ? carl : command.type === 'queue' ? routingActor : lead
    expect(await desk.engine.execute('ticket', id, command, { by, at: began })).toMatchObject({ ok: true })
  }
  await desk.execute('agent', 'ann', { type: 'register', profile: { name: 'Ann' } }, { by: lead, at: began })
  for (const id of ['found', 'first', 'third'])
    await tell(id, { type: 'open', subject: 'x', body: 'y', customer: { id: carl.id } })
  await tell('found', { type: 'assign', assignee: { id: 'ann' } })
  await tell('third', { type: 'escalate', level: 3, reason: 'Too hard' })
  await tell('third', { type: 'queue', reason: 'no_suitable_agent', policyVersion: 'p' })
}

describe('guichet queue', () => {
  it('shows what waits, since when it is known why, and for how long by the pace of each level', async () => {
    const { code, out } = await cli.run('queue')
    expect(code).toBe(0)
    expect(out).toMatch(/^2 tickets waiting, 1 found an agent in the last hour\n/)
    expect(out).toMatch(new RegExp(`1 +first +1 +${began} +1 h 0 min\n`))
    expect(out).toMatch(new RegExp(`2 +third +3 +${began} +unknown +no_suitable_agent +${began}\n`))
    expect(out).toMatch(/\n1 +1 +1 +1 h 0 min\n3 +1 +0 +unknown$/)
    const { levels, tickets } = JSON.parse((await cli.run('queue', '--json')).out) as Record<string, unknown[]>
    expect(levels?.[2]).toEqual({ level: 3, waiting: 1, placedInTheLastHour: 0 })
    expect(tickets).toMatchObject([{ level: 1, expectedWait: minutes(60) }, { level: 3 }])
  })
})

describe('guichet agents', () => {
  it('shows who works at the desk, and below what waits for which level', async () => {
    const { out } = await cli.run('agents')
    expect(out).toMatch(/\nann +Ann +1 /)
    expect(out).toMatch(/\n\nin the queue\nlevel .*\n1 +1 +1 +1 h 0 min\n3 +1 +0 +unknown$/)
  })
})
