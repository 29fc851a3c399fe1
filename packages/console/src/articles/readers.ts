import { h } from '../page/dom.ts'
import { fill } from '../page/words.ts'
import { actionButton, nameOf } from './article-desk.ts'
import type { Rating, ReadersAnswer } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import type { ArticlePart, ArticlePlace } from './article-part.ts'

/** What readers make of a text: how many have opened it, how many it has helped, and what they say. It is read when it is opened. */
export function createReaders({ desk, articleKey, language }: ArticlePlace): ArticlePart {
  const { words, formats } = desk
  const figures = h('div', {})
  const list = h('ul', { class: 'articles' })
  const more = h('p', {})
  /** Counts what was asked for: the answer to an earlier question is dropped. */
  let turn = 0
  const percent = (share: number): string => formats.number(Math.round(share * 100))
  const figuresOf = ({ views, helpful, unhelpful, helpfulShare, stars }: Readership): readonly string[] => {
    const { value, aim, met } = helpfulShare
    const ratings = helpful + unhelpful
    return [
      fill(words.views, formats.number(views)),
      value === null
        ? words.ratingsNone
        : `${fill(words.helpfulShare, percent(value), formats.number(ratings), percent(aim))} ${met ? words.aimMet : words.aimMissed}`,
      ...(stars === null ? [] : [fill(words.starsOfDesk, formats.number(Math.round(stars * 10) / 10))]),
    ]
  }
  const itemOf = ({ helpful, stars, comment, by, ratedAt }: Rating): HTMLElement =>
    h(
      'li',
      {},
      h(
        'p',
        { class: 'facts', dir: 'auto' },
        [
          helpful ? words.helpful : words.unhelpful,
          ...(stars === null ? [] : [fill(words.stars, formats.number(stars))]),
          nameOf(by),
          formats.full(ratedAt),
        ].join(' · '),
      ),
      ...(comment === null ? [] : [h('p', { dir: 'auto' }, comment)]),
    )
  const read = async (after: string | null): Promise<void> => {
    const mine = after === null ? ++turn : turn
    const variables = { id: articleKey, language, after }
    const answer = await desk.ask<ReadersAnswer>(articleDocuments.readers, variables)
    if (mine !== turn || !answer?.article) return
    const { readership, ratings } = answer.article
    const before = after === null ? 0 : list.childElementCount
    const items = (ratings?.nodes ?? []).map(itemOf)
    if (after === null) {
      figures.replaceChildren(...(readership ? figuresOf(readership) : []).map((line) => h('p', {}, line)))
      list.replaceChildren(...items)
    } else list.append(...items)
    const { hasNextPage = false, endCursor = null } = ratings?.pageInfo ?? {}
    more.replaceChildren(...(hasNextPage ? [actionButton(words.more, () => read(endCursor))] : []))
    if (after === null) return
    const first = list.children[before] as HTMLElement | undefined
    if (!first) return
    first.tabIndex = -1
    first.focus()
  }
  const element = h('details', { class: 'sheet' }, h('summary', {}, words.readers), figures, list, more)
  element.addEventListener('toggle', () => element.open && void read(null))
  return {
    element,
    update: async ({ translations }) => {
      const text = translations.find((each) => each.language === language)
      element.hidden = !text?.latest
    },
  }
}

type Readership = NonNullable<NonNullable<ReadersAnswer['article']>['readership']>
