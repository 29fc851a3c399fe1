import { uncovered } from '../calendar/coverage.ts'
import type { Calendar } from '../calendar/spans.ts'
import type { Instant } from '../kernel/instant.ts'
import { days, later } from '../kernel/instant.ts'
import type { CentreSettings } from './settings.ts'

/** What is wrong with settings, and where. */
export type Fault = { readonly path: readonly (string | number)[]; readonly message: string }

/**
 * What is wrong with centres in view of the calendars: one that does not exist, or an hour of the next two years, with every
 * change of the clocks in them, at which none of those is there that have promised to be there around the clock.
 * @param calendars by the names that centres give.
 * @param from where the two years start.
 */
export function centreFaults(
  { centres, aroundTheClock }: CentreSettings,
  calendars: ReadonlyMap<string, Calendar>,
  from: Instant,
): readonly Fault[] {
  const unknown = centres.flatMap(({ calendar }, place) =>
    calendars.has(calendar)
      ? []
      : [{ path: ['centres', place, 'calendar'], message: `names no calendar: ${calendar}` }],
  )
  if (unknown.length > 0 || aroundTheClock.length === 0) return unknown
  const together = centres
    .filter(({ id }) => aroundTheClock.includes(id))
    .flatMap(({ calendar }) => calendars.get(calendar) ?? [])
  const [gap] = uncovered(together, from, later(from, days(731)))
  const message = `leaves hours uncovered, the first from ${gap?.from} to ${gap?.to}: extend the hours of a centre, or add one`
  return gap ? [{ path: ['aroundTheClock'], message }] : []
}
