import { h, redraw, setText } from '../page/dom.ts'
import { directionOf } from '../page/formats.ts'
import { fill } from '../page/words.ts'
import { actionButton } from './article-desk.ts'
import type { ArticlePart, ArticlePlace } from './article-part.ts'
import { suggestedPhrase } from './suggested-phrase.ts'

/** The words in which customers ask for a text: those that authors have stated, and those that the desk suggests. */
export function createPhrases({ desk, articleKey, language, changed }: ArticlePlace): ArticlePart {
  const { words, formats } = desk
  const text = { articleId: articleKey, language }
  const inLanguage = { lang: language, dir: directionOf(language) }
  const summary = h('summary', {})
  const stated = h('ul', { class: 'articles' })
  const suggested = h('ul', { class: 'articles' })
  const suggestions = h('div', {}, h('h4', {}, words.suggestions), suggested)
  const input = h('input', { ...inLanguage, 'aria-label': words.phrase, required: true, maxlength: '200' })
  const add = async (): Promise<void> => {
    const typed = input.value
    const { code } = await desk.send('addArticlePhrase', { ...text, phrase: typed.trim() })
    if (code === undefined) {
      desk.say(words.done)
      if (input.value === typed) input.value = ''
    }
    await changed()
  }
  const remove = async (phrase: string): Promise<void> => {
    const { code } = await desk.send('removeArticlePhrase', { ...text, phrase })
    if (code === undefined) desk.say(words.done)
    await decided()
  }
  /** The buttons of a phrase go with it: then the focus is on the field. */
  const decided = async (): Promise<void> => {
    await changed()
    if (document.activeElement === document.body) input.focus()
  }
  const button = h('button', {}, words.addPhrase)
  const form = h(
    'form',
    {
      class: 'field-form',
      onsubmit: (event) => {
        event.preventDefault()
        if (button.disabled) return
        button.disabled = true
        void add().finally(() => (button.disabled = false))
      },
    },
    input,
    button,
  )
  const element = h('details', { class: 'sheet' }, summary, stated, ...(desk.mayWrite ? [form] : []), suggestions)
  /** What the lists were drawn for: while nothing has changed they stay, and so does the focus. */
  let drawn = ''
  return {
    element,
    update: ({ translation }) => {
      const isThere = translation?.language === language && translation.latest !== null
      element.hidden = !isThere
      if (!isThere) return
      const { phrases, suggestedPhrases } = translation
      const state = JSON.stringify([phrases, suggestedPhrases])
      if (state === drawn) return
      drawn = state
      setText(summary, fill(words.phrases, formats.number(phrases.length), formats.number(suggestedPhrases.length)))
      redraw(
        stated,
        ...phrases.map((phrase) =>
          h(
            'li',
            {},
            h('span', inLanguage, phrase),
            ' ',
            ...(desk.mayWrite ? [actionButton(fill(words.removePhrase, phrase), () => remove(phrase))] : []),
          ),
        ),
      )
      suggestions.hidden = suggestedPhrases.length === 0
      redraw(suggested, ...suggestedPhrases.map((each) => suggestedPhrase(desk, text, each, decided)))
    },
  }
}
