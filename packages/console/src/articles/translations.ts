import { h, redraw } from '../page/dom.ts'
import { directionOf } from '../page/formats.ts'
import { fill } from '../page/words.ts'
import { actionButton, languageName, stateOf } from './article-desk.ts'
import type { Article, SourceAnswer } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import type { ArticlePart, ArticlePlace } from './article-part.ts'
import { showComparison } from './comparison.ts'
import { languageField } from './language-field.ts'
import { addressOf } from './routes.ts'

/** The languages of an article; `source` is, of a translation, the text that it follows. */
export function createTranslations({
  desk,
  articleKey,
  language,
  changed,
}: ArticlePlace): ArticlePart & { readonly source: HTMLElement } {
  const { words, formats } = desk
  const list = h('ul', { class: 'states' })
  const source = h('div', {})
  const other = languageField(words.addLanguage)
  const add = h(
    'form',
    {
      class: 'field-form',
      onsubmit: (event) => {
        event.preventDefault()
        location.hash = addressOf(articleKey, other.input.value.trim())
      },
    },
    other.element,
    h('button', {}, words.open),
  )
  /** The revisions that the source was shown for: it is read again when one of them is another. */
  let shownFor = ''
  /** Counts what was asked for: the answer to an earlier question is dropped. */
  let turn = 0

  const showSource = async ({ language: first, translations }: Article): Promise<void> => {
    const mine = translations.find((each) => each.language === language)
    const original = translations.find((each) => each.language === first)
    const state = `${original?.latest?.number}:${mine?.follows}:${mine?.latest?.number}`
    if (first === language || state === shownFor) return
    const question = ++turn
    const answer = await desk.ask<SourceAnswer>(articleDocuments.source, { id: articleKey, language, source: first })
    const text = answer?.article?.source?.latest
    if (!text || question !== turn) return
    shownFor = state
    const translation = answer.article?.translation
    const isOpen = source.querySelector('details')?.open ?? true
    const heading = fill(words.source, languageName(first, formats), formats.number(text.number))
    const comparison = translation?.language === language ? translation.sourceComparison : null
    const isChanged = comparison !== null && comparison.from.number !== comparison.to.number
    const confirm = (): Promise<void> =>
      desk
        .send('confirmArticleTranslation', { articleId: articleKey, language, follows: text.number })
        .then(async ({ code }) => {
          if (code === undefined) desk.say(words.done)
          await changed()
        })
    const details = h(
      'details',
      { class: 'sheet source' },
      h('summary', {}, heading),
      ...(isChanged
        ? [
            h('p', {}, fill(words.sourceChanges, formats.number(comparison.to.number))),
            showComparison(comparison, first, desk),
          ]
        : mine
          ? [h('p', {}, words.sourceSame)]
          : []),
      ...(desk.mayWrite && mine && mine.follows !== text.number ? [actionButton(words.confirm, confirm)] : []),
      h('h4', { lang: first, dir: directionOf(first) }, text.title),
      h(
        'pre',
        { lang: first, dir: directionOf(first), tabindex: '0', role: 'region', 'aria-label': heading },
        text.body,
      ),
    )
    details.open = isOpen
    redraw(source, details)
  }

  return {
    element: h(
      'section',
      { class: 'sheet', 'aria-label': words.languages },
      h('h3', {}, words.languages),
      list,
      ...(desk.mayWrite ? [add] : []),
    ),
    source,
    update: async (article) => {
      redraw(
        list,
        ...article.translations.map((each) =>
          h(
            'li',
            {},
            h(
              'a',
              {
                href: addressOf(articleKey, each.language),
                'aria-current': each.language === language ? 'page' : undefined,
              },
              languageName(each.language, formats),
            ),
            `: ${stateOf(each, words)}${each.language === article.language ? ` (${words.firstLanguage})` : ''}`,
          ),
        ),
      )
      await showSource(article)
    },
  }
}
