import { h } from '../page/dom.ts'
import { fill } from '../page/words.ts'
import type { ArticleDesk } from './article-desk.ts'
import { actionButton } from './article-desk.ts'
import type { SuggestedPhrase } from './article-documents.ts'

/** The text whose phrases are decided on. */
type Text = { readonly articleId: string; readonly language: string }

/** A phrase that the desk suggests for a text, as an item of a list: whoever writes accepts or declines it. */
export function suggestedPhrase(
  desk: ArticleDesk,
  text: Text,
  { phrase, searches, tickets }: SuggestedPhrase,
  decided: () => Promise<void>,
): HTMLElement {
  const { words, formats } = desk
  const decide = async (name: 'addArticlePhrase' | 'removeArticlePhrase'): Promise<void> => {
    const { code } = await desk.send(name, { ...text, phrase })
    if (code === undefined) desk.say(words.done)
    await decided()
  }
  const said = fill(words.phraseSuggested, phrase, formats.number(searches), formats.number(tickets))
  return h(
    'li',
    {},
    h('span', { dir: 'auto' }, said),
    h(
      'span',
      { class: 'chat-actions', hidden: !desk.mayWrite },
      actionButton(fill(words.accept, phrase), () => decide('addArticlePhrase')),
      actionButton(fill(words.refuse, phrase), () => decide('removeArticlePhrase')),
    ),
  )
}
