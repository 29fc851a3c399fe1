import type { LanguageDetector } from '@guichet/domain'
import { customerLanguages, detectLanguage, isSameLanguage } from '@guichet/domain'
import type { Translation, TranslationRequest, Translations } from '@guichet/workflows'

/** A message that is to be read in another language. */
export type MessageToTranslate = Omit<TranslationRequest, 'from'> & {
  /** The language of its conversation (BCP 47): that of the message, where its own words do not tell it. */
  readonly language: string
}

/** A text in another language, with both languages (BCP 47). */
export type TranslatedText = Translation & { readonly from: string; readonly to: string }

type Means = { readonly translations: Translations | undefined; readonly languages: LanguageDetector | undefined }

/** Translates messages together; null where a message is in the wanted language, and where nothing is translated. */
export async function translateMessages(
  { translations, languages }: Means,
  messages: readonly MessageToTranslate[],
): Promise<(TranslatedText | null)[]> {
  if (!translations) return messages.map(() => null)
  const requests = await Promise.all(
    messages.map(async ({ language, ...message }): Promise<TranslationRequest> => {
      return { ...message, from: await languageOf(message.text, language, message.to, languages) }
    }),
  )
  const others = requests.filter(({ from, to }) => !isSameLanguage(from, to))
  const translated = new Map((await translations.translate(others)).map((each, index) => [others[index], each]))
  return requests.map((request) => {
    const translation = translated.get(request)
    return translation ? { ...translation, from: request.from, to: request.to } : null
  })
}

/**
 * The language of a text: the one of its words among those that it may be in, or, where there are too few of them, that of its
 * conversation, in which both sides write.
 */
export async function languageOf(
  text: string,
  otherwise: string,
  to: string,
  languages: LanguageDetector | undefined,
): Promise<string> {
  const among = [...new Set([otherwise, to, ...customerLanguages])]
  return (languages && (await detectLanguage(languages, [text], among))) ?? otherwise
}
