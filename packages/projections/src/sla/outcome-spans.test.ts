import fc from 'fast-check'
import { expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import { outcomeSpans } from './target-row.ts'

const start = Date.UTC(2025, 10, 20)
const hour = 3_600_000
const at = (hours: number) => instant(new Date(start + hours * hour))

const isIn = (at: string, { from = '', to = '~' }: { from?: string | undefined; to?: string | undefined }): boolean =>
  at >= from && at < to

it('covers a period exactly once, whatever its ends', () => {
  const hours = fc.oneof(
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 0, max: 125 }).map((days) => days * 24),
  )
  const end = fc.option(hours, { nil: undefined })
  fc.assert(
    fc.property(end, end, fc.integer({ min: 0, max: 6_000 }), (from, to, half) => {
      if (from !== undefined && to !== undefined && from > to) return
      const range = { from: from === undefined ? undefined : at(from), to: to === undefined ? undefined : at(to) }
      const moment = at(half / 2)
      const { months, days, parts } = outcomeSpans(range)
      const places = [
        ...months.map((each) => isIn(`${moment.slice(0, 7)}-01`, each)),
        ...days.map((each) => isIn(moment.slice(0, 10), each)),
        ...parts.map((each) => isIn(moment, each)),
      ].filter(Boolean)
      expect(places.length).toBe(isIn(moment, range) ? 1 : 0)
    }),
    { numRuns: 2_000 },
  )
})

it('covers a year by its months', () => {
  expect(outcomeSpans({ from: instant('2025-01-01T00:00:00Z'), to: instant('2026-01-03T12:00:00Z') })).toEqual({
    months: [{ from: '2025-01-01', to: '2026-01-01' }],
    days: [{ from: '2026-01-01', to: '2026-01-03' }],
    parts: [{ from: '2026-01-03T00:00:00.000Z', to: '2026-01-03T12:00:00.000Z' }],
  })
})
