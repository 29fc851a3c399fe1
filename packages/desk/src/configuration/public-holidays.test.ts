import type { CalendarDefinition } from '@guichet/domain'
import { addBusinessTime, compileCalendar, hours, instant, publicHolidaysSchema } from '@guichet/domain'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { publicHolidayTables, yearsAround } from './public-holidays.ts'

const calendar = (...countries: string[]): CalendarDefinition => ({
  timeZone: 'Europe/Paris',
  hours: { weekdays: ['09:00-17:00'] },
  holidays: { countries },
})

async function datesOf(code: string, from = 2024, to = 2027): Promise<readonly string[]> {
  const result = await publicHolidayTables({ office: calendar(code) }, { from, to })
  return result.ok ? (result.tables[code] ?? []).map(({ date }) => date) : expect.fail(JSON.stringify(result.faults))
}

describe('the public holidays of a country', () => {
  it('are those that the law of France names', async () => {
    expect(await datesOf('FR', 2026, 2026)).toEqual([
      '2026-01-01',
      '2026-04-06',
      '2026-05-01',
      '2026-05-08',
      '2026-05-14',
      '2026-05-25',
      '2026-07-14',
      '2026-08-15',
      '2026-11-01',
      '2026-11-11',
      '2026-12-25',
    ])
  })

  it('follow Easter', async () => {
    const dates = await datesOf('FR', 2019, 2030)
    for (const easterMonday of [
      '2019-04-22',
      '2020-04-13',
      '2024-04-01',
      '2025-04-21',
      '2026-04-06',
      '2027-03-29',
      '2030-04-22',
    ]) {
      expect(dates).toContain(easterMonday)
    }
  })

  it('differ by region', async () => {
    const [canada, quebec] = [await datesOf('CA'), await datesOf('CA-QC')]
    for (const year of [2024, 2025, 2026, 2027]) {
      expect(quebec).toContain(`${year}-06-24`)
      expect(canada).not.toContain(`${year}-06-24`)
    }
    expect(await datesOf('US-NY')).toContain('2026-02-12')
    expect(await datesOf('DE-BY-A')).toContain('2026-08-08')
    expect(await datesOf('DE-BY')).not.toContain('2026-08-08')
  })

  it('are moved where the law moves them', async () => {
    expect(await datesOf('GB-ENG')).toContain('2026-12-28')
  })

  it('have each day of those that last for several, and each date once', async () => {
    const egypt = await datesOf('EG', 2026, 2026)
    expect(egypt).toEqual(expect.arrayContaining(['2026-05-27', '2026-05-28', '2026-05-29', '2026-05-30']))
    expect(new Set(egypt).size).toBe(egypt.length)
  })

  it('leave half days out', async () => {
    const iceland = await datesOf('IS', 2026, 2026)
    expect(iceland).toContain('2026-12-25')
    expect(iceland).not.toContain('2026-12-24')
  })

  it('reach from last year to ten years ahead', async () => {
    const years = yearsAround(new Date('2026-11-21T00:00:00Z'))
    expect(years).toEqual({ from: 2025, to: 2036 })
    const dates = await datesOf('FR', years.from, years.to)
    expect([dates[0], dates.at(-1), dates.length]).toEqual(['2025-01-01', '2036-12-25', 12 * 11])
  })

  it('begin with the year before what they are needed for, and end ten years after it', () => {
    const years = (...instants: string[]) =>
      yearsAround(new Date('2026-11-21T00:00:00Z'), ...instants.map((each) => instant(each)))
    expect(years('2019-03-01T00:00:00Z')).toEqual({ from: 2018, to: 2036 })
    expect(years('2031-03-01T00:00:00Z', '2022-01-01T00:00:00Z')).toEqual({ from: 2021, to: 2041 })
  })

  it('lie in the years from 1970 to 2100, and are as many as a configuration may hold', async () => {
    const years = yearsAround(
      new Date('2026-11-21T00:00:00Z'),
      instant('1000-01-01T00:00:00Z'),
      instant('8999-01-01T00:00:00Z'),
    )
    expect(years).toEqual({ from: 1970, to: 2100 })
    const result = await publicHolidayTables({ office: calendar('FR', 'ME') }, years)
    expect(publicHolidaysSchema.safeParse(result.ok && result.tables).success).toBe(true)
  })

  it('let other work take turns with each year of a country', async () => {
    let [asked, turns] = [true, 0]
    const told = publicHolidayTables({ office: calendar('FR', 'US') }, { from: 2020, to: 2029 })
    const finished = told.finally(() => (asked = false))
    while (asked) {
      await nextTurn()
      turns++
    }
    expect(await finished).toMatchObject({ ok: true })
    expect(turns).toBeGreaterThanOrEqual(20)
  })

  it('are refused where none are known, with the path of the fault', async () => {
    const result = await publicHolidayTables(
      { office: calendar('FR', 'ZZ'), other: calendar('CA-XX', 'DE-BY-XX', 'AE-DU') },
      { from: 2026, to: 2026 },
    )
    expect(result).toEqual({
      ok: false,
      faults: [
        {
          path: ['office', 'holidays', 'countries', 1],
          message: "no public holidays are known of ZZ: write a country's two letters, such as FR",
        },
        {
          path: ['other', 'holidays', 'countries', 0],
          message: 'CA has no region XX: there are AB, BC, MB, NB, NL, NS, NT, NU, ON, PE, QC, SK, YT',
        },
        {
          path: ['other', 'holidays', 'countries', 1],
          message: 'DE-BY has no region XX: there are A, KATH, EVANG',
        },
        {
          path: ['other', 'holidays', 'countries', 2],
          message: 'AE has no regions with holidays of their own: write AE',
        },
      ],
    })
  })

  it('are what calendars are compiled with', async () => {
    const calendars = {
      always: { timeZone: 'Etc/UTC', hours: 'always' as const },
      chats: calendar('AE'),
      office: calendar('FR'),
    }
    const result = await publicHolidayTables(calendars, { from: 2026, to: 2026 })
    const tables = publicHolidaysSchema.parse(result.ok ? result.tables : undefined)
    expect(
      addBusinessTime(compileCalendar(calendars.office, tables), instant('2026-07-13T16:00:00+02:00'), hours(2)),
    ).toBe(instant('2026-07-15T10:00:00+02:00'))
    for (const each of Object.values(calendars)) expect(compileCalendar(each, tables)).toBeDefined()
  })
})
