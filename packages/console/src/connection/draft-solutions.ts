import { h } from '../page/dom.ts'
import type { DraftSolutions, SolutionListOptions } from '../page/solution-list.ts'
import { Refused, Unreachable } from './refusals.ts'
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
 * for it. Nothing where the desk refuses to say, or cannot be reached.
 */
export async function showSolutions(
  transport: Asking,
  id: string,
  { language, ...options }: SolutionOptions,
): Promise<readonly HTMLElement[]> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const list = await loadList().catch(notLoaded)
    const answer = list && (await transport.ask<Answer>(list.draftSolutions, { id, language }).catch(nothingYet))
    if (answer === 'refused') return []
    if (list && answer?.node) return list.solutionList(answer.node, { h, ...options })
    await transport.pause(attempt)
  }
  return []
}

async function loadList() {
  const { draftSolutions, solutionList } = await import('../page/solution-list.ts')
  return { draftSolutions, solutionList }
}

/** A script that cannot be loaded now is loaded again; its own errors are thrown. */
function notLoaded(error: unknown): undefined {
  if (!(error instanceof TypeError)) throw error
}

type Answer = { readonly node: DraftSolutions | null }

/** What a failed request says: whether the desk has refused it; undefined where it may be sent again. Any other error is thrown. */
function nothingYet(error: unknown): 'refused' | undefined {
  if (error instanceof Refused) return 'refused'
  if (!(error instanceof Unreachable)) throw error
  return undefined
}
