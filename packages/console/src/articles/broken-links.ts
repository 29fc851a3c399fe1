import { h } from '../page/dom.ts'
import type { BrokenLink } from './article-documents.ts'
import type { ArticleWords } from './words-english.ts'
import { addressOf } from './routes.ts'

/** Says which links readers cannot follow, and why; nothing where there is none. */
export function brokenLinkLines(links: readonly BrokenLink[], words: ArticleWords): readonly HTMLElement[] {
  if (links.length === 0) return []
  const faults: Readonly<Record<string, string | undefined>> = words
  const lines = links.map(({ articleId, anchor, fault }) =>
    h(
      'li',
      {},
      h('a', { href: addressOf(articleId) }, h('bdi', {}, anchor === null ? articleId : `${articleId}#${anchor}`)),
      `: ${faults[fault] ?? fault}`,
    ),
  )
  return [h('div', { class: 'faults' }, h('p', {}, words.linkFaults), h('ul', {}, ...lines))]
}
