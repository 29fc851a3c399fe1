import { createDesk, declareIncident, guichetEvents, incidentSettingsSchema, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emptyDesk, guichet } from './testing.ts'

const by = { kind: 'agent', id: 'ana', name: 'Ana' } as const
const customer = { id: 'carl' }

describe('guichet incidents', () => {
  let database: TestDatabase
  const variables = () => ({ DATABASE_URL: database.url })

  beforeAll(async () => {
    database = await createTestDatabase(emptyDesk)
  })
  afterAll(() => database.drop())

  it('shows nothing where there is none', async () => {
    expect(await guichet(variables(), 'incidents')).toEqual({ code: 0, out: 'no incident is open', err: '' })
    expect((await guichet(variables(), 'incidents', '--all')).out).toBe('no incident was ever declared')
  })

  it('shows who is paged or has taken each on, what falls due next, and closed ones when asked for', async () => {
    const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    const incidents = incidentSettingsSchema.parse({ rota: ['bea'] })
    const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, incidents })
    const start = Date.now() - 60_000
    const hours = (ago: number) => instant(new Date(start - ago * 3_600_000))
    for (const [number, id] of ['closed', 'taken', 'fresh'].entries()) {
      const at = instant(new Date(start + number))
      await declareIncident(desk, id, { title: `Down: ${id}`, customer }, { by, at, commandId: 'declare' })
    }
    await desk.execute('incident', 'taken', { type: 'acknowledge' }, { by })
    await desk.execute('incident', 'closed', { type: 'resolve', summary: 'x' }, { by })
    await desk.execute('incident', 'closed', { type: 'writePostMortem', body: 'x' }, { by })
    await desk.execute('incident', 'closed', { type: 'writePostMortem', body: 'y' }, { by })
    await declareIncident(desk, 'late', { title: 'Down: late', customer }, { by, at: hours(3), commandId: 'declare' })
    await desk.execute('incident', 'late', { type: 'acknowledge' }, { by, at: hours(0.5) })
    await desk.execute('incident', 'late', { type: 'resolve', summary: 'x' }, { by, at: hours(0.4) })
    await desk.execute('incident', 'late', { type: 'writePostMortem', body: 'x' }, { by, at: hours(0.3) })
    await store.close()

    const { out } = await guichet(variables(), 'incidents')
    const [head, fresh, taken, ...more] = out.split('\n')
    expect(head).toMatch(/^incident +severity +status +declared +with +next due +overdue +title$/)
    expect(fresh).toMatch(/^fresh +critical +declared +\S+Z +paged bea \(1\) +acknowledgement \S+Z +Down: fresh$/)
    expect(taken).toMatch(/^taken +critical +acknowledged +\S+Z +Ana +update \S+Z +Down: taken$/)
    expect(more).toEqual([])

    const lines = (await guichet(variables(), 'incidents', 'show', 'closed')).out.split('\n')
    expect(lines[0]).toBe('closed “Down: closed”')
    expect(lines.find((line) => line.includes('paged'))).toMatch(
      /^2 .*Z  .* {2}paged bea, 1\. page, round 1 — to be acknowledged by \S+Z$/,
    )
    expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^status +closed$/)]))
    expect(lines.filter((line) => /post-mortem/.test(line)).map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      'status resolved → closed, with a post-mortem',
      'wrote the post-mortem anew',
    ])
    const noted = (await guichet(variables(), 'incidents', 'show', 'late')).out.split('\n')
    expect(noted.flatMap((line) => /(?<= {2})(noted that|reported that).* — was due at/.exec(line)?.[0] ?? [])).toEqual(
      [
        'reported that the update is overdue — was due at',
        'reported that the war room is overdue — was due at',
        'noted that the response came too late — was due at',
      ],
    )
    const { entries } = JSON.parse((await guichet(variables(), 'incidents', 'show', 'taken', '--json')).out) as {
      entries: { type: string; data: object }[]
    }
    expect(entries.map(({ type }) => type)).toContain('IncidentAcknowledged')
    expect(entries[0]).toMatchObject({ type: 'IncidentDeclared', data: { title: 'Down: taken' } })
    expect(await guichet(variables(), 'incidents', 'show', 'none')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/incident_not_found/),
    })
    expect((await guichet(variables(), 'replay', 'incident-taken')).err).toContain(
      'guichet incidents show tells an incident',
    )

    const all = JSON.parse((await guichet(variables(), 'incidents', '--all', '--json')).out) as unknown
    expect(all).toMatchObject([
      {
        id: 'fresh',
        status: 'declared',
        page: { number: 1, agentId: 'bea' },
        ticket: { state: 'linked' },
        customers: 1,
      },
      { id: 'taken', status: 'acknowledged', acknowledged: { by: { id: 'ana' } } },
      { id: 'closed', status: 'closed', deadlines: [], overdue: [] },
      { id: 'late', status: 'closed', overdue: [] },
    ])
  })
})
