import { h } from '../page/dom.ts'
import type { DraftSolutions, SolutionListOptions } from '../page/solution-list.ts'
import { Refused } from './refusals.ts'
import type { Transport } from './transport.ts'

type Asking = Pick<Transport, 'ask' | 'pause'>

/** How what may solve the trouble of a draft is shown, on either page. */
export type SolutionOptions = Omit<SolutionListOptions, 'h'> & {
  /** The language of the titles of articles. */
  readonly language: string
}

/** Read models show a draft a moment after its customer has it, and a script may not come at once. */
const mostAttempts = 4

/**
 * Reads what may solve the trouble of a draft, and shows it by a script that is loaded for the first one: no page waits
 * for it. Nothing where the desk cannot say.
 */
export async function showSolutions(
  transport: Asking,
  id: string,
  { language, ...options }: SolutionOptions,
): Promise<readonly HTMLElement[]> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    try {
      const { draftSolutions, solutionList } = await import('../page/solution-list.ts')
      const { node } = await transport.ask<{ readonly node: DraftSolutions | null }>(draftSolutions, { id, language })
      if (node) return solutionList(node, { h, ...options })
    } catch (error) {
      if (error instanceof Refused) return []
    }
    await transport.pause(attempt)
  }
  return []
}
