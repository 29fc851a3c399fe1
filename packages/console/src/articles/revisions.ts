import { h, redraw } from '../page/dom.ts'
import { directionOf } from '../page/formats.ts'
import { fill } from '../page/words.ts'
import { actionButton, nameOf } from './article-desk.ts'
import type { ComparisonAnswer, ListedRevision, RevisionPage } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import type { ArticlePart, ArticlePlace } from './article-part.ts'
import { showComparison } from './comparison.ts'

/** All revisions of a text, the last one first: each is compared with the last one, and written again. */
export function createRevisions({ desk, articleKey, language, changed }: ArticlePlace): ArticlePart {
  const { words, formats } = desk
  const list = h('ol', { class: 'revisions' })
  const more = h('p', {})
  const place = h('div', {})
  let latest = 0
  let shownFor = 0
  /** Count what was asked for: the answer to an earlier question is dropped. */
  let turn = 0
  let comparisons = 0

  const compare = async (from: number): Promise<void> => {
    const mine = ++comparisons
    const answer = await desk.ask<ComparisonAnswer>(articleDocuments.comparison, {
      id: articleKey,
      language,
      from,
      to: latest,
    })
    const comparison = answer?.article?.translation?.comparison
    if (!comparison || mine !== comparisons) return
    const difference = showComparison(comparison, language, desk)
    difference.tabIndex = -1
    place.replaceChildren(difference)
    difference.focus()
  }
  const restore = async (revision: number): Promise<void> => {
    const input = { articleId: articleKey, language, revision, basedOn: latest }
    const { code } = await desk.send('restoreArticleRevision', input)
    if (code === undefined) desk.say(words.done)
    await changed()
  }
  const itemOf = ({ number, title, change, author, writtenAt }: ListedRevision): HTMLElement => {
    const changes: Readonly<Record<string, string>> = { TYPO: words.typo, MINOR: words.minor, MAJOR: words.major }
    const said = fill(
      words.revisionLine,
      formats.number(number),
      nameOf(author),
      formats.full(writtenAt),
      changes[change] ?? change,
    )
    return h(
      'li',
      {},
      h('span', { lang: language, dir: directionOf(language) }, title),
      h('p', { class: 'facts' }, said),
      ...(number === latest
        ? []
        : [
            h(
              'span',
              { class: 'chat-actions' },
              actionButton(fill(words.compareLast, formats.number(number)), () => compare(number)),
              ...(desk.mayWrite
                ? [actionButton(fill(words.restore, formats.number(number)), () => restore(number))]
                : []),
            ),
          ]),
    )
  }
  /** Reads a page; returns whether it was read. */
  const read = async (after: string | null): Promise<boolean> => {
    const mine = after === null ? ++turn : turn
    const answer = await desk.ask<RevisionPage>(articleDocuments.revisions, { id: articleKey, language, after })
    const page = answer?.article?.translation?.revisions
    if (!page || mine !== turn) return page !== undefined
    if (after === null) redraw(list, ...page.nodes.map(itemOf))
    else list.append(...page.nodes.map(itemOf))
    const { hasNextPage, endCursor } = page.pageInfo
    more.replaceChildren(...(hasNextPage ? [actionButton(words.more, () => readMore(endCursor))] : []))
    return true
  }
  const readMore = async (after: string | null): Promise<void> => {
    const before = list.childElementCount
    if (await read(after)) list.children[before]?.querySelector('button')?.focus()
  }
  const show = async (): Promise<void> => {
    if (!details.open || shownFor === latest) return
    const revision = latest
    shownFor = revision
    comparisons++
    place.replaceChildren()
    // What could not be read is read again with the next look at it.
    if (!(await read(null)) && shownFor === revision) shownFor = 0
  }
  const details = h('details', { class: 'sheet' }, h('summary', {}, words.revisions), list, more, place)
  details.addEventListener('toggle', () => void show())
  return {
    element: details,
    update: async ({ translations }) => {
      latest = translations.find((each) => each.language === language)?.latest?.number ?? 0
      details.hidden = latest === 0
      await show()
    },
  }
}
