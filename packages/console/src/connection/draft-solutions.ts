import type { SimilarTicket, SimilarTickets, SuggestedArticle, SuggestedArticles } from './documents.ts'
import { documents, suggestedArticles } from './documents.ts'
import { Refused, Unreachable } from './refusals.ts'
import type { Transport } from './transport.ts'

type Asking = Pick<Transport, 'ask' | 'pause'>

/** Read models show a draft a moment after its customer has it. */
const mostAttempts = 4

/** The solved tickets about the trouble of a draft. None where the desk cannot say. */
export const askSimilarTickets = async (transport: Asking, id: string): Promise<readonly SimilarTicket[]> =>
  (await askOf<SimilarTickets>(transport, documents.similarTickets, { id }))?.similarTickets ?? []

/** The articles that fit the trouble of a draft, in a language. None where the desk cannot say. */
export const askSuggestedArticles = async (
  transport: Asking,
  id: string,
  language: string,
): Promise<readonly SuggestedArticle[]> =>
  (await askOf<SuggestedArticles>(transport, suggestedArticles, { id, language }))?.suggestedArticles ?? []

/** Asks what read models know of a draft, for which a draft does not wait: it is no part of what is followed. */
async function askOf<T extends { readonly node: object | null }>(
  transport: Asking,
  document: string,
  variables: { readonly id: string; readonly language?: string },
): Promise<T['node'] | undefined> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    try {
      const { node } = await transport.ask<T>(document, variables)
      if (node) return node
    } catch (error) {
      if (error instanceof Refused) return undefined
      if (!(error instanceof Unreachable)) throw error
    }
    await transport.pause(attempt)
  }
  return undefined
}
