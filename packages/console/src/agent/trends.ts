import type { TrendsAnswer } from './agent-documents.ts'
import { agentDocuments } from './agent-documents.ts'
import { words } from './agent-language.ts'
import { fill } from '../page/words.ts'
import { codeOf } from '../connection/refusals.ts'
import type { Transport } from '../connection/transport.ts'
import { h, setText } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'

type Options = { readonly transport: Pick<Transport, 'ask'>; readonly formats: Formats }

/** Whether somebody with a role of the API may read trends. */
export const readsTrends = (role: string): boolean => ['AGENT', 'SUPERVISOR', 'ADMIN', 'AUDITOR'].includes(role)

/** Trends and patterns, in tables: read, with the script of the board, when it is opened first, and again by a button. */
export function createTrends({ transport, formats }: Options): HTMLElement {
  const status = h('p', { role: 'status' })
  const problem = h('p', { class: 'problem', role: 'alert' })
  const board = h('div')
  let isReading = false
  /** When the figures on the board were read, in words; empty before they are. */
  let asOf = ''

  const load = async (): Promise<void> => {
    if (isReading) return
    isReading = true
    setText(problem, '')
    setText(status, words.trendsReading)
    const now = Date.now()
    try {
      const { periodsAt, trendParts } = await import('./trend-board.ts')
      const answer = await transport.ask<TrendsAnswer>(agentDocuments.trends, periodsAt(now))
      board.replaceChildren(...trendParts(answer, now, formats))
      asOf = fill(words.asOf, formats.full(new Date(now).toISOString()))
    } catch (error) {
      setText(problem, remedyFor(codeOf(error)))
    } finally {
      setText(status, asOf)
      isReading = false
    }
  }

  const element = h(
    'details',
    { class: 'drafts trends' },
    h('summary', {}, words.trends),
    status,
    problem,
    h('button', { type: 'button', onclick: () => void load() }, words.trendsRefresh),
    board,
  )
  element.addEventListener('toggle', () => element.open && asOf === '' && void load())
  return element
}

const remedies: Readonly<Record<string, string>> = {
  unavailable: words.trendsUnavailable,
  forbidden: words.trendsForbidden,
}

/** What to do where the trends could not be read. */
const remedyFor = (code: string): string => remedies[code] ?? fill(words.trendsRefused, code)
