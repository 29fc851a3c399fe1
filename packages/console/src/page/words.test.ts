import { expect, it } from 'vitest'
import { loadLanguage } from '../widget/languages.ts'
import { words as arabic } from '../words/arabic.ts'
import { words as english } from '../words/english.ts'
import { words as french } from '../words/french.ts'
import { words as german } from '../words/german.ts'
import { words as hindi } from '../words/hindi.ts'
import { words as spanish } from '../words/spanish.ts'
import { words as urdu } from '../words/urdu.ts'
import { fill } from './words.ts'

it.each([
  ['fr', 'fr', 'Envoyer'],
  ['fr-CA', 'fr-CA', 'Envoyer'],
  ['fr_FR', 'fr-FR', 'Envoyer'],
  ['FR-be', 'fr-BE', 'Envoyer'],
  ['en-GB', 'en-GB', 'Send'],
  ['en-u-hc-h12', 'en', 'Send'],
  ['es-419', 'es-419', 'Enviar'],
  ['de-AT', 'de-AT', 'Senden'],
  ['ar', 'ar', 'إرسال'],
  ['hi-IN', 'hi-IN', 'भेजें'],
  ['ur-PK', 'ur-PK', 'بھیجیں'],
  ['it-CH', 'en', 'Send'],
  ['fra', 'en', 'Send'],
  ['constructor', 'en', 'Send'],
  ['', 'en', 'Send'],
])('a page for %j writes in %s: its words, its dates and its numbers', async (wanted, locale, send) => {
  const { words, formats } = await loadLanguage(wanted)
  expect([words.send, formats.locale]).toEqual([send, locale])
})

it('takes the first language that it has words for, with a region from a later one, and never another language', async () => {
  const localeOf = async (...tags: readonly (string | null)[]): Promise<string> =>
    (await loadLanguage(...tags)).formats.locale
  expect(await localeOf(null, 'en', 'fr-CA', 'en-GB')).toBe('en-GB')
  expect(await localeOf('it', 'ja', 'fr-CH')).toBe('fr-CH')
  expect(await localeOf('it', 'it-IT', 'ja-JP')).toBe('en')
})

const languages = { arabic, french, german, hindi, spanish, urdu }

/** Words that are the same in two languages. */
const shared: Readonly<Record<string, readonly string[]>> = {
  french: ['messages'],
  german: ['title'],
  spanish: ['title', 'endNot'],
}

it.each(Object.entries(languages))('%s says each text of English in words of its own', (name, words) => {
  const same = Object.entries(words).filter(([key, text]) => text === english[key as keyof typeof english])
  expect(same.map(([key]) => key)).toEqual(shared[name] ?? [])
})

it.each(Object.entries(languages))('%s has the values of each text of English', (_, words) => {
  const valuesOf = (text: string): readonly string[] => [...text.matchAll(/\{\d\}/g)].map(([value]) => value).sort()
  for (const [key, text] of Object.entries(english))
    expect([key, valuesOf(words[key as keyof typeof english])]).toEqual([key, valuesOf(text)])
})

it('isolates a value whose direction may differ from that of the text', () => {
  expect(fill('You are talking to {0}.', 'Alex')).toBe('You are talking to Alex.')
  expect(fill('You are talking to {0}.', 'سارة')).toBe('You are talking to \u2068سارة\u2069.')
  expect(fill(arabic.with, 'Alex')).toBe('تتحدثون مع \u2068Alex\u2069.')
})
