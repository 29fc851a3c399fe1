import { describe, expect, it } from 'vitest'
import { calendarSchema } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import { defaultCalendars } from '../calendar/default-calendars.ts'
import { instant } from '../kernel/instant.ts'
import { centreFaults } from './centre-faults.ts'
import { handOver } from './hand-over.ts'
import type { CentreSettings } from './settings.ts'
import { centreSettingsSchema, defaultCentreSettings, defaultHandOver } from './settings.ts'

const tables = { AE: [{ date: '2026-12-02', name: 'National Day' }] }
const calendars = new Map(
  Object.entries(defaultCalendars).map(([name, each]) => [name, compileCalendar(calendarSchema.parse(each), tables)]),
)
const faults = (changes: Partial<CentreSettings>) =>
  centreFaults({ ...defaultCentreSettings, ...changes }, calendars, instant('2026-11-21T00:00:00Z'))
const shiftAt = (at: string, settings = defaultCentreSettings) =>
  handOver(
    settings.centres.map((centre) => ({ ...centre, hours: calendars.get(centre.calendar) ?? expect.fail() })),
    instant(at),
  )

describe('the settings of centres', () => {
  it('are accepted as they come', () => {
    expect(centreSettingsSchema.parse(defaultCentreSettings)).toEqual(defaultCentreSettings)
    expect(centreSettingsSchema.parse({})).toEqual({
      centres: [],
      aroundTheClock: [],
      shifts: [],
      handOver: defaultHandOver,
    })
  })

  it('tell centres apart, and name none that is not there', () => {
    const [montreal] = defaultCentreSettings.centres
    const parsed = centreSettingsSchema.safeParse({ centres: [montreal, montreal], aroundTheClock: ['lyon'] })
    expect(parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'centres.1.id: is the id of another centre too: montreal',
      'aroundTheClock.0: names no centre: lyon',
    ])
  })

  it('cover a contract around the clock, whatever the clocks do', () => {
    expect(faults({})).toEqual([])
    expect(faults({ aroundTheClock: ['montreal', 'toronto'] })).toEqual([])
  })

  it('are refused with the first gap', () => {
    expect(faults({ aroundTheClock: ['montreal', 'paris'] })).toEqual([
      {
        path: ['aroundTheClock'],
        message:
          'leaves hours uncovered, the first from 2026-11-21T03:00:00.000Z to 2026-11-21T05:00:00.000Z: ' +
          'extend the hours of a centre, or add one',
      },
    ])
  })

  it('are refused with a gap that only a change of the clocks opens', () => {
    const centre = (id: string, calendar: string) => ({
      id,
      name: id,
      calendar,
      languages: ['en'],
      specialities: [],
      priority: 1,
    })
    const halves = new Map([
      ['day', compileCalendar({ timeZone: 'America/New_York', hours: { everyDay: ['07:00-19:00'] } })],
      ['night', compileCalendar({ timeZone: 'Asia/Tokyo', hours: { everyDay: ['09:00-21:00'] } })],
    ])
    const settings = {
      ...defaultCentreSettings,
      centres: [centre('us', 'day'), centre('jp', 'night')],
      aroundTheClock: ['us', 'jp'],
    }
    const [fault] = centreFaults(settings, halves, instant('2026-11-21T00:00:00Z'))
    expect(fault?.message).toContain('from 2027-03-14T23:00:00.000Z to 2027-03-15T00:00:00.000Z')
  })

  it('are refused with a calendar that does not exist', () => {
    const [montreal] = defaultCentreSettings.centres
    const lost = montreal ? [{ ...montreal, calendar: 'lost' }] : []
    expect(faults({ centres: lost })).toEqual([
      { path: ['centres', 0, 'calendar'], message: 'names no calendar: lost' },
    ])
  })
})

describe('follow the sun', () => {
  it.each([
    [
      'in the morning of Montréal',
      '2026-11-21T12:00:00-05:00',
      ['montreal', 'paris'],
      '2026-11-21T16:00:00-05:00',
      'paris',
      'montreal',
    ],
    [
      'in the evening of Montréal',
      '2026-11-21T18:00:00-05:00',
      ['montreal'],
      '2026-11-21T22:00:00-05:00',
      'montreal',
      'toronto',
    ],
    [
      'in the morning of Paris',
      '2026-11-21T07:00:00+01:00',
      ['toronto', 'paris'],
      '2026-11-21T06:00:00-05:00',
      'toronto',
      'montreal',
    ],
  ])('hands over %s', (_, at, onShift, changesAt, from, to) => {
    expect(shiftAt(at)).toEqual({ onShift, changesAt: instant(changesAt), handOvers: [{ from, to }] })
  })

  it('hands nothing over when a centre only joins', () => {
    expect(shiftAt('2026-11-21T04:00:00+01:00')).toEqual({
      onShift: ['toronto'],
      changesAt: instant('2026-11-21T06:00:00+01:00'),
      handOvers: [],
    })
  })

  it('follows each zone when only one has changed its clocks', () => {
    // Between 8 and 29 March 2026 Paris is five hours ahead of Montréal, not six.
    expect(shiftAt('2026-03-10T18:00:00Z').changesAt).toBe(instant('2026-03-10T17:00:00-04:00'))
  })

  it('prefers a centre that shares a language, then the priority', () => {
    const centres = defaultCentreSettings.centres.map((centre) =>
      centre.id === 'toronto' ? centre : { ...centre, languages: [centre.id === 'paris' ? 'de' : 'fr'] },
    )
    const toronto = (languages: string[]) => ({
      ...defaultCentreSettings,
      centres: centres.map((centre) => (centre.id === 'toronto' ? { ...centre, languages } : centre)),
    })
    const at = '2026-11-21T11:00:00+01:00'
    expect(shiftAt(at, toronto(['de'])).handOvers).toEqual([{ from: 'toronto', to: 'paris' }])
    expect(shiftAt(at, toronto(['es'])).handOvers).toEqual([{ from: 'toronto', to: 'montreal' }])
  })

  it('lets conversations wait when nobody is there', () => {
    const alone = { ...defaultCentreSettings, centres: defaultCentreSettings.centres.slice(2) }
    expect(shiftAt('2026-11-21T21:00:00+01:00', alone)).toEqual({
      onShift: ['paris'],
      changesAt: instant('2026-11-21T22:00:00+01:00'),
      handOvers: [{ from: 'paris', to: undefined }],
    })
    expect(shiftAt('2026-11-21T12:00:00Z', { ...defaultCentreSettings, centres: [] })).toEqual({
      onShift: [],
      changesAt: undefined,
      handOvers: [],
    })
  })

  it('has three shifts that follow one another without a gap', () => {
    const shifts = {
      ...defaultCentreSettings,
      aroundTheClock: ['a', 'b', 'c'],
      centres: ['a', 'b', 'c'].map((id, place) => ({
        id,
        name: id,
        calendar: `shift-${place + 1}`,
        languages: ['fr'],
        specialities: [],
        priority: 1,
      })),
    }
    expect(faults(shifts)).toEqual([])
    expect(shiftAt('2026-11-01T03:00:00-05:00', shifts)).toEqual({
      onShift: ['c'],
      changesAt: instant('2026-11-01T06:00:00-05:00'),
      handOvers: [{ from: 'c', to: 'a' }],
    })
  })
})
