import type { Board, Choice, Instant, RoutingTerms, WorkItem } from '@guichet/domain'
import { createChooser, kindOf } from '@guichet/domain'

/** Chooses agents for one ticket after the other, on the board as it is. */
export type ChooseOnBoard = (at: Instant) => (item: WorkItem) => Choice

/**
 * What has been found out of an agent is kept until they change, or the terms do. In one go, nobody is looked for twice for
 * tickets that ask for the same: whoever could not be found for the first has not come since, whoever has declined the next.
 */
export function chooseOnBoard(board: Board, terms: () => RoutingTerms): ChooseOnBoard {
  let kept:
    | {
        readonly terms: RoutingTerms
        /** When others are on shift. */
        readonly until: Instant | undefined
        readonly choose: ReturnType<typeof createChooser>
      }
    | undefined
  const chooserAt = (at: Instant): ReturnType<typeof createChooser> => {
    const inForce = terms()
    const stale = kept?.until !== undefined && at >= kept.until
    if (kept?.terms !== inForce || stale) {
      kept = { terms: inForce, until: inForce.shiftEnds?.(at), choose: createChooser(inForce, at) }
    }
    return kept.choose
  }
  return (at) => {
    const choose = chooserAt(at)
    const inVain = new Map<string, Choice>()
    return (item) => {
      const { category, language, channel, priority, routing, level, handedDown, towards } = item
      const { declined } = routing
      const asked = kindOf(item)
      const known = inVain.get(asked)
      if (known) return known
      const choice = choose(
        { category, language, channel, priority, declined, level, handedDown, towards },
        board.roster.colleagues(),
      )
      if (choice.kind === 'nobody' && choice.excluded.declined === undefined) inVain.set(asked, choice)
      return choice
    }
  }
}
