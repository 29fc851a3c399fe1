import type { BusinessTime, Instant, TicketPolicy } from '@guichet/domain'
import { businessDaysOf, days, later, sinceEpoch, slaFor } from '@guichet/domain'

/**
 * When an urgent ticket begins whose customer is due an update at an instant: by the SLA policy that applies to such a ticket, and
 * where that promises none, by the desk's threshold. Where the policy's calendar is closed at the instant, it is due when
 * that closes; one that is promised in business days is due thereabouts.
 */
export function awaitingUpdate(
  { serviceLevels, urgentUpdateEvery }: TicketPolicy,
  category: string | undefined,
  dueAt: Instant,
): Instant {
  const terms = { category, priority: 'urgent', plan: undefined, team: undefined, level: 1 } as const
  const promised = serviceLevels && slaFor(serviceLevels, terms, 'update')
  const update = promised?.policy.update
  if (!promised || update === undefined) return later(dueAt, -urgentUpdateEvery)
  if (typeof update === 'string') return later(dueAt, -days(businessDaysOf(update) ?? 1))
  return sinceEpoch(backwards(promised.time, Date.parse(dueAt), update))
}

/** The latest instant from which so much business time passes until another. */
function backwards(time: BusinessTime, to: number, length: number): number {
  let from = to - length
  for (let passed = time.between(from, to); passed < length; passed = time.between(from, to)) from -= length - passed
  return from
}
