import type { Deadline, Desk, StreamName } from '@guichet/domain'
import { parseStream, streamName, ticketDeadlines } from '@guichet/domain'
import type { TicketLabels } from '@guichet/projections'
import { ticketLabels } from '@guichet/projections'
import type { StreamChange, StreamLabels } from './workflow/stream-change.ts'

/** What stands on a stream as stored now; nothing while it is held. */
export async function standingOf(
  desk: Desk,
  stream: StreamName,
  { held, labelled }: { readonly held: boolean; readonly labelled: boolean },
): Promise<Omit<StreamChange, 'order'>> {
  const { category, id } = parseStream(stream)
  if (category !== 'ticket') return { stream, version: 0, deadlines: [] }
  const { state, version } = await desk.read('ticket', id)
  const deadlines: readonly Deadline[] = held ? [] : ticketDeadlines(state, desk.policy)
  const labels = labelled ? ticketLabels(state) : undefined
  return { stream, version, deadlines, ...(labels && { labels: streamLabels(labels) }) }
}

const streamLabels = ({ status, priority, category, late }: TicketLabels): StreamLabels => ({
  status,
  priority,
  ...(category !== undefined && { category }),
  breached: late,
})

/** The stream of a clock, by the clock's name. */
export function streamOf(clock: string): StreamName {
  const [category = '', id = ''] = clock.split(/-clock\/(.*)/s)
  return streamName(category, id)
}

/** What the clock of a stream is called in Temporal: `ticket-clock/<id>` for a ticket. */
export function clockId(stream: StreamName): string {
  const { category, id } = parseStream(stream)
  return `${category}-clock/${id}`
}
