import { configurationSchema, guichetEvents, createDesk, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ran } from './testing.ts'
import { emptyDesk, guichet } from './testing.ts'

let database: TestDatabase
let folder: string
let cli: (...args: readonly string[]) => Promise<Ran>

beforeAll(async () => {
  database = await createTestDatabase(emptyDesk)
  folder = await mkdtemp(join(tmpdir(), 'guichet-sla-'))
  cli = (...args) => guichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, 'sla', ...args)
  const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const by = { kind: 'agent', id: 'ana' } as const
  const configuration = configurationSchema.parse({
    desk: { timeZone: 'Pacific/Kiritimati' },
    teams: [{ name: 'supervisors' }],
    categories: [{ name: 'billing', subcategories: [{ name: 'invoices' }] }],
    sla: { policies: [{ name: 'all', firstResponse: '30m', resolution: '2d' }] },
  })
  const effectiveFrom = instant('2026-02-01T00:00:00Z')
  const apply = { type: 'apply', configuration, effectiveFrom, retroactive: true } as const
  await desk.execute('configuration', 'desk', apply, { by })
  const opening = { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } } as const
  await desk.execute('ticket', 'waits', opening, { by })
  await desk.execute('ticket', 'answered', opening, { by })
  await desk.execute('ticket', 'answered', { type: 'agentReply', body: 'z' }, { by })
  const retired = { type: 'escalate', team: 'retired', anyTeam: true, reason: 'x' } as const
  await desk.execute('ticket', 'waits', retired, { by })
  const at = instant('2026-03-01T11:00:00Z')
  await desk.execute('ticket', 'early', opening, { by, at })
  await desk.execute('ticket', 'early', { type: 'agentReply', body: 'z' }, { by, at })
  await desk.execute('ticket', 'early', { type: 'close', reason: 'other' }, { by, at })
  await store.close()
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

describe('guichet sla', () => {
  it('shows how targets are met, by a dimension', async () => {
    const { code, out } = await cli('--by', 'target')
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['target', 'on time', 'about to breach', 'breached', 'paused', 'met', 'missed', 'cancelled', 'kept'],
      ['first_response', '1', '0', '0', '0', '1', '0', '0', '100.0 %'],
      ['resolution', '2', '0', '0', '0', '0', '0', '0', '–'],
      ['total', '3', '0', '0', '0', '1', '0', '0', '100.0 %'],
    ])
  })

  it('counts the days of the desk’s time zone', async () => {
    const metOn = async (day: string) => {
      const { out } = await cli('--by', 'target', '--from', day, '--to', day, '--json')
      return (JSON.parse(out) as { dashboard: { total: { met: number } } }).dashboard.total.met
    }
    expect([await metOn('2026-03-01'), await metOn('2026-03-02')]).toEqual([0, 1])
  })

  it('lists what breaches within a time', async () => {
    const { soon, more } = JSON.parse((await cli('--within', '1h', '--json')).out) as { soon: object[]; more: boolean }
    expect(soon).toMatchObject([{ ticketId: 'waits', target: 'first_response', state: 'PENDING' }])
    expect(more).toBe(false)
    expect((await cli('--within', '1h')).out).toMatch(/waits +first response .* (29|30) min +normal/)
    expect((await cli('--within', '1m')).out).toBe('nothing breaches in that time')
  })

  it.each([
    ['--category', 'nope', 'category_unknown', 'the desk has no category nope'],
    ['--category', 'billing/nope', 'category_unknown', 'the desk has no category billing/nope'],
    ['--team', 'suprevisors', 'team_unknown', 'the desk has no team suprevisors'],
  ])('refuses %s %s, which neither the configuration nor a target has', async (option, name, code, message) => {
    for (const more of [[], ['--within', '1h']]) {
      const ran = await cli(option, name, ...more)
      expect({ code: ran.code, out: ran.out }).toEqual({ code: 1, out: '' })
      expect(ran.err).toContain(`error ${code}: ${message}, nor any SLA target of one`)
    }
  })

  it.each([
    ['--category', 'billing', '0'],
    ['--category', 'billing/invoices', '0'],
    ['--team', 'supervisors', '0'],
    ['--team', 'retired', '2'],
    ['--centre', 'a label, since the desk has no centres', '0'],
  ])('counts for %s %s', async (option, name, onTime) => {
    const { code, out } = await cli(option, name, '--by', 'team')
    expect([code, out.split('\n').at(-1)?.split(/ {2,}/)[1]]).toEqual([0, onTime])
  })

  it.each([
    [['--by', 'team'], '--by'],
    [['--by', 'category'], '--by'],
    [['--from', '2026-01-02'], '--from'],
    [['--to', '2026-01-02'], '--to'],
  ])('refuses --within beside %j, which figures take alone', async (given, option) => {
    const { code, out, err } = await cli('--within', '1h', ...given)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toBe(
      `error usage: --within lists targets, and ${option} is of figures (leave ${option} out, or --within for the figures)`,
    )
  })

  it('refuses what is no dimension, no duration and no period', async () => {
    expect((await cli('--by', 'weather')).err).toMatch(/error usage.*category/)
    expect((await cli('--within', 'soon')).err).toMatch(/error usage.*duration/)
    expect((await cli('--from', '2026-01-02', '--to', '2026-01-01')).err).toMatch(/error period_invalid: the end, /)
  })
})
