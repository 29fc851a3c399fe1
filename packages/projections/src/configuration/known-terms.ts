import type { ConfigurationEvent, DomainEvent, Instant, TermsTimeline, TermsVersion } from '@guichet/domain'
import { termsOf } from '@guichet/domain'

/** The terms that tickets are, were and will be run by, as far as was known at an instant: by what had been applied by then. */
export type KnownTerms = (at: Instant) => TermsTimeline

/**
 * What was known of the terms at each instant.
 * @param history the configuration's events in their order, maybe among others.
 * @param base the terms until a configuration has been applied.
 */
export function knownTerms(
  history: readonly { readonly event: DomainEvent }[],
  base: Omit<TermsVersion, 'from'>,
): KnownTerms {
  const applied = history.flatMap(({ event }) => (isApplied(event) ? event : []))
  const timelines = new Map<number, TermsTimeline>()
  return (instant) => {
    const count = applied.findLastIndex(({ at }) => at <= instant) + 1
    const timeline = timelines.get(count) ?? termsOf(applied.slice(0, count), base)
    timelines.set(count, timeline)
    return timeline
  }
}

const isApplied = (event: DomainEvent): event is ConfigurationEvent => event.type === 'ConfigurationApplied'
