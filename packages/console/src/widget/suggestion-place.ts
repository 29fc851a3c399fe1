import { newId } from '../connection/command-ids.ts'
import type { Store } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import { h } from '../page/dom.ts'
import type { Words } from '../page/words.ts'
import type { ArticleSuggestions } from './article-suggestions.ts'

type Options = {
  readonly words: Words
  readonly language: string
  readonly server: string
  /** Keeps the session for as long as the tab is open. */
  readonly store: Store
  readonly transport: () => Transport | undefined
}

/** Where articles are suggested while the first message is written. */
export type SuggestionPlace = {
  readonly element: HTMLElement
  /** Begins to suggest for what is typed in a field: their script is loaded with its first letter. */
  follow(field: HTMLTextAreaElement): void
  /** The message is sent all the same. */
  sent(): void
  /** Somebody else is at the page. */
  forget(): void
}

/** Makes it empty. */
export function createSuggestionPlace({ words, language, server, store, transport }: Options): SuggestionPlace {
  const element = h('div', { class: 'suggestions' })
  const key = `guichet-writing:${server}`
  const session = {
    id: () => {
      const id = store.getItem(key) ?? newId()
      store.setItem(key, id)
      return id
    },
    end: () => store.removeItem(key),
  }
  let suggestions: Promise<ArticleSuggestions | undefined> | undefined
  const load = async (empty: () => void): Promise<ArticleSuggestions | undefined> => {
    try {
      const { openSuggestions } = await import('./article-suggestions.ts')
      return openSuggestions({ h, words, language, server, transport, session, place: element, empty })
    } catch {
      // Without a network it is loaded with another letter.
      suggestions = undefined
      return undefined
    }
  }
  return {
    element,
    follow: (field) => {
      const empty = (): void => {
        field.value = ''
        field.dispatchEvent(new Event('input'))
        field.focus()
      }
      field.addEventListener('input', () => {
        suggestions ??= load(empty)
        void suggestions.then((loaded) => loaded?.typed(field.value))
      })
    },
    sent: () => void suggestions?.then((loaded) => loaded?.sent()),
    forget: () => void suggestions?.then((loaded) => loaded?.forget()),
  }
}
