import { h, setText } from '../page/dom.ts'
import { directionOf } from '../page/formats.ts'
import type { ArticleDesk } from './article-desk.ts'
import { languageName } from './article-desk.ts'
import type { ArticleAnswer, Categories } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import { createDetails } from './article-details.ts'
import type { Screen } from './article-list.ts'
import type { ArticlePart, ArticlePlace } from './article-part.ts'
import { createPhrases } from './phrases.ts'
import { createPublication } from './publication.ts'
import { createReaders } from './readers.ts'
import { createRevisions } from './revisions.ts'
import { createEditors } from './editors.ts'
import { createTextEditor } from './text-editor.ts'
import { createTranslations } from './translations.ts'

/** Shows an article in a language: its text, and all that is done with it. */
export function createArticleView(desk: ArticleDesk, articleKey: string, language: string): Screen {
  const { words, formats } = desk
  const title = h('h2', { tabindex: '-1' })
  const where = h('p', { class: 'facts' })
  /** Counts what was asked for: the answer to an earlier question is dropped. */
  let turn = 0
  const refresh = async (): Promise<void> => {
    const mine = ++turn
    const [answer, tree] = await Promise.all([
      desk.ask<ArticleAnswer>(articleDocuments.article, { id: articleKey, language }),
      desk.ask<Categories>(articleDocuments.categories, { language: formats.locale }),
    ])
    if (mine !== turn || !answer) return
    const { article } = answer
    if (!article) return setText(title, words.notFound)
    const translation = article.translation?.language === language ? article.translation : null
    const revision = translation?.latest ?? undefined
    setText(title, revision?.title ?? article.translation?.latest?.title ?? articleKey)
    title.lang = revision ? language : (article.translation?.language ?? '')
    title.dir = directionOf(title.lang)
    setText(where, [languageName(language, formats), articleKey].join(' · '))
    if (tree) details.showCategories(tree.articleCategories)
    // All of them begin with this answer: none waits for another, and shows it after a later one.
    const updates = [editor.update(article, revision), ...parts.map((part) => part.update(article))]
    // Not before the fields are filled: what is typed earlier would be lost.
    body.hidden = false
    await Promise.all(updates.map(async (update) => update))
  }
  const place: ArticlePlace = { desk, articleKey, language, changed: refresh }
  const editor = createTextEditor({ desk, articleKey, language, saved: refresh, typed: () => editors.update() })
  const editors = createEditors(place, () => editor.isUnsaved())
  const details = createDetails(place)
  const translations = createTranslations(place)
  const parts: readonly ArticlePart[] = [
    createPublication(place),
    details,
    translations,
    createPhrases(place),
    createReaders(place),
    createRevisions(place),
  ]
  const body = h(
    'div',
    { class: 'article', hidden: true },
    h('div', { class: 'texts' }, translations.source, editor.element),
    h('div', { class: 'beside' }, ...parts.map(({ element }) => element)),
  )
  return {
    element: h(
      'div',
      {},
      h('p', {}, h('a', { href: '#' }, words.back)),
      title,
      where,
      ...(desk.mayWrite ? [] : [h('p', {}, words.readOnly)]),
      editors.element,
      body,
    ),
    refresh,
    close: () => {
      turn++
      editors.close()
      editor.close()
    },
  }
}
