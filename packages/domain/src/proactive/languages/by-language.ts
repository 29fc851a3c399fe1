import type { ByLanguage } from '../../wording/locale.ts'
import { arabic } from './arabic.ts'
import type { ProactiveWording } from './definition.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { german } from './german.ts'
import { hindi } from './hindi.ts'
import { spanish } from './spanish.ts'
import { urdu } from './urdu.ts'

/** What the desk writes before it is asked, by language. */
export const proactiveWording: ByLanguage<ProactiveWording> = {
  en: english,
  fr: french,
  ar: arabic,
  de: german,
  es: spanish,
  hi: hindi,
  ur: urdu,
}
