import type { SimilarTicket, SimilarTickets } from './documents.ts'
import { documents } from './documents.ts'
import { Refused, Unreachable } from './refusals.ts'
import type { Transport } from './transport.ts'

/** Read models show a draft a moment after its customer has it. */
const mostAttempts = 4

/**
 * Asks for the solved tickets about the trouble of a draft. They are no part of what is followed: they come from read
 * models, for which a draft does not wait. None where the desk cannot say.
 */
export async function askSimilarTickets(
  transport: Pick<Transport, 'ask' | 'pause'>,
  draftId: string,
): Promise<readonly SimilarTicket[]> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    try {
      const { node } = await transport.ask<SimilarTickets>(documents.similarTickets, { id: draftId })
      if (node) return node.similarTickets ?? []
    } catch (error) {
      if (error instanceof Refused) return []
      if (!(error instanceof Unreachable)) throw error
    }
    await transport.pause(attempt)
  }
  return []
}
