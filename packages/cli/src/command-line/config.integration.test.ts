import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defaultConfiguration, minutes } from '@guichet/domain'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readEnvironment } from '../environment/environment.ts'
import { startEngine } from '../engine/engine.ts'
import type { Ran } from './testing.ts'
import { emptyDesk, guichet } from './testing.ts'

const example = (name: string): string =>
  fileURLToPath(new URL(`../../../../examples/configuration/${name}`, import.meta.url))

describe('guichet config', () => {
  let database: TestDatabase
  let folder: string
  let variables: Record<string, string>
  beforeAll(async () => {
    database = await createTestDatabase(emptyDesk)
    folder = await mkdtemp(join(tmpdir(), 'guichet-config-'))
    variables = { DATABASE_URL: database.url }
  })
  afterAll(async () => {
    await database.drop()
    await rm(folder, { recursive: true, force: true })
  })

  const config = (...args: readonly string[]): Promise<Ran> => guichet(variables, 'config', ...args)
  const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse((await config(...args, '--json')).out)

  it('exports the default configuration where nobody has applied any, and nothing differs from it', async () => {
    const file = join(folder, 'default.yaml')
    expect(await config('history')).toMatchObject({ code: 0, out: expect.stringMatching(/^nothing was ever applied/) })
    expect(await config('export', '--output', file)).toMatchObject({ code: 0, out: `guichet-default-4 is in ${file}` })
    expect(await readFile(file, 'utf8')).toMatch(/^# guichet-default-4: /)
    expect(await config('check', file)).toMatchObject({ code: 0, err: '' })
    expect(await json('diff', file)).toEqual({ version: 0, changes: [] })
  })

  it('applies the example, after a try that leaves no trace, and then changes nothing', async () => {
    const [tried, applied] = [
      await json('apply', example('desk.yaml'), '--dry-run'),
      await json('apply', example('desk.yaml'), '--expect', '0', '--comment', 'Our hours'),
    ]
    expect(tried).toMatchObject({ version: 1, applied: true, dryRun: true })
    expect(applied).toMatchObject({ version: 1, applied: true, dryRun: false, replaced: [] })
    expect((tried as { changes: unknown }).changes).toEqual((applied as { changes: unknown }).changes)
    expect(await config('apply', example('desk.yaml'))).toMatchObject({
      code: 0,
      out: 'nothing changes: configuration-1 says the same',
    })
  })

  it('changes nothing when what was exported is applied', async () => {
    const file = join(folder, 'exported.yaml')
    await config('export', '--output', file)
    const again = { code: 2, err: expect.stringMatching(/^error output_unwritable: .* is there already/) }
    expect(await config('export', '--output', file)).toMatchObject(again)
    expect(await config('export', '--output', file, '--force')).toMatchObject({ code: 0 })
    expect(await json('apply', file)).toMatchObject({ version: 1, applied: false, changes: [] })
    expect((await config('export', '--version', '0')).out).toMatch(/^# guichet-default-4/)
    expect((await config('export', '--at', '2020-01-01T00:00:00Z')).out).toMatch(/^# guichet-default-4/)
  })

  it('applies to the next ticket, in every process', async () => {
    const engine = await startEngine(readEnvironment(variables), { serves: false, log: pino({ level: 'silent' }) })
    try {
      const open = {
        type: 'open',
        subject: 'x',
        body: 'y',
        customer: { id: 'zoe' },
        category: 'technical/outage',
      } as const
      const by = { kind: 'customer', id: 'zoe' } as const
      const opened = await engine.desk.execute('ticket', 'T1', { ...open, plan: 'premium' }, { by, commandId: 'o1' })
      expect(opened.ok && opened.value.events).toMatchObject([{ priority: 'urgent', policyVersion: 'configuration-1' }])
      const [policy] = engine.desk.policy.serviceLevels?.policies ?? []
      expect(policy).toMatchObject({ name: 'premium-urgent', firstResponse: minutes(15) })
      const unknown = { ...open, category: 'technical_support' }
      expect(await engine.desk.execute('ticket', 'T2', unknown, { by, commandId: 'o2' })).toMatchObject({
        refusal: { code: 'category_unknown' },
      })
    } finally {
      await engine.stop()
    }
  })

  it('refuses what another version came before, what is past, and versions that are none', async () => {
    const refused = (next: RegExp, code = 1) => ({ code, out: '', err: expect.stringMatching(next) as string })
    const [desk, sun] = [example('desk.yaml'), example('follow-the-sun.yaml')]
    expect(await config('apply', sun, '--expect', '0')).toEqual(
      refused(/^error configuration_refused: .*another version/),
    )
    expect(await config('apply', sun, '--expect', '0', '--dry-run')).toEqual(refused(/^error configuration_refused/))
    expect(await config('apply', sun, '--effective-from', '2020-01-01T00:00:00Z')).toEqual(
      refused(/^error configuration_refused: .*passed \(leave --effective-from out, or add --retroactive\)$/),
    )
    expect(await config('diff', desk, '--version', '7')).toEqual(refused(/^error configuration_not_found/))
    expect(await config('export', '--version', '1', '--at', '2026-01-01T00:00:00Z')).toEqual(refused(/^error usage/, 2))
    expect(await config('export', '--output', join(folder, 'no', 'where.yaml'))).toEqual(
      refused(/^error output_unwritable: .*ENOENT/, 2),
    )
  })

  it('stores a version for later, and names the one that it replaces', async () => {
    const sun = example('follow-the-sun.yaml')
    await config('apply', sun, '--effective-from', '2126-01-01T00:00:00Z')
    const later = await config('apply', example('desk.yaml'), '--effective-from', '2125-01-01T00:00:00Z')
    expect(later.out).toMatch(/configuration-2, which was to apply from 2126-01-01T00:00:00.000Z, never does$/)
    expect(await json('history')).toMatchObject([
      { version: 3, state: 'waiting' },
      { version: 2, state: 'never' },
      { version: 1, state: 'in_force', appliedBy: { id: 'command-line' }, comment: 'Our hours' },
    ])
    type Differences = { readonly changes: readonly { readonly path: string }[] }
    const sorted = ({ changes }: Differences) => changes.toSorted((one, other) => (one.path < other.path ? -1 : 1))
    const changed = (await json('diff', '--version', '1', '--to', '2')) as Differences
    expect(changed).toMatchObject({ version: 1, to: 2 })
    expect(sorted(changed)).toEqual(sorted((await json('diff', sun, '--version', '1')) as Differences))
    expect(changed.changes.length).toBeGreaterThan(5)
    expect(await json('diff', '--to', '1')).toEqual({ version: 1, to: 1, changes: [] })
    expect((await config('diff', '--version', '3', '--to', '1')).out).toBe(
      'configuration-1 says the same as configuration-3',
    )
    for (const neither of [['diff'], ['diff', sun, '--to', '2']])
      expect(await config(...neither)).toMatchObject({ code: 2, err: expect.stringMatching(/^error usage/) })
    expect(await config('diff', '--to', '7')).toMatchObject({ code: 1, err: expect.stringContaining('no version 7') })
    expect((await config('export', '--at', '2125-06-01T00:00:00Z')).out).toMatch(/^# configuration-3: /)
  })

  it('warns of what is hardly meant, a line each, and takes it all the same', async () => {
    const file = join(folder, 'doubtful.yaml')
    const shop = 'shop: { timeZone: Europe/Paris, hours: { everyDay: ["00:00-23:59"] } }'
    await writeFile(file, `calendars:\n  ${shop}\nsla: { policies: [{ name: all, calendar: shop, resolution: 1h }] }\n`)
    const { code, err } = await guichet({ GUICHET_HOME: '/proc/nowhere' }, 'config', 'check', file)
    expect({ code, err }).toEqual({
      code: 0,
      err: `warning ${file}:2:55: calendars.shop.hours.everyDay.0 00:00-23:59 leaves out the last minute of the day: write 00:00-24:00`,
    })
  })

  it('says where a file is wrong, a fault a line, without a database', async () => {
    const file = join(folder, 'faulty.yaml')
    await writeFile(file, 'plans: [a, a]\nteams: [{ name: x, calendar: nights }]\nlevels: { 7: {} }\nsla: {}\n')
    const offline = { GUICHET_HOME: '/proc/nowhere' }
    expect(await guichet(offline, 'config', 'check', file)).toEqual({
      code: 2,
      out: '',
      err: [
        `${file}:1:12: plans.1 occurs twice: a`,
        `${file}:2:20: teams.0.calendar there is no calendar nights`,
        `${file}:3:11: levels.7 there is no such field`,
        `error configuration_invalid: ${file} has 3 faults (fix the errors listed above; docs/guides/configure-your-desk.md)`,
      ].join('\n'),
    })
    await writeFile(file, Buffer.from([0xff, 0xfe, 0x41]))
    expect((await guichet(offline, 'config', 'check', file)).err).toMatch(/^error file_not_text/)
    expect((await guichet(offline, 'config', 'check', join(folder, 'none.yaml'))).err).toMatch(
      /^error file_unreadable: .*does not exist/,
    )
    expect((await guichet(offline, 'config', 'check', folder)).err).toMatch(/^error file_unreadable: .*is a folder/)
  })

  it('has a default configuration that the whole product shares', async () => {
    const { out } = await config('export', '--version', '0')
    expect(defaultConfiguration.sla.policies.every(({ name }) => out.includes(`- name: ${name}\n`))).toBe(true)
  })
})

describe('guichet config, for history that is yet to be imported', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase(emptyDesk)
  })
  afterAll(() => database.drop())

  const run = (...args: readonly string[]): Promise<Ran> => guichet({ DATABASE_URL: database.url }, ...args)

  it('knows the public holidays of that time, and says the same when it is applied again', async () => {
    const desk = example('desk.yaml')
    const since = ['--effective-from', '2020-01-01T00:00:00Z', '--retroactive'] as const
    expect((await run('config', 'apply', desk, ...since)).out).toMatch(/^configuration-1 applies from 2020-01-01/)
    const result = await run('calendar', 'office', '--at', '2020-12-24T13:00:00Z', '--add', '8h', '--json')
    expect(JSON.parse(result.out)).toMatchObject({
      add: { dueAt: '2020-12-26T10:00:00.000Z' },
      holidays: [{ date: '2020-12-25', name: 'Noël' }, {}, {}, {}, {}],
    })
    expect(await run('config', 'apply', desk)).toMatchObject({ out: 'nothing changes: configuration-1 says the same' })
  })
})
