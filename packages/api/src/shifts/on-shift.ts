import type { Instant, RoutingTerms, TermsTimeline } from '@guichet/domain'
import { routingTermsAt } from '@guichet/domain'

type Working = Parameters<NonNullable<RoutingTerms['onShift']>>[0]

/** Whether it is time for an agent to work at an instant; it always is for who has neither a shift nor a centre with hours. */
export function onShiftAt(timeline: TermsTimeline, at: Instant): (agent: Working) => boolean {
  const { onShift } = routingTermsAt(timeline, at)
  return (agent) => onShift?.(agent, at) ?? true
}
