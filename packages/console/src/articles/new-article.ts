import { h } from '../page/dom.ts'
import type { ArticleDesk } from './article-desk.ts'
import { choice } from './article-desk.ts'
import { audienceChoice, categoryOptions } from './article-details.ts'
import type { Categories } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import type { Screen } from './article-list.ts'
import { languageField } from './language-field.ts'
import { addressOf } from './routes.ts'
import { createTextFields, emptyText, isSameText, keepTyped, sentText, unsavedText } from './text-fields.ts'

/** The form of a new article: what is typed is kept in the tab until the draft is created. */
export function createNewArticle(desk: ArticleDesk, title: string, language: string): Screen {
  const { words, drafts, formats } = desk
  /** What is written about a search is not what somebody else's article was begun with. */
  const place = title === '' ? 'new' : `new:${title}`
  let isClosed = false
  const first = { ...emptyText, title }
  const isUnsaved = (): boolean => !isSameText(fields.value(), first)
  const keep = (): void => {
    const draft = { ...fields.value(), basedOn: 0, language: written.input.value }
    drafts.keep(place, isUnsaved() ? JSON.stringify(draft) : '')
  }
  const fields = createTextFields(desk, () => typed.soon())
  const typed = keepTyped(keep, isUnsaved)
  const written = languageField(words.language, language || formats.locale.slice(0, 2))
  const audience = audienceChoice(words)
  const category = choice(words.category, [['', words.noCategory]])
  const setLanguage = (): void => fields.writtenIn(written.input.value)
  written.input.addEventListener('input', setLanguage)
  const button = h('button', { class: 'primary' }, words.create)
  const heading = h('h2', { tabindex: '-1' }, words.newArticle)
  const create = async (): Promise<void> => {
    if (!fields.areShortEnough()) return
    const text = fields.value()
    const writtenIn = written.input.value.trim()
    const { article } = await desk
      .send('createArticle', {
        language: writtenIn,
        ...sentText(text),
        audience: audience.select.value,
        categoryId: category.select.value || null,
      })
      .then((outcome) => (outcome.code === undefined ? outcome : { article: undefined }))
    if (!article) return keep()
    // What was typed meanwhile goes on as a text of the article that is not saved.
    const typedSince = fields.value()
    if (!isSameText(typedSince, text))
      drafts.keep(`${article.key}:${writtenIn}`, JSON.stringify({ ...typedSince, basedOn: 1 }))
    fields.set(first)
    drafts.keep(place, '')
    // Who has left is not called back.
    if (isClosed) return desk.say(words.created)
    // The move to the article says nothing of its own, and empties what was said before.
    window.addEventListener('hashchange', () => desk.say(words.created), { once: true })
    location.hash = addressOf(article.key, writtenIn)
  }
  const draft = unsavedText(drafts, place)
  fields.set({ ...first, ...draft })
  if (draft?.language) written.input.value = draft.language
  setLanguage()
  return {
    element: h(
      'div',
      {},
      h('p', {}, h('a', { href: '#' }, words.back)),
      heading,
      h(
        'form',
        {
          class: 'editor sheet',
          onsubmit: (event) => {
            event.preventDefault()
            if (button.disabled) return
            button.disabled = true
            void create().finally(() => (button.disabled = false))
          },
        },
        h('div', { class: 'filters' }, written.element, audience.element, category.element),
        ...fields.elements,
        h('div', { class: 'chat-actions' }, button),
      ),
    ),
    refresh: async () => {
      const answer = await desk.ask<Categories>(articleDocuments.categories, { language: formats.locale })
      if (!answer) return
      const before = category.select.value
      const options = categoryOptions(answer.articleCategories, words)
      category.select.replaceChildren(...options.map(([value, text]) => h('option', { value }, text)))
      category.select.value = before
    },
    close: () => {
      isClosed = true
      typed.stop()
    },
  }
}
