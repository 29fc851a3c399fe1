import type { Board, Choice, Instant, RoutingTerms, WorkItem } from '@guichet/domain'
import { createChooser, elapsed } from '@guichet/domain'

/** For how many milliseconds who is on shift is taken to stay so. */
const sameShiftMs = 1_000

/** Chooses agents for one ticket after the other, on the board as it is. */
export type ChooseOnBoard = (at: Instant) => (item: WorkItem) => Choice

/**
 * What has been found out of an agent is kept until they change, or the terms do. In one go, nobody is looked for twice for
 * tickets that ask for the same: whoever could not be found for the first has not come since, whoever has declined the next.
 */
export function chooseOnBoard(board: Board, terms: () => RoutingTerms): ChooseOnBoard {
  let kept:
    | { readonly terms: RoutingTerms; readonly at: Instant; readonly choose: ReturnType<typeof createChooser> }
    | undefined
  const chooserAt = (at: Instant): ReturnType<typeof createChooser> => {
    const inForce = terms()
    const stale = inForce.onShift !== undefined && kept && elapsed(kept.at, at) >= sameShiftMs
    if (kept?.terms !== inForce || stale) kept = { terms: inForce, at, choose: createChooser(inForce, at) }
    return kept.choose
  }
  return (at) => {
    const choose = chooserAt(at)
    const inVain = new Map<string, Choice>()
    return (item) => {
      const { category, language, channel, priority, routing, level, handedDown } = item
      const { declined } = routing
      const asked = `${category ?? ''}\n${language}\n${channel}\n${level ?? 1}${handedDown ? '-' : ''}`
      const known = inVain.get(asked)
      if (known) return known
      const choice = choose(
        { category, language, channel, priority, declined, level, handedDown },
        board.roster.colleagues(),
      )
      if (choice.kind === 'nobody' && choice.excluded.declined === undefined) inVain.set(asked, choice)
      return choice
    }
  }
}
