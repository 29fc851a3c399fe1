import type { h as makeElement } from './dom.ts'

/** The operation that reads what is shown; it is loaded with the list. */
export const draftSolutions = `query DraftSolutions($id: ID!, $language: String!) {
  node(id: $id) {
    ... on Draft {
      similarTickets {
        number subject conversation(last: 20) { nodes { kind author { kind name } body } }
      }
      suggestedArticles { address(language: $language) translation(language: $language) { published { title } } }
    }
  }
}`

type Author = { readonly kind: string; readonly name: string | null }
type Message = { readonly kind: string; readonly author: Author; readonly body: string }
type SolvedTicket = {
  readonly number: number
  readonly subject: string
  readonly conversation: { readonly nodes: readonly Message[] }
}
type SuggestedArticle = {
  readonly address: string | null
  readonly translation: { readonly published: { readonly title: string } | null } | null
}

/** What may solve the trouble of a draft: solved tickets about it, the latest first, and articles, the best first. */
export type DraftSolutions = {
  readonly similarTickets?: readonly SolvedTicket[]
  readonly suggestedArticles?: readonly SuggestedArticle[]
}

/** How the list is shown; it is handed over, so that its script imports no other one. */
export type SolutionListOptions = {
  readonly h: typeof makeElement
  /** What stands above the tickets, and above the articles. */
  readonly titles: { readonly tickets: string; readonly articles: string }
  readonly nameOf: (author: Author) => string
  /** Whether articles are named that nobody can be linked to. */
  readonly showsUnlinked: boolean
}

/**
 * Shows each solved ticket with the last answer of the desk, and its conversation when it is opened; and links to the
 * articles. Nothing where there is neither.
 */
export function solutionList(
  { similarTickets = [], suggestedArticles = [] }: DraftSolutions,
  { h, titles, nameOf, showsUnlinked }: SolutionListOptions,
): readonly HTMLElement[] {
  const text = (body: string): HTMLElement => h('blockquote', { dir: 'auto' }, body)
  const ticketItem = ({ number, subject, conversation: { nodes } }: SolvedTicket): HTMLElement => {
    const answer = nodes.findLast(({ kind }) => kind === 'AGENT')
    return h(
      'li',
      {},
      h(
        'details',
        {},
        h('summary', { dir: 'auto' }, `#${number} ${subject}`),
        ...nodes.flatMap(({ author, body }) => [h('b', { dir: 'auto' }, nameOf(author)), text(body)]),
      ),
      ...(answer ? [text(answer.body)] : []),
    )
  }
  const articleItem = ({ address, translation }: SuggestedArticle): readonly HTMLElement[] => {
    const title = translation?.published?.title
    if (title === undefined || (address === null && !showsUnlinked)) return []
    const link = address === null ? title : h('a', { href: address, target: '_blank', rel: 'noopener' }, title)
    return [h('li', { dir: 'auto' }, link)]
  }
  const part = (title: string, items: readonly HTMLElement[]): readonly HTMLElement[] =>
    items.length === 0 ? [] : [h('p', { dir: 'auto' }, title), h('ul', {}, ...items)]
  return [
    ...part(titles.articles, suggestedArticles.flatMap(articleItem)),
    ...part(titles.tickets, similarTickets.map(ticketItem)),
  ]
}
