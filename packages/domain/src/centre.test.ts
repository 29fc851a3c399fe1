import { describe, expect, it } from 'vitest'
import { calendarSchema } from './calendar/calendar.ts'
import { compileCalendar } from './calendar/compile.ts'
import type { CentreSettings } from './centre.ts'
import { centreFaults, centreSettingsSchema, defaultHandOver } from './centre.ts'
import { instant } from './kernel/time.ts'
import { supportCalendars, supportCentres } from './testing/examples.ts'

const calendars = new Map(
  Object.entries(supportCalendars).map(([name, each]) => [name, compileCalendar(calendarSchema.parse(each))]),
)
const faults = (changes: Partial<CentreSettings>) =>
  centreFaults({ ...supportCentres, ...changes }, calendars, instant('2026-11-21T00:00:00Z'))

describe('the settings of centres', () => {
  it('are accepted from outside', () => {
    expect(centreSettingsSchema.parse(supportCentres)).toEqual(supportCentres)
    expect(centreSettingsSchema.parse({})).toEqual({
      centres: [],
      aroundTheClock: [],
      shifts: [],
      handOver: defaultHandOver,
    })
  })

  it('distinguish centres, and name no missing one', () => {
    const [montreal] = supportCentres.centres
    const parsed = centreSettingsSchema.safeParse({ centres: [montreal, montreal], aroundTheClock: ['lyon'] })
    expect(parsed.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      'centres.1.id: is the id of another centre too: montreal',
      'aroundTheClock.0: names no centre: lyon',
    ])
  })

  it('cover a contract around the clock, also when the clocks change', () => {
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
      ...supportCentres,
      centres: [centre('us', 'day'), centre('jp', 'night')],
      aroundTheClock: ['us', 'jp'],
    }
    const [fault] = centreFaults(settings, halves, instant('2026-11-21T00:00:00Z'))
    expect(fault?.message).toContain('from 2027-03-14T23:00:00.000Z to 2027-03-15T00:00:00.000Z')
  })

  it('may be three shifts that follow one another without a gap', () => {
    const centres = ['a', 'b', 'c'].map((id, index) => ({
      ...(supportCentres.centres[index] ?? expect.fail()),
      id,
      calendar: `shift-${index + 1}`,
    }))
    expect(faults({ centres, aroundTheClock: ['a', 'b', 'c'] })).toEqual([])
    expect(faults({ centres, aroundTheClock: ['a', 'c'] })).toHaveLength(1)
  })

  it('are refused with a calendar that does not exist', () => {
    const [montreal] = supportCentres.centres
    const lost = montreal ? [{ ...montreal, calendar: 'lost' }] : []
    expect(faults({ centres: lost })).toEqual([
      { path: ['centres', 0, 'calendar'], message: 'names no calendar: lost' },
    ])
  })
})
