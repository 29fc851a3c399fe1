import type { EventEnvelope, TicketEvent } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { RecordedEvent } from '../runner/projection.ts'

/** An event of a ticket, with the ticket's id. */
export type OfTicket = { readonly id: string; readonly envelope: EventEnvelope<TicketEvent> }

/** The events of tickets among a batch, in its order. */
export function ofTickets(events: readonly RecordedEvent[]): readonly OfTicket[] {
  return events.flatMap((recorded) => {
    const { category, id } = parseStream(recorded.stream)
    return category === 'ticket' ? [{ id, envelope: recorded as EventEnvelope<TicketEvent> }] : []
  })
}
