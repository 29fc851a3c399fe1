import { configurationSchema, instant } from '@guichet/domain'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { calendarOutlooks } from './calendar-outlook.ts'

const office = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-17:00'] } }
const version = (names: readonly string[]) => ({
  configuration: configurationSchema.parse({ calendars: Object.fromEntries(names.map((name) => [name, office])) }),
  publicHolidays: {},
})
const at = instant('2026-11-22T12:00:00Z')

it('lists the calendars of a configuration by name', async () => {
  const outlooks = await calendarOutlooks(version(['office', 'night', 'always']), at)
  expect(outlooks.map(({ name, nextOpening }) => [name, nextOpening])).toEqual([
    ['always', '2026-11-23T08:00:00.000Z'],
    ['night', '2026-11-23T08:00:00.000Z'],
    ['office', '2026-11-23T08:00:00.000Z'],
  ])
})

it('makes a calendar ready once for all who ask the same version', async () => {
  const asked = version(['office'])
  const [first] = await calendarOutlooks(asked, at)
  const [later] = await calendarOutlooks(asked, instant('2027-01-01T00:00:00Z'))
  expect(first?.calendar).toBeDefined()
  expect(later?.calendar).toBe(first?.calendar)
  const [other] = await calendarOutlooks(version(['office']), at)
  expect(other?.calendar).not.toBe(first?.calendar)
})

it('lets other work take turns with the calendars, however many there are', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `calendar-${index}`)
  let [asked, turns] = [true, 0]
  const outlooks = calendarOutlooks(version(names), at).finally(() => (asked = false))
  while (asked) {
    await nextTurn()
    turns++
  }
  expect(await outlooks).toHaveLength(200)
  expect(turns).toBeGreaterThanOrEqual(200)
})
