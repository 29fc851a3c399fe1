import { expect, it } from 'vitest'
import type { ConfigurationInput } from './consistency.ts'
import { configurationSchema } from './consistency.ts'
import { defaultConfiguration } from './default-configuration.ts'
import { configurationWarnings } from './warnings.ts'

const warnings = (written: ConfigurationInput) =>
  configurationWarnings(configurationSchema.parse(written)).map(({ path, message }) => `${path.join('.')}: ${message}`)

const office = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-18:00'] } }

it('warns of nothing in the shipped configuration', () => {
  expect(configurationWarnings(defaultConfiguration)).toEqual([])
})

it('warns when a higher priority gives more time, once for two policies', () => {
  const policies = [
    { name: 'urgent', applies: { priorities: ['urgent' as const] }, firstResponse: '30m', resolution: '4h' },
    { name: 'gold', applies: { plans: ['gold'] }, calendar: 'office', firstResponse: '30m', resolution: '1h' },
    { name: 'others', calendar: 'office', firstResponse: '2h', resolution: '1d' },
  ]
  const categories = [{ name: 'bills' }, { name: 'parcels' }]
  expect(warnings({ calendars: { office }, plans: ['gold'], categories, sla: { policies } })).toEqual([
    'sla.policies.0.resolution: a higher priority lengthens the promise: 1h on the calendar office by gold becomes ' +
      '4h around the clock by urgent, for tickets without a category, plan gold, priority urgent',
  ])
})

it('warns when a higher priority loses a promise, or pauses its time at night', () => {
  const policies = [
    { name: 'urgent', applies: { priorities: ['urgent' as const] }, calendar: 'office', resolution: '2h' },
    { name: 'others', firstResponse: '2h', resolution: '2h' },
  ]
  expect(warnings({ calendars: { office }, sla: { policies } })).toEqual([
    expect.stringContaining('2h around the clock by others becomes nothing by urgent'),
    expect.stringContaining('2h around the clock by others becomes 2h on the calendar office by urgent'),
  ])
})

it('warns of the minute before midnight that a range leaves out', () => {
  const hours = { everyDay: ['00:00-23:59'], monday: ['00:00-24:00'] }
  const calendars = { shop: { timeZone: 'Europe/Paris', hours } }
  expect(warnings({ calendars, sla: { policies: [{ name: 'all', calendar: 'shop', resolution: '1h' }] } })).toEqual([
    'calendars.shop.hours.everyDay.0: 00:00-23:59 leaves out the last minute of the day: write 00:00-24:00',
  ])
})

it('warns of it in the hours of holidays too', () => {
  const holidays = {
    hours: ['08:00-23:59'],
    days: [{ date: '2026-12-24', name: 'Eve', hours: ['09:00-12:00', '13:00-23:59'] }],
  }
  const calendars = { office: { ...office, holidays } }
  expect(warnings({ calendars, sla: { policies: [{ name: 'all', calendar: 'office', resolution: '1h' }] } })).toEqual([
    'calendars.office.holidays.hours.0: 08:00-23:59 leaves out the last minute of the day: write 08:00-24:00',
    'calendars.office.holidays.days.0.hours.1: 13:00-23:59 leaves out the last minute of the day: write 13:00-24:00',
  ])
})

it('counts a calendar that is always open as around the clock, of a target of its own too', () => {
  const always = { timeZone: 'Europe/Paris', hours: 'always' as const }
  const policies = [
    { name: 'urgent', applies: { priorities: ['urgent' as const] }, calendar: 'office', resolution: '2h' },
    { name: 'others', calendar: 'always', resolution: '2h' },
  ]
  const calendars = { office, always }
  const expected = ['2h on the calendar always by others becomes 2h on the calendar office by urgent']
  expect(warnings({ calendars, sla: { policies } })).toEqual(expected.map((text) => expect.stringContaining(text)))
  const own = [
    { ...policies[0], name: 'urgent', calendar: undefined, calendars: { resolution: 'office' } },
    { name: 'others', resolution: '2h' },
  ]
  expect(warnings({ calendars, sla: { policies: own } })).toEqual([
    expect.stringContaining('2h around the clock by others becomes 2h on the calendar office by urgent'),
  ])
  const raised = [
    { ...policies[0], name: 'urgent', calendar: 'always' },
    { name: 'others', resolution: '2h' },
  ]
  expect(warnings({ calendars, sla: { policies: raised } })).toEqual([])
})

it('compares business days with one another, and with hours when the day has 24 of them', () => {
  const urgent = (resolution: string, more = {}) => [
    { name: 'urgent', applies: { priorities: ['urgent' as const] }, calendar: 'office', resolution, ...more },
    { name: 'others', calendar: 'office', resolution: '2bd' },
  ]
  expect(warnings({ calendars: { office }, sla: { policies: urgent('3bd') } })).toHaveLength(1)
  expect(warnings({ calendars: { office }, sla: { policies: urgent('1bd') } })).toEqual([])
  const always = [
    { name: 'urgent', applies: { priorities: ['urgent' as const] }, resolution: '3bd' },
    { name: 'others', resolution: '48h' },
  ]
  expect(warnings({ sla: { policies: always } })).toEqual([
    expect.stringContaining('2d around the clock by others becomes 3bd around the clock'),
  ])
})

const urgent = { name: 'urgent', applies: { priorities: ['urgent' as const] } }
const saturday = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-18:00'], saturday: ['09:00-12:00'] } }
const weekend = { timeZone: 'Europe/Paris', hours: { weekends: ['09:00-18:00'] } }

it.each([
  [
    'the same hours on fewer days',
    { resolution: '4h', calendar: 'office' },
    { resolution: '4h', calendar: 'saturday' },
  ],
  ['the same hours on other days', { resolution: '4h', calendar: 'weekend' }, { resolution: '4h', calendar: 'office' }],
  ['business days for hours', { resolution: '3bd', calendar: 'office' }, { resolution: '2h', calendar: 'office' }],
  ['hours around the clock for a business day', { resolution: '30h' }, { resolution: '1bd', calendar: 'office' }],
  ['hours around the clock for fewer hours', { resolution: '4h' }, { resolution: '2h', calendar: 'office' }],
  ['another time zone', { resolution: '2h', calendar: 'montreal' }, { resolution: '2h', calendar: 'office' }],
  [
    'many business days for fewer',
    { resolution: '900bd', calendar: 'office' },
    { resolution: '90bd', calendar: 'office' },
  ],
  ['a calendar of overrides alone', { resolution: '4h', calendar: 'fair' }, { resolution: '2h', calendar: 'fair' }],
  [
    'a wait that stops its time',
    { firstResponse: '1h', pausedWhileWaiting: ['firstResponse' as const] },
    { firstResponse: '2h' },
  ],
])('warns of %s', (_, higher, lower) => {
  const montreal = { timeZone: 'America/Montreal', hours: { weekdays: ['09:00-18:00'] } }
  const from = { from: '2026-03-02', to: '2026-03-06', name: 'Fair', hours: { weekdays: ['09:00-18:00'] } }
  const fair = { timeZone: 'Europe/Paris', hours: {}, overrides: [from] }
  const calendars = { office, saturday, weekend, montreal, fair }
  const promised = (one: object, other: object) =>
    warnings({
      calendars,
      sla: {
        policies: [
          { ...urgent, ...one },
          { name: 'others', ...other },
        ],
      },
    })
  expect(promised(higher, lower)).toEqual([expect.stringContaining('a higher priority lengthens the promise')])
  expect(promised(lower, lower)).toEqual([])
})

it('does not warn of a promise that is due sooner at every hour', () => {
  const table = [
    { ...urgent, resolution: '2h' },
    { name: 'others', calendar: 'office', resolution: '1bd' },
  ]
  expect(warnings({ calendars: { office }, sla: { policies: table } })).toEqual([])
})

it('compares a priority with all below it, and warns against the nearest', () => {
  const row = (name: string, more: object) => ({
    name,
    applies: { priorities: [name as 'low'] },
    calendar: 'office',
    ...more,
  })
  const policies = [
    row('low', { resolution: '3bd' }),
    row('normal', { firstResponse: '2h' }),
    row('high', { resolution: '4bd' }),
    { name: 'urgent', resolution: '5d' },
  ]
  expect(warnings({ calendars: { office }, sla: { policies } })).toEqual([
    expect.stringContaining('3bd on the calendar office by low becomes nothing by normal'),
    expect.stringContaining('2h on the calendar office by normal becomes nothing by high'),
    expect.stringContaining('3bd on the calendar office by low becomes 4bd on the calendar office by high'),
    expect.stringContaining('2h on the calendar office by normal becomes nothing by urgent'),
    expect.stringContaining('4bd on the calendar office by high becomes 5d around the clock by urgent'),
  ])
})

it('compares the calendars of the teams when these count', () => {
  const policies = [
    { ...urgent, calendar: 'saturday', resolution: '4h' },
    { name: 'others', calendar: 'office', calendarOf: 'team' as const, resolution: '4h' },
  ]
  const calendars = { office, saturday, always: { timeZone: 'Europe/Paris', hours: 'always' as const } }
  expect(
    warnings({ calendars, sla: { policies }, teams: [{ name: 'supervisors' }, { name: 'day', calendar: 'office' }] }),
  ).toEqual([])
  const night = [{ name: 'supervisors' }, { name: 'night', calendar: 'always' }]
  expect(warnings({ calendars, sla: { policies }, teams: night })).toEqual([
    expect.stringContaining(
      '4h on the calendar office, or that of the team by others becomes 4h on the calendar saturday by urgent',
    ),
  ])
})

it('warns of a speciality of a centre that is no category, when the desk has any', () => {
  const centre = { id: 'paris', name: 'Paris', calendar: 'office', languages: ['fr'], priority: 1 }
  const followTheSun = { centres: [{ ...centre, specialities: ['parcels', 'BMS'] }] }
  const sla = { policies: [{ name: 'all', calendar: 'office', resolution: '1d' }] }
  expect(warnings({ calendars: { office }, followTheSun, sla, categories: [{ name: 'parcels' }] })).toEqual([
    "followTheSun.centres.0.specialities.1: there is no category BMS: no ticket is the speciality's",
  ])
  expect(warnings({ calendars: { office }, followTheSun, sla })).toEqual([])
})
