import { h, redraw, setText } from '../page/dom.ts'
import { directionOf } from '../page/formats.ts'
import { fill } from '../page/words.ts'
import type { ArticleDesk } from './article-desk.ts'
import { actionButton, choice, languageName, nameOf, stateOf } from './article-desk.ts'
import type { ArticleHits, ArticlePage, Categories, Category, ListedArticle } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import { brokenLinkLines } from './broken-links.ts'
import { addressOf } from './routes.ts'

/** A part of the page: what is shown, and how to read it again. */
export type Screen = {
  readonly element: HTMLElement
  /** Reads anew what others may have changed; what is typed stays. */
  refresh(): Promise<void>
  close(): void
}

/** What is chosen in the list; it stays while the page is open. */
export type ListChoice = { language: string; state: string; categoryId: string; query: string }

/** What is chosen in a list that was not used yet. */
export const unfiltered = (): ListChoice => ({ language: '', state: '', categoryId: '', query: '' })

/** The states of `ArticleTextState`; the others are words of this page. */
const textStates = ['DRAFT', 'IN_REVIEW', 'APPROVED', 'PUBLISHED', 'STALE', 'PHRASES_SUGGESTED']

/** Lists the articles, those that wait for a review first, with their categories beside them. */
export function createArticleList(desk: ArticleDesk, chosen: ListChoice, languages: readonly string[]): Screen {
  const { words, formats } = desk
  const search = h('input', {
    type: 'search',
    name: 'query',
    'aria-label': words.search,
    placeholder: words.search,
    dir: 'auto',
  })
  search.value = chosen.query
  const language = choice(
    words.language,
    [['', words.anyLanguage], ...languages.map((each) => [each, languageName(each, formats)] as const)],
    chosen.language,
  )
  const state = choice(
    words.state,
    [
      ['', words.anyState],
      ['DRAFT', words.draft],
      ['IN_REVIEW', words.inReview],
      ['APPROVED', words.approved],
      ['PUBLISHED', words.published],
      ['STALE', words.stale],
      ['PHRASES_SUGGESTED', words.phrasesSuggested],
      ['BROKEN_LINKS', words.brokenLinks],
      ['ARCHIVED', words.archived],
    ],
    chosen.state,
  )
  const results = h('div', { class: 'results' })
  const categories = h('nav', { 'aria-label': words.categories })
  /** Counts what was asked for: the answer to an earlier choice is dropped. */
  let turn = 0
  /** How many pages of each section were read: as many are read again. */
  const pagesRead = new Map<string, number>()

  const filterOf = (textState?: string): object => ({
    status: [chosen.state === 'ARCHIVED' ? 'ARCHIVED' : 'ACTIVE'],
    ...(chosen.categoryId !== '' && { categoryId: chosen.categoryId }),
    ...(chosen.language !== '' && { language: chosen.language }),
    ...(textState !== undefined && { state: textState }),
  })
  const itemOf = (article: ListedArticle): HTMLElement => listItem(desk, article, chosen.language)

  /** The articles of a filter, twenty at a time, under a heading; undefined where they could not be read. */
  const section = async (
    heading: string,
    filter: object,
    isListed: (article: ListedArticle) => boolean,
    document: string = articleDocuments.articles,
  ): Promise<HTMLElement | undefined> => {
    const list = h('ul', { class: 'articles' })
    const none = h('p', { hidden: true }, words.none)
    /** Reads a page; returns after what the next one begins, null after the last one. */
    const read = async (after: string | null): Promise<string | null | undefined> => {
      const page = await desk.ask<ArticlePage>(document, { filter, after })
      if (!page) return undefined
      const { nodes, pageInfo } = page.articles
      const next = pageInfo.hasNextPage ? pageInfo.endCursor : null
      list.append(...nodes.filter(isListed).map(itemOf))
      none.hidden = list.childElementCount > 0 || next !== null
      more.replaceChildren(...(next === null ? [] : [actionButton(words.more, () => readMore(next))]))
      return next
    }
    const readMore = async (after: string): Promise<void> => {
      const before = list.childElementCount
      if ((await read(after)) === undefined) return
      pagesRead.set(heading, (pagesRead.get(heading) ?? 1) + 1)
      // The button is gone, or another one: the focus goes on with what was read.
      ;(list.children[before] ?? more).querySelector<HTMLElement>('a, button')?.focus()
    }
    const more = h('p', {})
    let next = await read(null)
    if (next === undefined) return undefined
    for (let page = 1; page < (pagesRead.get(heading) ?? 1) && typeof next === 'string'; page++) next = await read(next)
    return h('section', { 'aria-label': heading }, h('h2', {}, heading), none, list, more)
  }

  const sections = async (): Promise<readonly (HTMLElement | undefined)[]> => {
    if (chosen.query !== '') return hits()
    if (chosen.state === 'BROKEN_LINKS') {
      const isBroken = ({ brokenLinks }: ListedArticle): boolean => (brokenLinks?.length ?? 0) > 0
      return [await section(words.brokenLinks, filterOf('PUBLISHED'), isBroken, articleDocuments.brokenLinks)]
    }
    const textState = textStates.includes(chosen.state) ? chosen.state : undefined
    if (chosen.state !== '') {
      const [option] = state.select.selectedOptions
      return [await section(option?.text ?? '', filterOf(textState), () => true)]
    }
    const waits = ({ translations }: ListedArticle): boolean =>
      translations.some(
        (each) => each.inReview !== null && (chosen.language === '' || each.language === chosen.language),
      )
    return Promise.all([
      section(words.waiting, filterOf('IN_REVIEW'), () => true),
      section(words.others, filterOf(), (article) => !waits(article)),
    ])
  }
  const hits = async (): Promise<readonly (HTMLElement | undefined)[]> => {
    const filter = chosen.categoryId === '' ? null : { categoryId: chosen.categoryId }
    const variables = { query: chosen.query, language: chosen.language || null, filter }
    const answer = await desk.ask<ArticleHits>(articleDocuments.search, variables)
    if (!answer) return [undefined]
    const articles = answer.articleSearch.hits.map(({ article }) => itemOf(article))
    return [
      h('h2', {}, words.search),
      articles.length === 0 ? h('p', {}, words.none) : h('ul', { class: 'articles' }, ...articles),
    ]
  }

  const refresh = async (): Promise<void> => {
    const mine = ++turn
    const [lists, answer] = await Promise.all([
      sections(),
      desk.ask<Categories>(articleDocuments.categories, { language: formats.locale }),
    ])
    if (mine !== turn) return
    const read = lists.filter((each) => each !== undefined)
    // What could not be read again stays as it was.
    if (read.length === lists.length) redraw(results, ...read)
    if (answer) redraw(categories, ...categoryTree(desk, answer.articleCategories, chosen.categoryId, choose))
  }
  const chooseOther = (): void => {
    pagesRead.clear()
    void refresh()
  }
  const choose = (categoryId: string): void => {
    chosen.categoryId = categoryId
    for (const button of categories.querySelectorAll('button'))
      button.ariaCurrent = button.dataset['category'] === categoryId ? 'true' : null
    chooseOther()
  }
  language.select.addEventListener('change', () => {
    chosen.language = language.select.value
    chooseOther()
  })
  state.select.addEventListener('change', () => {
    chosen.state = state.select.value
    // A search finds what is published, in whatever state the next revision is.
    chosen.query = search.value = ''
    chooseOther()
  })
  const form = h(
    'form',
    {
      role: 'search',
      class: 'filters',
      onsubmit: (event) => {
        event.preventDefault()
        chosen.query = search.value.trim()
        chooseOther()
      },
    },
    search,
    h('button', { 'aria-label': words.search }, '⌕'),
    language.element,
    state.element,
  )
  return {
    element: h('div', { class: 'desk' }, categories, h('div', { class: 'sheet' }, form, results)),
    refresh,
    close: () => void turn++,
  }
}

/** An article in a list, with a link to the text in a language, or in its first one. */
export function listItem({ words, formats }: ArticleDesk, article: ListedArticle, language: string): HTMLElement {
  const { key, translations, status, audience, brokenLinks = [] } = article
  const text =
    translations.find((each) => each.language === language) ??
    translations.find((each) => each.language === article.language)
  const latest = text?.latest
  const shownIn = text?.language ?? article.language
  const states = translations.map((each) =>
    h(
      'li',
      {},
      h('a', { href: addressOf(key, each.language) }, languageName(each.language, formats)),
      `: ${stateOf(each, words)}`,
    ),
  )
  const facts = [
    words[audience === 'PUBLIC' ? 'public' : 'internal'],
    ...(status === 'ARCHIVED' ? [words.archived] : []),
    ...(latest
      ? [fill(words.by, formats.number(latest.number), nameOf(latest.author)), formats.full(latest.writtenAt)]
      : []),
  ]
  const line = h('p', { class: 'facts' })
  setText(line, facts.join(' · '))
  return h(
    'li',
    {},
    h(
      'a',
      { class: 'title', href: addressOf(key, shownIn), lang: shownIn, dir: directionOf(shownIn) },
      latest?.title ?? key,
    ),
    line,
    h('ul', { class: 'states' }, ...states),
    ...brokenLinkLines(brokenLinks, words),
  )
}

/** The tree of categories as buttons, each with how many articles are in it. */
function categoryTree(
  { words, formats }: ArticleDesk,
  categories: readonly Category[],
  chosen: string,
  choose: (categoryId: string) => void,
): readonly HTMLElement[] {
  const button = (key: string, label: string): HTMLElement =>
    h(
      'button',
      {
        type: 'button',
        'data-category': key,
        'aria-current': key === chosen ? 'true' : undefined,
        onclick: () => choose(key),
      },
      h('span', { dir: 'auto' }, label),
    )
  const below = (parent: string | undefined): readonly HTMLElement[] => {
    const children = categories.filter((each) => each.parent?.key === parent)
    if (children.length === 0) return []
    const items = children.map(({ key, text, articles }) =>
      h('li', {}, button(key, `${text?.name ?? key} (${formats.number(articles)})`), ...below(key)),
    )
    return [h('ul', {}, ...items)]
  }
  return [h('h2', {}, words.categories), button('', words.allCategories), ...below(undefined)]
}
