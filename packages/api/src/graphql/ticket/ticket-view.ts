import type { EventEnvelope, Instant, TicketEvent } from '@guichet/domain'
import { evolveTicket, fold, streamName } from '@guichet/domain'
import type { TicketRow } from '@guichet/projections'
import { ticketRow } from '@guichet/projections'
import type { Services } from '../schema/services.ts'

export type TicketHistory = readonly EventEnvelope<TicketEvent>[]

/** A ticket as it is, or, with the history that led there, as it was. */
export type TicketView = TicketRow & { readonly history?: TicketHistory }

/** The history of one ticket as stored. */
export async function readHistory(
  { store }: Pick<Services, 'store'>,
  ticketId: string,
  from = 1,
): Promise<TicketHistory> {
  return (await store.readStream(streamName('ticket', ticketId), from)) as TicketHistory
}

/** A ticket as it was at an instant, that instant included; undefined before it was opened. */
export function ticketAsOf(ticketId: string, history: TicketHistory, at: Instant): TicketView | undefined {
  return viewOf(
    ticketId,
    history.filter(({ event }) => event.at <= at),
  )
}

/** The ticket that a history leads to; undefined when it opens none. */
export function viewOf(ticketId: string, history: TicketHistory): TicketView | undefined {
  const state = fold(
    { initial: { status: 'absent' }, evolve: evolveTicket },
    history.map(({ event }) => event),
  )
  const version = history.at(-1)?.version ?? 0
  return state.status === 'absent' ? undefined : { ...ticketRow(ticketId, version, state), history }
}
