import type { Instant } from '@guichet/domain'
import type { SlaTargetRow } from './sla-query.ts'

type Ends = Pick<SlaTargetRow, 'metAt' | 'answeredAt' | 'cancelledAt'>

/** When a target was over: done, in time or not, or given up. Undefined of an open one. */
export const endedAt = ({ metAt, answeredAt, cancelledAt }: Partial<Ends>): Instant | undefined =>
  metAt ?? answeredAt ?? cancelledAt

/** Of a ticket's targets the open ones and so many of those that are over, the latest: as `ofTickets` tells them, in the order given. */
export function withLatestEnded(rows: readonly SlaTargetRow[], ended: number): readonly SlaTargetRow[] {
  const over = rows.filter(({ open }) => !open).sort(latestFirst)
  const left = new Set(over.slice(ended))
  return rows.filter((row) => !left.has(row))
}

function latestFirst(a: SlaTargetRow, b: SlaTargetRow): number {
  const [one = '', other = ''] = [endedAt(a), endedAt(b)]
  return one === other ? (a.id < b.id ? 1 : -1) : one < other ? 1 : -1
}
