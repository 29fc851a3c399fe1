import { h, redraw } from '../page/dom.ts'
import { fill } from '../page/words.ts'
import type { ArticleDesk } from './article-desk.ts'
import { languageName } from './article-desk.ts'
import type { WritingAnswer } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import type { Screen } from './article-list.ts'
import { addressOf, newAddress } from './routes.ts'
import { suggestedPhrase } from './suggested-phrase.ts'

/** What to write next: what was searched without result, and the words that the desk suggests for articles. */
export function createWhatToWrite(desk: ArticleDesk): Screen {
  const { words, formats } = desk
  const heading = h('h2', { tabindex: '-1' }, words.whatToWrite)
  const searches = h('ul', { class: 'articles' })
  const suggestions = h('ul', { class: 'articles' })
  let turn = 0
  const decided = async (): Promise<void> => {
    await refresh()
    heading.focus()
  }
  const refresh = async (): Promise<void> => {
    const mine = ++turn
    const answer = await desk.ask<WritingAnswer>(articleDocuments.writing, {})
    if (mine !== turn || !answer) return
    const { searchesWithoutResult, articles } = answer
    redraw(
      searches,
      ...searchesWithoutResult.map(({ query, language, people }) =>
        h(
          'li',
          {},
          h(
            'span',
            { dir: 'auto' },
            fill(words.searchEmpty, query, languageName(language, formats), formats.number(people)),
          ),
          ' ',
          ...(desk.mayWrite ? [h('a', { href: newAddress(query, language) }, fill(words.writeIt, query))] : []),
        ),
      ),
    )
    redraw(
      suggestions,
      ...articles.nodes.flatMap(({ key, translations }) =>
        translations
          .filter(({ suggestedPhrases }) => suggestedPhrases.length > 0)
          .map(({ language, latest, suggestedPhrases }) =>
            h(
              'li',
              {},
              h(
                'a',
                { class: 'title', href: addressOf(key, language), lang: language, dir: 'auto' },
                latest?.title ?? key,
              ),
              h(
                'ul',
                {},
                ...suggestedPhrases.map((each) => suggestedPhrase(desk, { articleId: key, language }, each, decided)),
              ),
            ),
          ),
      ),
    )
    for (const list of [searches, suggestions]) if (list.childElementCount === 0) list.append(h('li', {}, words.none))
  }
  return {
    element: h(
      'div',
      {},
      h('p', {}, h('a', { href: '#' }, words.back)),
      heading,
      h('section', { class: 'sheet', 'aria-label': words.searchesEmpty }, h('h3', {}, words.searchesEmpty), searches),
      h('section', { class: 'sheet', 'aria-label': words.suggestions }, h('h3', {}, words.suggestions), suggestions),
    ),
    refresh,
    close: () => void turn++,
  }
}
