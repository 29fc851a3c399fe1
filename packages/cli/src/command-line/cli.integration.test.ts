import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { snapshots, writeSnapshots } from '@guichet/import/testing'
import { guichet, useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
beforeAll(() => writeFile(join(cli.folder, 'mapping.json'), JSON.stringify(snapshots)))

describe('guichet import', () => {
  const row = (minute: number, state: string) => ({
    case: 'CASE-1',
    at: new Date(Date.UTC(2016, 1, 29, 0, minute)).toISOString(),
    state,
    by: 'ann',
    customer: 'carl',
  })

  it('refuses to write the refused rows over what it reads', async () => {
    const file = join(cli.folder, 'precious.csv')
    await writeSnapshots(file, [row(0, 'New')])
    const before = await readFile(file, 'utf8')
    const refused = await cli.run('import', file, '--mapping', join(cli.folder, 'mapping.json'), '--rejects', file)
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('rejects_unwritable')
    expect(await readFile(file, 'utf8')).toBe(before)
  })

  it('makes no folder for the refused rows that nobody asked for', async () => {
    const file = join(cli.folder, 'log.csv')
    await writeSnapshots(file, [row(0, 'New')])
    const rejects = join(cli.folder, 'nope', 'rejects.csv')
    const refused = await cli.run('import', file, '--mapping', join(cli.folder, 'mapping.json'), '--rejects', rejects)
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error rejects_unwritable: .*nope/) as string,
    })
    await expect(stat(join(cli.folder, 'nope'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('brings a log in, accounts for every row, and reports the statuses of its tickets', async () => {
    const file = join(cli.folder, 'log.csv')
    await writeSnapshots(file, [row(0, 'New'), row(1, 'Open'), row(2, 'Open'), row(3, 'Lost'), row(4, 'Solved')])
    const args = [
      'import',
      file,
      '--mapping',
      join(cli.folder, 'mapping.json'),
      '--rejects',
      join(cli.folder, 'rejects.csv'),
      '--json',
    ]
    const first = JSON.parse((await cli.run(...args)).out) as object
    expect(first).toMatchObject({
      rows: 5,
      tickets: 1,
      events: 4,
      applied: 3,
      unchanged: 1,
      refused: 1,
      statuses: { new: 0, in_progress: 0, waiting_customer: 0, resolved: 1, closed: 0 },
    })
    expect(await readFile(join(cli.folder, 'rejects.csv'), 'utf8')).toMatch(/^row,.*\n5,state,value_unreadable,.*Lost/)
    expect(JSON.parse((await cli.run(...args)).out)).toMatchObject({
      rows: 5,
      events: 0,
      applied: 0,
      unchanged: 4,
      refused: 1,
    })
  })

  it.each([
    [
      'a broken quote',
      'bad.csv',
      'case,at,state,by,customer,assignee,team,priority\n"1,2\n',
      /^error csv_broken: .*line \d+/,
    ],
    ['a missing column', 'bad.csv', 'case,at\n1,2\n', /^error column_missing: .*no column/],
    ['a binary file', 'bad.csv', '\u0000\u0001', /^error file_not_text/],
    ['an empty file', 'bad.csv', '', /^error file_empty/],
    [
      'only unreadable times',
      'bad.ndjson',
      '{"case":"1","at":"yesterday","state":"New","by":"","customer":"","assignee":"","team":"","priority":""}',
      /^error nothing_readable: .*row 1: at:/,
    ],
  ])('refuses %s in one line, with exit code 2', async (_, name, content, message) => {
    const file = join(cli.folder, name)
    await writeFile(file, content)
    const { code, out, err } = await cli.run('import', file, '--mapping', join(cli.folder, 'mapping.json'))
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 2, out: '', lines: 1 })
    expect(err).toMatch(message)
  })

  it('refuses a mapping that is not there', async () => {
    expect(await cli.run('import', join(cli.folder, 'log.csv'), '--mapping', 'old-desk')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error mapping_unknown: .*old-desk/) as string,
    })
  })
})

describe('guichet replay', () => {
  it('prints the history of an imported ticket, up to an instant', async () => {
    const { out, code } = await cli.run('replay', 'CASE-1', '--as-of', '2016-02-29T00:01:00Z')
    expect(code).toBe(0)
    expect(out).toContain('status new → in_progress')
    expect(out).not.toContain('resolved')
    const { entries, state } = JSON.parse((await cli.run('replay', 'CASE-1', '--json')).out) as {
      entries: { type: string }[]
      state: object
    }
    expect(entries.map(({ type }) => type)).toEqual(['TicketOpened', 'TicketStarted', 'TicketResolved', 'TargetMet'])
    expect(state).toMatchObject({ status: 'resolved' })
  })

  it('says in one line that there is no such ticket, with exit code 1', async () => {
    expect(await cli.run('replay', 'CASE-2')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error ticket_not_found: there is no ticket or chat CASE-2/) as string,
    })
  })
})

describe('guichet simulate, stats and projections', () => {
  it('fill the desk, count it and show its read models', async () => {
    const simulate = [
      'simulate',
      '--tickets',
      '40',
      '--days',
      '10',
      '--seed',
      'x',
      '--start',
      '2026-01-05T00:00:00Z',
      '--json',
    ]
    const first = JSON.parse((await cli.run(...simulate)).out) as { tickets: number; events: number }
    expect(first.tickets).toBe(40)
    expect(first.events).toBeGreaterThan(100)
    expect(JSON.parse((await cli.run(...simulate)).out)).toMatchObject({ tickets: 40, events: 0 })

    const stats = JSON.parse((await cli.run('stats', '--from', '2026-01-05', '--to', '2026-01-14', '--json')).out) as {
      counters: Record<string, number>
      responseTimes: { resolution: { overdue: number; targetShare: number; met: boolean } }
      dailyReport: { day: string; opened: number; resolved: number; closed: number }[]
    }
    expect(stats.responseTimes.resolution).toMatchObject({ targetShare: 0.8, met: expect.any(Boolean) as boolean })
    const { out } = await cli.run('stats', '--from', '2026-01-05', '--to', '2026-01-14')
    expect(out).toMatch(/resolution +\d+ +\d+ .* 80\.0 % +(yes|no)/)
    expect(out).toMatch(/solved at first contact: .*aim more than 90\.0 %, met: (yes|no)/)
    expect(stats.counters['total']).toBe(41)
    const printed = out.split('\n').map((line) => line.trim().split(/\s+/))
    const [names = [], numbers] = printed
    expect(names.toSorted()).toEqual(Object.keys(stats.counters).toSorted())
    expect(numbers).toEqual(names.map((name) => String(stats.counters[name])))
    for (const { day, opened, resolved, closed } of stats.dailyReport) {
      const [, first, , , fourth, , sixth] = printed.find(([name]) => name === day) ?? []
      expect([day, first, fourth, sixth]).toEqual([day, ...[opened, resolved, closed].map(String)])
    }
    const decade = ['stats', '--from', '2020-01-01', '--to', '2029-12-31']
    const { dailyReport } = JSON.parse((await cli.run(...decade, '--json')).out) as typeof stats
    expect(dailyReport).toHaveLength(3_653)
    expect(new Set(dailyReport.map(({ day }) => day)).size).toBe(3_653)
    expect(
      dailyReport.filter(({ day }) => day.startsWith('2026-01')).reduce((sum, { opened }) => sum + opened, 0),
    ).toBe(40)
    expect((await cli.run(...decade)).out).toMatch(/\d{4} days on which nothing happened are left out/)
    expect(await cli.run('stats', '--from', '1900-01-01', '--to', '2029-12-31')).toMatchObject({ code: 2 })
    expect(stats.dailyReport.reduce((sum, { opened }) => sum + opened, 0)).toBe(40)

    const states = JSON.parse((await cli.run('projections', 'rebuild', 'tickets', '--json')).out) as {
      name: string
      lag: number
    }[]
    expect(states.find(({ name }) => name === 'tickets')).toMatchObject({
      state: 'live',
      generation: 2,
    })
  })

  it('name what they do not know', async () => {
    expect(await cli.run('projections', 'rebuild', 'nonsense')).toMatchObject({
      code: 1,
      err: expect.stringContaining('projection_not_found') as string,
    })
    expect(await cli.run('stats', '--from', '2026-02-30')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--from') as string,
    })
    expect(await cli.run('simulate', '--tickets', 'many')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--tickets') as string,
    })
  })
})

describe('guichet', () => {
  it.each(['serve', 'import', 'imports', 'simulate', 'replay', 'stats', 'projections', 'token'])(
    'explains %s with examples',
    async (command) => {
      const nested =
        command === 'projections' ? [command, 'rebuild'] : command === 'imports' ? [command, 'status'] : [command]
      const { code, out } = await cli.run(...nested, '--help')
      expect(code).toBe(0)
      expect(out).toMatch(/Examples?:\n {2}(NODE_ENV=\S+ )?guichet /)
    },
  )

  it('names what is malformed before anything starts', async () => {
    const at = (variables: Record<string, string>, ...args: string[]) =>
      guichet({ GUICHET_HOME: cli.folder, ...variables }, ...args)
    expect(await at({ PORT: 'x' }, 'serve')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error config_invalid: PORT/) as string,
    })
    expect(await at({ NODE_ENV: 'production' }, 'serve')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/config_missing: GUICHET_JWT/) as string,
    })
    expect(await at({ DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x' }, 'stats')).toMatchObject({
      code: 3,
      err: expect.stringMatching(/^error database_unavailable/) as string,
    })
    expect(await at({ GUICHET_JWT_ISUER: 'x' }, 'serve', '--port', '99999')).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^warning config_unknown: GUICHET_JWT_ISUER .*GUICHET_JWT_ISSUER.*\nerror config_invalid: --port must be a port/,
      ) as string,
    })
    expect(await at({}, 'imports')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^Usage: [^]*\nerror usage: a command is missing \(.*\)$/) as string,
    })
    expect(await at({}, 'frobnicate')).toMatchObject({ code: 2, err: expect.stringMatching(/^error usage/) as string })
  })

  it('makes no tokens and no made-up helpdesk in production', async () => {
    const production = {
      NODE_ENV: 'production',
      GUICHET_JWT_SECRET: 's'.repeat(32),
      GUICHET_HOME: cli.folder,
      DATABASE_URL: cli.databaseUrl,
    }
    for (const args of [['token', '--role', 'agent', '--id', 'a'], ['simulate']]) {
      expect(await guichet(production, ...args)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('not_in_production') as string,
      })
    }
  })
})
