import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A request to translate, as the server receives it. */
type TranslateRequest = {
  readonly q: readonly string[]
  readonly source: string
  readonly target: string
  readonly format: string
  readonly api_key?: string
}

/** A server with the API of LibreTranslate, in this process. */
export type TranslationServer = {
  readonly url: string
  readonly requests: readonly TranslateRequest[]
  /** From now on it answers by a function; by its dictionary again without one. */
  answerWith(answer?: (response: ServerResponse, request: TranslateRequest) => void): void
}

/** The words that the server knows, from English; it leaves all others as they are. */
const french: Readonly<Record<string, string>> = {
  my: 'ma',
  the: 'la',
  your: 'votre',
  invoice: 'facture',
  order: 'commande',
  is: 'est',
  wrong: 'fausse',
  ready: 'prête',
  please: 'veuillez',
  read: 'lire',
  and: 'et',
  thank: 'merci',
  you: 'vous',
  hello: 'bonjour',
  for: 'pour',
  error: 'erreur',
  we: 'nous',
  have: 'avons',
  sent: 'envoyé',
  corrected: 'corrigé',
  today: 'aujourd’hui',
}

/** The words of each edition of the server: the second knows what the first gets wrong. */
const editions = { first: { ...french, order: 'ordre' }, second: french } as const

const servers: Server[] = []

/**
 * Starts an HTTP service that translates between English and French word for word, always in the same way, with a dictionary of two
 * editions. It counts and records what it is asked.
 */
export async function translationServer(edition: keyof typeof editions = 'second'): Promise<TranslationServer> {
  const requests: TranslateRequest[] = []
  let answerBy: Parameters<TranslationServer['answerWith']>[0]
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const asked = body as TranslateRequest
      requests.push(asked)
      if (answerBy) return answerBy(response, asked)
      const words = wordsOf(editions[edition], asked)
      const translatedText = words && asked.q.map((text) => wordForWord(text, words))
      response.writeHead(translatedText ? 200 : 400, { 'content-type': 'application/json' })
      response.end(JSON.stringify(translatedText ? { translatedText } : { error: 'no such pair of languages' }))
    })
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith: (answer) => void (answerBy = answer),
  }
}

/** Ends all servers of a test, with their connections. */
export function closeTranslationServers(): void {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
}

function wordsOf(
  fromEnglish: Readonly<Record<string, string>>,
  { source, target }: Pick<TranslateRequest, 'source' | 'target'>,
): ReadonlyMap<string, string> | undefined {
  if (source === 'en' && target === 'fr') return new Map(Object.entries(fromEnglish))
  if (source === 'fr' && target === 'en')
    return new Map(Object.entries(fromEnglish).map(([english, other]) => [other, english]))
  return undefined
}

const wordForWord = (text: string, words: ReadonlyMap<string, string>): string =>
  text.replace(/\p{L}[\p{L}’]*/gu, (word) => {
    const translated = words.get(word.toLowerCase()) ?? word
    return /^\p{Lu}/u.test(word) ? translated.charAt(0).toUpperCase() + translated.slice(1) : translated
  })
