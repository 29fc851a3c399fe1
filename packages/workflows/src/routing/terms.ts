import type { Instant, RoutingTerms } from '@guichet/domain'
import { createChooser, days, instant } from '@guichet/domain'

type Chooser = ReturnType<typeof createChooser>

/** The chooser at an instant. Its findings on an agent are cached until the agent, the terms or the shifts change. */
export function cachedChooser(terms: () => RoutingTerms): (at: Instant) => Chooser {
  let cached:
    | {
        readonly terms: RoutingTerms
        /** When the crews on shift change. */
        readonly until: Instant | undefined
        readonly choose: Chooser
      }
    | undefined
  return (at) => {
    const inForce = terms()
    const stale = cached?.until !== undefined && at >= cached.until
    if (cached?.terms !== inForce || stale) {
      cached = { terms: inForce, until: inForce.shiftEnds?.(at), choose: createChooser(inForce, at) }
    }
    return cached.choose
  }
}

/**
 * When the crews on shift next change, in milliseconds of the epoch: infinity if never, and a day ahead at most, since
 * a timer accepts no more.
 */
export function nextShift({ shiftEnds }: RoutingTerms, now: number): number {
  const at = shiftEnds?.(instant(new Date(now)))
  return at === undefined ? Infinity : Math.min(Date.parse(at), now + days(1))
}
