import type { Board, Choice, Instant, RoutingTerms, WorkItem } from '@guichet/domain'
import { createChooser } from '@guichet/domain'

/**
 * Chooses agents for one ticket after the other, on the board as it is. In one go, nobody is looked for twice for tickets that ask for
 * the same: whoever could not be found for the first has not come since.
 */
export function chooser(board: Board, terms: () => RoutingTerms): (at: Instant) => (item: WorkItem) => Choice {
  return (at) => {
    const choose = createChooser(terms(), at)
    const inVain = new Map<string, Choice>()
    return (item) => {
      const { category, language, channel, priority, routing } = item
      const { declined } = routing
      const asked = declined.length > 0 ? undefined : `${category ?? ''}\n${language}\n${channel}`
      const known = asked === undefined ? undefined : inVain.get(asked)
      if (known) return known
      const wanted = { category, language, channel, priority, declined }
      const choice = choose(wanted, board.roster.colleagues())
      if (choice.kind === 'nobody' && asked !== undefined) inVain.set(asked, choice)
      return choice
    }
  }
}
