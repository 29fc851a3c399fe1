import type { Instant } from '@guichet/domain'
import { later, minutes } from '@guichet/domain'
import type { DayOf } from '@guichet/projections'

/** A day is over five minutes after its midnight: what was stored at its last moment can be read by then. */
const afterMidnight = minutes(5)

/** The most days that are published at once. */
const mostDays = 31

/** The last day that is over at an instant, `YYYY-MM-DD`. */
export const lastFinishedDay = (now: Instant, dayOf: DayOf): string => plusDays(dayOf(later(now, -afterMidnight)), -1)

/** The days to publish: after the last one published, at most the latest 31; undefined when there are none. */
export function unpublishedDays(
  publishedUntil: string,
  lastFinished: string,
): { readonly first: string; readonly last: string } | undefined {
  if (publishedUntil >= lastFinished) return undefined
  const next = plusDays(publishedUntil, 1)
  const earliest = plusDays(lastFinished, 1 - mostDays)
  return { first: next > earliest ? next : earliest, last: lastFinished }
}

function plusDays(day: string, days: number): string {
  const moved = new Date(`${day}T00:00:00.000Z`)
  moved.setUTCDate(moved.getUTCDate() + days)
  return moved.toISOString().slice(0, 10)
}
