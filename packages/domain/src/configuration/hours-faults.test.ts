import { describe, expect, it } from 'vitest'
import { instant } from '../kernel/time.ts'
import { configurationSchema, hoursFaults } from './consistency.ts'

const monday = instant('2026-11-23T00:00:00Z')
const office = { timeZone: 'Europe/Paris', hours: { weekdays: ['09:00-18:00'] } }
const closed = (until: string) => ({ ...office, closures: [{ from: '2026-01-01T00:00', to: until }] })
const faults = (calendars: object) => hoursFaults(configurationSchema.parse({ calendars }), {}, monday)

describe('the hours of a configuration', () => {
  it('are checked two years ahead, however far closures reach', () => {
    const calendars = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`c${n}`, closed('2999-12-31T00:00')]))
    const found = faults(calendars)
    expect(found).toHaveLength(200)
    expect(found[0]).toEqual({
      path: ['calendars', 'c0'],
      message: 'does not open in the two years from 2026-11-23T00:00:00.000Z: look at its closures and overrides',
    })
  })

  it('may begin on the last day of the two years, and not after', () => {
    expect(faults({ office: closed('2028-11-22T17:00') })).toEqual([])
    expect(faults({ office: closed('2028-11-22T18:00') })).toHaveLength(1)
  })
})
