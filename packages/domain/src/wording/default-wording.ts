import { arabic } from './arabic.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { german } from './german.ts'
import { hindi } from './hindi.ts'
import type { ByLanguage } from './locale.ts'
import { spanish } from './spanish.ts'
import { urdu } from './urdu.ts'
import type { LanguageWording } from './wording.ts'

/** The languages that come with Guichet. */
export const defaultWording: ByLanguage<LanguageWording> = {
  fr: french,
  en: english,
  ar: arabic,
  de: german,
  es: spanish,
  hi: hindi,
  ur: urdu,
}
