import type { PageLanguage, Words } from '../page/words.ts'
import { closestLanguage, pageLanguage } from '../page/words.ts'

type Module = { readonly words: Words }

/** Loads the words of a language: each is a script of its own, of which a page loads one. */
const languages = {
  ar: () => import('../words/arabic.ts'),
  de: () => import('../words/german.ts'),
  en: () => import('../words/english.ts'),
  es: () => import('../words/spanish.ts'),
  fr: () => import('../words/french.ts'),
  hi: () => import('../words/hindi.ts'),
  ur: () => import('../words/urdu.ts'),
} as const satisfies Record<string, () => Promise<Module>>

/** A language of the widget. */
export type WidgetLanguage = keyof typeof languages

/**
 * Loads what the first of some tags that there are words for says; English, for all of the page, if there are none.
 * @throws what an import throws, such as without a network.
 */
export async function loadLanguage(...tags: readonly (string | null | undefined)[]): Promise<PageLanguage> {
  const { language, locale } = closestLanguage(languages, tags)
  const { words } = await languages[language]()
  return pageLanguage(words, locale)
}
