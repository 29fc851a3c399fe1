import type { Words } from '../words/english.ts'
import type { Formats } from './formats.ts'
import { createFormats } from './formats.ts'

export type { Words } from '../words/english.ts'

/** The language of a page: that of all its words, of its dates and numbers, and of the chats that are begun on it. */
export type PageLanguage = {
  readonly words: Words
  /** In the language as it is written where the reader is, such as `fr-CA`, as far as that is known. */
  readonly formats: Formats
}

/** What the first of some tags that there are words for says; English if there are none for any, without a region. */
export function closestLanguage<L extends string>(
  languages: Readonly<Record<L | 'en', unknown>>,
  tags: readonly (string | null | undefined)[],
): { readonly language: L | 'en'; readonly locale: string } {
  const spoken = tags.flatMap((tag) => {
    const [language = ''] = /^[a-z]{2}(?![a-z])/.exec(tag?.toLowerCase() ?? '') ?? []
    return Object.hasOwn(languages, language) ? [{ language: language as L | 'en', tag: tag ?? '' }] : []
  })
  const language = spoken[0]?.language ?? 'en'
  const regions = spoken.filter((one) => one.language === language).flatMap(({ tag }) => regionIn(tag))
  return { language, locale: [language, ...regions.slice(0, 1)].join('-') }
}

const regionIn = (tag: string): readonly string[] =>
  /^[a-z]{2}[-_]([a-z]{2}|\d{3})(?![a-z\d])/i.exec(tag.toUpperCase())?.slice(1) ?? []

/** The words of a page with the formats of its locale. */
export const pageLanguage = (words: Words, locale: string): PageLanguage => ({ words, formats: createFormats(locale) })

/** Letters that are written from right to left. */
const rightToLeft = /[\u0590-\u08ff]/

/**
 * Puts values into a text with {0}, {1}: isolated (U+2068, U+2069) where their direction may differ from that of the
 * text, so that neither changes the order of the other.
 */
export const fill = (text: string, ...values: readonly string[]): string =>
  text.replace(/\{(\d)\}/g, (_, index: string) => {
    const value = values[Number(index)] ?? ''
    return rightToLeft.test(text + value) ? `\u2068${value}\u2069` : value
  })
