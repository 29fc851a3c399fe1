import type { ByLanguage } from '../../wording/locale.ts'
import type { ChatLanguage } from '../catalogue/definition.ts'
import { arabic, arabicSentences } from './arabic.ts'
import type { ChatSentences, ChatWording } from './definition.ts'
import { english } from './english.ts'
import { french } from './french.ts'
import { german, germanSentences } from './german.ts'
import { hindi, hindiSentences } from './hindi.ts'
import { spanish, spanishSentences } from './spanish.ts'
import { urdu, urduSentences } from './urdu.ts'

/** What chats say, by language. */
export const chatWording: ByLanguage<ChatWording> = {
  fr: french,
  en: english,
  ar: arabic,
  de: german,
  es: spanish,
  hi: hindi,
  ur: urdu,
}

/** The sentences of the languages that the definitions of the events do not have. */
export const chatSentences: Omit<ByLanguage<ChatSentences>, ChatLanguage> = {
  ar: arabicSentences,
  de: germanSentences,
  es: spanishSentences,
  hi: hindiSentences,
  ur: urduSentences,
}
