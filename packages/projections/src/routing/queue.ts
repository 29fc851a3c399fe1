import type { Instant } from '@guichet/domain'
import { instant, later, priorities } from '@guichet/domain'
import { sql } from 'kysely'
import { byInstant } from '../reading/ordering.ts'
import type { Page, Slice } from '../reading/page.ts'
import { readParts } from '../reading/parts.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import type { Queue } from './routing-query.ts'

const hour = 3_600_000

const read = sql.id(readSchema)

type QueueRecord = { id: string; urgency: number; waiting_since: Date; reason: string | null; offered: boolean }

/** By Little's law: whoever is at place n waits as long as it took lately until n had left the queue. */
export async function readQueue(reader: Reader, page: Page, now: Instant): Promise<Queue> {
  const [slice, [counted], [placed]] = await Promise.all([
    readTickets(reader, page),
    reader.rows<{ total: number }>(sql`select count(*)::int as total from ${read}.work_item where waiting`),
    reader.rows<{ tickets: number }>(sql`
      select coalesce(sum(tickets), 0)::int as tickets from ${read}.placement
      where minute > ${later(now, -hour)}::timestamptz and minute <= ${now}::timestamptz`),
  ])
  const ahead = await readAhead(reader, slice)
  const placedInTheLastHour = placed?.tickets ?? 0
  const rows = slice.rows.map(({ row: { id, waiting_since: since, reason, offered }, keyset }, index) => {
    const position = ahead + index + 1
    const row = {
      ticketId: id,
      position,
      waitingSince: instant(since),
      reason: offered ? undefined : (reason ?? undefined),
      expectedWait: placedInTheLastHour === 0 ? undefined : Math.round((position * hour) / placedInTheLastHour),
    }
    return { row, keyset }
  })
  return { total: counted?.total ?? 0, placedInTheLastHour, tickets: { ...slice, rows } }
}

/** One list for each priority, the most pressing first. */
const readTickets = (reader: Reader, page: Page): Promise<Slice<QueueRecord>> =>
  readParts(priorities.length, page, (part, pageOfPart) => {
    const listed = {
      columns: sql`w.id, w.urgency, w.waiting_since, w.item->'routing'->'queued'->>'reason' as reason,
        w.item->'routing'->'offer' is not null as offered`,
      from: sql`${read}.work_item w`,
      where: sql`w.waiting and w.urgency = ${priorities.length - 1 - part}`,
      ordering: byInstant({ expression: sql`w.waiting_since`, id: sql`w.id`, direction: 'asc' }),
    }
    return readSlice(reader, listed, pageOfPart, (row: QueueRecord) => row)
  })

/** How many tickets are ahead of the first of a page. */
async function readAhead(reader: Reader, { rows, hasPrevious }: Slice<QueueRecord>): Promise<number> {
  const first = rows[0]?.row
  if (!first || !hasPrevious) return 0
  const [counted] = await reader.rows<{ ahead: number }>(sql`
    select count(*)::int as ahead from ${read}.work_item
    where waiting and (urgency > ${first.urgency} or (urgency = ${first.urgency}
      and (waiting_since, id) < (${first.waiting_since}::timestamptz, ${first.id})))`)
  return counted?.ahead ?? 0
}
