import type { EventCatalogue, EventEnvelope } from '@guichet/domain'
import type { Row } from './rows.ts'
import { toEnvelope } from './rows.ts'

/** How many events are remembered, and how long their data may be: 20 MB of text at most. */
const limits = { events: 2_000, length: 10_000 } as const

type Remembered = { readonly row: Row; readonly envelope: EventEnvelope }

/**
 * Decodes events, and remembers the latest: read models, reactions and streams of a process all read the same ones, shortly after one
 * another. What is remembered is used for the very same row alone.
 */
export function recentEvents(catalogue: EventCatalogue): (row: Row) => EventEnvelope {
  const remembered = new Map<string, Remembered>()
  return (row) => {
    const [transactionId, position, , , , , data] = row
    const key = `${transactionId}/${position}`
    const known = remembered.get(key)
    if (known && known.row.every((value, place) => value === row[place])) return known.envelope
    const envelope = toEnvelope(catalogue, row)
    if (data.length > limits.length) return envelope
    remembered.set(key, { row, envelope })
    if (remembered.size > limits.events) remembered.delete(remembered.keys().next().value ?? '')
    return envelope
  }
}
