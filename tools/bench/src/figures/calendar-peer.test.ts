import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { CalendarDefinition } from '@guichet/domain'
import { addBusinessMs, businessMsBetween, compileCalendar, days, minutes } from '@guichet/domain'
import { openCalendarPeer } from './calendar.ts'

it('computes the same business time as Guichet', async () => {
  const holidays = ['2026-05-01', '2026-07-14', '2026-12-25']
  const office: CalendarDefinition = {
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    hours: { weekdays: ['09:00-12:00', '13:00-18:00'] },
    holidays: { days: holidays.map((date) => ({ date, name: 'closed' })) },
  }
  const calendar = compileCalendar(office)
  const peer = await openCalendarPeer(office.hours === 'always' ? [] : (office.hours.weekdays ?? []), holidays)
  const first = Date.UTC(2026, 0, 1) / minutes(1)
  fc.assert(
    fc.property(fc.nat(500_000), fc.integer({ min: 1, max: 2_400 }), fc.nat(43_200), (start, some, later) => {
      const [from, to] = [minutes(first + start), minutes(first + start + later)]
      expect(peer.add(from, some)).toBe(addBusinessMs(calendar, from, minutes(some)))
      expect(minutes(peer.between(from, to))).toBe(businessMsBetween(calendar, from, to))
    }),
  )
  expect(businessMsBetween(calendar, minutes(first), minutes(first) + days(365))).toBeGreaterThan(0)
})
