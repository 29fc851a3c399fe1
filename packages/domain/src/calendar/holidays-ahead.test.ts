import { describe, expect, it } from 'vitest'
import { instant } from '../kernel/time.ts'
import type { CalendarDefinition } from './calendar.ts'
import { holidaysAhead } from './outlook.ts'

const tables = {
  FR: [
    { date: '2026-05-01', name: 'Fête du Travail' },
    { date: '2026-07-14', name: 'Fête nationale' },
  ],
  DE: [{ date: '2026-10-03', name: 'Tag der Deutschen Einheit' }],
}
const office: CalendarDefinition = {
  timeZone: 'Pacific/Auckland',
  hours: { weekdays: ['09:00-17:00'] },
  holidays: {
    countries: ['FR'],
    hours: ['10:00-12:00'],
    days: [
      { date: '2026-07-14', name: 'Stocktaking' },
      { date: '2026-12-24', name: 'Christmas Eve', hours: ['09:00-11:00'] },
    ],
  },
}

describe('the holidays ahead', () => {
  it('are those of its countries with their limited hours, and its own days in place of them', () => {
    expect(holidaysAhead(office, tables, instant('2026-01-01T00:00:00Z'), 9)).toEqual([
      { date: '2026-05-01', name: 'Fête du Travail', hours: ['10:00-12:00'] },
      { date: '2026-07-14', name: 'Stocktaking', hours: [] },
      { date: '2026-12-24', name: 'Christmas Eve', hours: ['09:00-11:00'] },
    ])
  })

  it('begin with today in the zone of the calendar, up to the requested number', () => {
    const first = (at: string) => holidaysAhead(office, tables, instant(at), 1).map(({ date }) => date)
    expect(first('2026-05-01T11:59:59.999Z')).toEqual(['2026-05-01'])
    expect(first('2026-05-01T12:00:00Z')).toEqual(['2026-07-14'])
  })

  it('are empty when it names none', () => {
    expect(holidaysAhead({ timeZone: 'Etc/UTC', hours: 'always' }, tables, instant('2026-01-01T00:00:00Z'), 9)).toEqual(
      [],
    )
  })
})
