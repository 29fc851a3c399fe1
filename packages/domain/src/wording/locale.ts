import { LruCache } from '../kernel/lru-cache.ts'
import type { Instant } from '../kernel/time.ts'

/** The languages of what customers read: a text that is missing in one of them does not compile. */
export const customerLanguages = ['fr', 'en', 'ar', 'de', 'es', 'hi', 'ur'] as const

/** A language of what customers read. */
export type CustomerLanguage = (typeof customerLanguages)[number]

/** Texts by language, for what customers read. */
export type ByLanguage<T> = Readonly<Record<CustomerLanguage, T>>

/** The scripts that are written from right to left (ISO 15924). */
const rightToLeft: ReadonlySet<string> = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa', 'Nkoo', 'Adlm', 'Rohg'])

/** A letter of one of those scripts that are in use. */
const rightToLeftLetter = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

/** The direction in which a language (BCP 47) is written. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  const { script = '' } = new Intl.Locale(language).maximize()
  return rightToLeft.has(script) ? 'rtl' : 'ltr'
}

/**
 * A value in a text of a language: where the directions of both may differ, it is isolated (U+2068, U+2069; UAX 9), so
 * that neither changes the order of the other. One of several lines is not, since an isolate ends with its line. The
 * value stays as it is: what removes it later searches for it.
 */
export function isolated(value: string, language: string): string {
  if (value.includes('\n') || (directionOf(language) === 'ltr' && !rightToLeftLetter.test(value))) return value
  return `\u2068${value}\u2069`
}

/** A text by CLDR's plural categories of its language; `#` is the number. */
export type PluralForms = { readonly other: string } & Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>

/** The plural categories of CLDR, in its order. */
export const allPluralCategories = ['zero', 'one', 'two', 'few', 'many', 'other'] as const

/** The plural categories of a language (CLDR); `other` alone for one that Intl does not know. */
export function pluralCategories(language: string): readonly Intl.LDMLPluralRule[] {
  if (Intl.PluralRules.supportedLocalesOf(language).length === 0) return ['other']
  const { pluralCategories: categories } = new Intl.PluralRules(language).resolvedOptions()
  return allPluralCategories.filter((category) => categories.includes(category))
}

/** A count in words of a language, by the form of its plural category. */
export function countIn(language: string, count: number, forms: PluralForms): string {
  const { plural, number } = formatsOf(language, 'UTC')
  return (forms[plural.select(count)] ?? forms.other).replace('#', number.format(count))
}

/** A number as a language writes it, with one decimal at the most. */
export const numberIn = (language: string, value: number): string => formatsOf(language, 'UTC').number.format(value)

/** A number of seconds in words of a language. */
export const secondsIn = (language: string, seconds: number): string =>
  formatsOf(language, 'UTC').seconds.format(seconds)

/** A moment as a language writes it, as of a time zone (IANA): with the month in words where it has `length` long. */
export const momentIn = (
  language: string,
  timeZone: string,
  at: Instant,
  length: 'medium' | 'long' = 'medium',
): string => formatsOf(language, timeZone)[length].format(new Date(at))

const createFormats = (language: string, timeZone: string) => ({
  plural: new Intl.PluralRules(language),
  number: new Intl.NumberFormat(language, { maximumFractionDigits: 1 }),
  seconds: new Intl.NumberFormat(language, { style: 'unit', unit: 'second', unitDisplay: 'long' }),
  medium: new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone }),
  long: new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone }),
})

/** Those used last: a format takes longer to make than a text to write. */
const formats = new LruCache<string, ReturnType<typeof createFormats>>({ maxEntries: 1_000 })

function formatsOf(language: string, timeZone: string): ReturnType<typeof createFormats> {
  const key = `${language} ${timeZone}`
  const cached = formats.get(key)
  if (cached) return cached
  const made = createFormats(language, timeZone)
  formats.set(key, made)
  return made
}
