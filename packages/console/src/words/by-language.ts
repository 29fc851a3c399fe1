import { words as arabic } from './arabic.ts'
import type { Words } from './english.ts'
import { words as english } from './english.ts'
import { words as french } from './french.ts'
import { words as german } from './german.ts'
import { words as hindi } from './hindi.ts'
import { words as spanish } from './spanish.ts'
import { words as urdu } from './urdu.ts'

/** The words of the widget, by language: `{0}` and `{1}` are values. Its page loads those of one language. */
export const widgetWords: Readonly<Record<'fr' | 'en' | 'ar' | 'de' | 'es' | 'hi' | 'ur', Words>> = {
  fr: french,
  en: english,
  ar: arabic,
  de: german,
  es: spanish,
  hi: hindi,
  ur: urdu,
}
