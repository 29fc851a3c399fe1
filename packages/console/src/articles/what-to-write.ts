import { h } from '../page/dom.ts'
import { fill } from '../page/words.ts'
import type { ArticleDesk } from './article-desk.ts'
import { actionButton, languageName } from './article-desk.ts'
import type { SuggestedPhrase, WritingAnswer } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import type { Screen } from './article-list.ts'
import { addressOf, newAddress } from './routes.ts'

/** What to write next: what was searched without result, and the words that the desk suggests for articles. */
export function createWhatToWrite(desk: ArticleDesk): Screen {
  const { words, formats } = desk
  const heading = h('h2', { tabindex: '-1' }, words.whatToWrite)
  const searches = h('ul', { class: 'articles' })
  const suggestions = h('ul', { class: 'articles' })
  let turn = 0
  const decide = async (
    name: 'addArticlePhrase' | 'removeArticlePhrase',
    input: { readonly articleId: string; readonly language: string; readonly phrase: string },
  ): Promise<void> => {
    const { code } = await desk.send(name, input)
    if (code === undefined) desk.say(words.done)
    await refresh()
    heading.focus()
  }
  const phraseItem = (articleId: string, language: string, { phrase, searches: asked, tickets }: SuggestedPhrase) =>
    h(
      'li',
      {},
      h('span', { dir: 'auto' }, fill(words.phraseSuggested, phrase, formats.number(asked), formats.number(tickets))),
      h(
        'span',
        { class: 'chat-actions' },
        actionButton(fill(words.accept, phrase), () => decide('addArticlePhrase', { articleId, language, phrase })),
        actionButton(fill(words.refuse, phrase), () => decide('removeArticlePhrase', { articleId, language, phrase })),
      ),
    )
  const refresh = async (): Promise<void> => {
    const mine = ++turn
    const answer = await desk.ask<WritingAnswer>(articleDocuments.writing, {})
    if (mine !== turn || !answer) return
    const { searchesWithoutResult, articles } = answer
    searches.replaceChildren(
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
          h('a', { href: newAddress(query, language) }, fill(words.writeIt, query)),
        ),
      ),
    )
    suggestions.replaceChildren(
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
              h('ul', {}, ...suggestedPhrases.map((each) => phraseItem(key, language, each))),
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
