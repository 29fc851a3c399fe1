import { createDesk, configurationSchema, guichetEvents, instant } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ran } from './testing.ts'
import { emptyDesk, guichet } from './testing.ts'

const desk = fileURLToPath(new URL('../../../../examples/configuration/desk.yaml', import.meta.url))
const christmasEve = '2026-12-24T10:00:00+01:00'
/** Runs without a database, because the command does not need one. */
const ofFile = (...args: readonly string[]): Promise<Ran> => guichet({}, 'calendar', ...args, '--file', desk)
const lines = ({ out }: Ran): string[][] => out.split('\n').map((line) => line.split(/ {2,}/))

describe('guichet calendar, with a file', () => {
  it('says whether a calendar is open, and how time passes on it', async () => {
    const between = ['--between', '2026-12-24T08:00:00Z', '2026-12-28T10:00:00Z'] as const
    const result = await ofFile('office', '--at', christmasEve, '--add', '8h', ...between)
    expect(result.code).toBe(0)
    expect(lines(result).slice(0, 8)).toEqual([
      ['office (Europe/Paris)'],
      ['is open at', 'Thu 2026-12-24 10:00', '2026-12-24T09:00:00.000Z'],
      ['closes', 'Thu 2026-12-24 12:00', '2026-12-24T11:00:00.000Z'],
      ['opens next', 'Fri 2026-12-25 10:00', '2026-12-25T09:00:00.000Z'],
      ['8h later', 'Mon 2026-12-28 09:00', '2026-12-28T08:00:00.000Z'],
      ['between', '11h', '2026-12-24T08:00:00.000Z to 2026-12-28T10:00:00.000Z'],
      ['holiday', '2026-12-24', 'Christmas Eve: 08:00-12:00'],
      ['holiday', '2026-12-25', 'Noël: 10:00-12:00'],
    ])
  })

  it('knows the public holidays around the instant, however long ago that is', async () => {
    const dueAt = async (year: number): Promise<unknown> => {
      const result = await ofFile('office', '--at', `${year}-12-24T14:00:00+01:00`, '--add', '8h', '--json')
      return (JSON.parse(result.out) as { add: { dueAt: unknown } }).add.dueAt
    }
    expect(await dueAt(2020)).toBe('2020-12-26T10:00:00.000Z')
    expect(await dueAt(1984)).toBe('1984-12-26T09:00:00.000Z')
  })

  it('prints the same as one line of JSON', async () => {
    const { out } = await ofFile('office', '--at', '2026-12-24T20:00:00Z', '--add', '90m', '--json')
    expect(JSON.parse(out)).toMatchObject({
      name: 'office',
      timeZone: 'Europe/Paris',
      isOpen: false,
      nextOpening: '2026-12-25T09:00:00.000Z',
      add: { time: 5_400_000, dueAt: '2026-12-25T10:30:00.000Z' },
    })
  })

  it('lists every calendar without a name', async () => {
    expect(lines(await ofFile('--at', christmasEve))).toEqual([
      ['calendar', 'zone', 'is', 'closes', 'opens next'],
      ['night-shift', 'Europe/Paris', 'closed', '–', 'Thu 2026-12-24 22:00'],
      ['office', 'Europe/Paris', 'open', 'Thu 2026-12-24 12:00', 'Fri 2026-12-25 10:00'],
    ])
  })

  it('refuses what it cannot ask', async () => {
    expect(await ofFile('ofice')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error calendar_not_found: .* ofice; there is night-shift, office/) as string,
    })
    for (const wrong of [
      ['--add', '1h'],
      ['office', '--add', 'soon'],
      ['office', '--between', christmasEve],
      ['office', '--between', christmasEve, '2026-12-01T00:00:00Z'],
    ]) {
      expect(await ofFile(...wrong)).toMatchObject({ code: 2, err: expect.stringMatching(/^error usage/) as string })
    }
  })
})

describe('guichet calendar, with the configuration of the desk', () => {
  let database: TestDatabase
  let folder: string
  beforeAll(async () => {
    database = await createTestDatabase(emptyDesk)
    folder = await mkdtemp(join(tmpdir(), 'guichet-calendar-'))
    const promise = 'sla: { policies: [{ name: all, firstResponse: 1h }] }'
    await writeFile(join(folder, 'no-calendar.yaml'), `teams: [{ name: supervisors }]\n${promise}\n`)
    const store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    const { execute } = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    const by = { kind: 'agent', id: 'ana' } as const
    const configuration = configurationSchema.parse({
      calendars: { nights: { timeZone: 'Etc/UTC', hours: { everyDay: ['22:00-06:00'] } } },
    })
    await execute('configuration', 'desk', { type: 'apply', configuration }, { by })
    await store.close()
  })
  afterAll(async () => {
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })

  it('uses the configuration in force at the instant', async () => {
    const query = (...args: readonly string[]) =>
      guichet({ DATABASE_URL: database.url, GUICHET_HOME: folder }, 'calendar', ...args, '--json')
    expect(JSON.parse((await query('nights', '--at', '2099-01-01T23:00:00Z')).out)).toMatchObject({
      isOpen: true,
      closesAt: '2099-01-02T06:00:00.000Z',
      nextOpening: '2099-01-02T22:00:00.000Z',
    })
    const before = JSON.parse((await query('--at', '2020-01-01T00:00:00Z')).out) as { name: string }[]
    expect(before.map(({ name }) => name)).toEqual(['office'])
  })

  it('says so where there is none', async () => {
    expect((await guichet({}, 'calendar', '--file', join(folder, 'no-calendar.yaml'))).out).toBe(
      'the configuration has no calendar',
    )
  })
})
