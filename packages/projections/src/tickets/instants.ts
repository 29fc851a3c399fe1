import { sql } from 'kysely'
import type { TimeRange } from '../reading/reader.ts'
import type { Condition, Ordering } from '../reading/slice.ts'
import { allOf, byInstant } from '../reading/slice.ts'
import type { Visibility } from '../visibility.ts'

/** The instants of a ticket that lists filter and sort by, with their columns. */
const columns = {
  openedAt: 't.opened_at',
  updatedAt: 't.updated_at',
  lastReplyAt: 't.last_reply_at',
  lastCustomerReplyAt: 't.last_customer_reply_at',
  lastAgentReplyAt: 't.last_agent_reply_at',
  waitingSince: 't.waiting_since',
  customerWaitingSince: 't.customer_waiting_since',
  unreadSince: 't.unread_since',
  idleSince: 't.idle_since',
  resolvedAt: 't.resolved_at',
} as const

/** An instant that lists of tickets filter and sort by. */
export type TicketInstant = keyof typeof columns

/** Every instant that lists of tickets filter and sort by. */
export const ticketInstants = Object.keys(columns) as readonly TicketInstant[]

const everyTicketHas: ReadonlySet<TicketInstant> = new Set([
  'openedAt',
  'updatedAt',
  'lastReplyAt',
  'lastCustomerReplyAt',
])

/** Whether a list is sorted by this instant, which some tickets may be without: they come last. */
export const mayBeMissing = (by: string): by is TicketInstant =>
  Object.hasOwn(columns, by) && !everyTicketHas.has(by as TicketInstant)

/** The column of an instant for a reader: customers do not see when internal work last changed a ticket. */
export const columnOf = (instant: TicketInstant, visibility: Visibility): string =>
  instant === 'updatedAt' && visibility === 'public' ? 't.public_updated_at' : columns[instant]

/** The condition that each of these instants is within its range; a ticket without the instant is in no range. */
export const during = (
  ranges: Readonly<Partial<Record<TicketInstant, TimeRange | undefined>>>,
  visibility: Visibility,
): Condition =>
  allOf(
    ticketInstants.flatMap((instant) => {
      const range = ranges[instant]
      if (!range) return []
      const column = sql.ref(columnOf(instant, visibility))
      return [
        mayBeMissing(instant) && sql`${column} is not null`,
        range.from && sql`${column} >= ${range.from}::timestamptz`,
        range.to && sql`${column} < ${range.to}::timestamptz`,
      ].map((condition) => condition || undefined)
    }),
  )

type Part = { readonly where: Condition; readonly ordering: Ordering }

/** The tickets with an instant, by it; then those without it, by when they were opened. */
export function byInstantOrOpening(
  instant: TicketInstant,
  direction: Ordering['direction'],
  where: Condition,
  visibility: Visibility,
): readonly Part[] {
  const column = sql.ref(columnOf(instant, visibility))
  const id = sql`t.id`
  const having = { where, ordering: byInstant({ expression: column, id, direction }) }
  if (!mayBeMissing(instant)) return [having]
  return [
    { ...having, where: allOf([sql`${column} is not null`, where]) },
    {
      where: allOf([sql`${column} is null`, where]),
      ordering: byInstant({ expression: sql.ref(columns.openedAt), id, direction }),
    },
  ]
}
