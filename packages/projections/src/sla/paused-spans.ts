import type { Instant, ServiceClocks } from '@guichet/domain'
import { latest } from '@guichet/domain'
import type { PausedSpan } from './target-row.ts'

/**
 * When a target's clock stood still, from its beginning on, of the pauses that concern it; undefined where it never did.
 * @param end when the clock ended, if it has.
 */
export function pausedSpans(
  pauses: ServiceClocks['pauses'],
  since: Instant,
  end?: Instant,
): readonly PausedSpan[] | undefined {
  const spans = pauses.flatMap(({ from, to = end }): PausedSpan[] => {
    if (to === undefined) return [{ from: latest(from, since) }]
    return to > since ? [{ from: latest(from, since), to }] : []
  })
  return spans.length === 0 ? undefined : spans
}
