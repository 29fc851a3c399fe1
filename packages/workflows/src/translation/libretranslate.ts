import { z } from 'zod'
import { jsonEndpoint, parseJson, ServiceFailed } from '../completion/json-endpoint.ts'

/** A service that translates, and how it is reached: an HTTP service with the API of LibreTranslate. */
export type TranslatorOptions = {
  /** What the desk calls it, in lower case. */
  readonly name: string
  /** The address before `/translate`; without user and password. */
  readonly url: string
  /** Sent as `api_key`; shown nowhere. */
  readonly key?: string | undefined
  /** What is cached and rated is of this version of it: another one begins anew. `1` by default. */
  readonly version?: string | undefined
  /** How long an answer may take, in milliseconds; 5,000 by default. */
  readonly timeoutMs?: number | undefined
  /** How many characters it is sent a day, in UTC, by all processes together; any number by default. */
  readonly budget?: number | undefined
}

/** From which language into which, by primary tag, such as `fr` and `en`. */
export type LanguagePair = { readonly from: string; readonly to: string }

/** How long an answer of a service may take by default, in milliseconds. */
export const defaultTimeoutMs = 5_000

/** The port of services that translate. */
export type TranslationService = {
  readonly name: string
  readonly version: string
  /**
   * Translates texts, in their order.
   * @throws ServiceFailed when there is no such answer in time, without any word of it; the signal's reason when it aborts.
   */
  translate(texts: readonly string[], pair: LanguagePair, signal: AbortSignal): Promise<readonly string[]>
}

const answerSchema = z.object({ translatedText: z.array(z.string()) })

/** The most bytes of an answer, beside what its texts take. */
const ownBytes = 16_384

/**
 * A service with the API of LibreTranslate: `POST /translate` with the texts as an array.
 * @throws Error for an address with a user or a password.
 */
export function libreTranslate({
  name,
  url,
  key,
  version = '1',
  timeoutMs = defaultTimeoutMs,
}: TranslatorOptions): TranslationService {
  const what = `translator ${name}`
  const ask = jsonEndpoint({ url, path: '/translate', key: undefined, name: what })
  return {
    name,
    version,
    translate: async (texts, { from, to }, signal) => {
      const body = JSON.stringify({
        q: texts.map((text) => text.replaceAll(/\p{Surrogate}/gu, '')),
        source: from,
        target: to,
        format: 'text',
        ...(key !== undefined && { api_key: key }),
      })
      // Six bytes for each character, as JSON may write it, and four times as many characters as the text has.
      const mostAnswerBytes = ownBytes + 24 * texts.reduce((sum, text) => sum + text.length, 0)
      const answer = answerSchema.safeParse(parseJson(await ask(body, { timeoutMs, mostAnswerBytes }, signal)))
      if (!answer.success || answer.data.translatedText.length !== texts.length)
        throw new ServiceFailed(`the ${what} answered something else than ${texts.length} translations`)
      return answer.data.translatedText
    },
  }
}
