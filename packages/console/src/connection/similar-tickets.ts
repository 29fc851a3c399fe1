import type { SimilarTicket, SimilarTickets } from './documents.ts'
import { documents } from './documents.ts'
import { Refused, Unreachable } from './refusals.ts'
import type { Transport } from './transport.ts'

/**
 * Asks for the solved tickets about the trouble of a draft. They are no part of what is followed: they come from read
 * models, for which a draft does not wait. None where the desk cannot say.
 */
export async function askSimilarTickets(
  transport: Pick<Transport, 'ask'>,
  draftId: string,
): Promise<readonly SimilarTicket[]> {
  try {
    const { node } = await transport.ask<SimilarTickets>(documents.similarTickets, { id: draftId })
    return node?.similarTickets ?? []
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreachable) return []
    throw error
  }
}
