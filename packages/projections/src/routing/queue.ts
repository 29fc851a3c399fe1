import type { Instant, SupportLevel } from '@guichet/domain'
import { instant, later, priorities, supportLevels } from '@guichet/domain'
import { sql } from 'kysely'
import { byInstant } from '../reading/ordering.ts'
import type { Page, Slice } from '../reading/page.ts'
import { readParts } from '../reading/parts.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import type { Queue, QueuedTicket, QueueOfLevel } from './routing-query.ts'

const hour = 3_600_000

const read = sql.id(readSchema)

type QueueRecord = {
  id: string
  urgency: number
  level: SupportLevel
  waiting_since: Date
  reason: string | null
  reason_since: Instant | null
  offered: boolean
}

/**
 * By Little's law: whoever is at place n of a level waits as long as it took lately until n tickets of that level had left the queue. A
 * level has a pace of its own, since its experts are others, and often fewer.
 */
export async function readQueue(reader: Reader, page: Page, now: Instant): Promise<Queue> {
  const [slice, levels] = await Promise.all([readTickets(reader, page), readLevels(reader, now)])
  const rows = await placed(reader, slice, levels)
  return {
    total: sumOf(levels.map(({ waiting }) => waiting)),
    placedInTheLastHour: sumOf(levels.map(({ placedInTheLastHour }) => placedInTheLastHour)),
    levels,
    tickets: { ...slice, rows },
  }
}

/** One ticket of the queue; undefined when it does not wait. */
export async function readQueued(reader: Reader, ticketId: string, now: Instant): Promise<QueuedTicket | undefined> {
  const [row] = await reader.rows<QueueRecord>(
    sql`select ${columns} from ${read}.work_item w where w.waiting and w.id = ${ticketId}`,
  )
  if (!row) return undefined
  const slice = { rows: [{ row, keyset: { value: '', id: '' } }], hasPrevious: true, hasNext: true }
  return (await placed(reader, slice, await readLevels(reader, now)))[0]?.row
}

/** The tickets of a page with their places in the queue. */
async function placed(
  reader: Reader,
  slice: Slice<QueueRecord>,
  levels: readonly QueueOfLevel[],
): Promise<Slice<QueuedTicket>['rows']> {
  const ahead = await readAhead(reader, slice)
  let position = sumOf([...ahead.values()])
  return slice.rows.map(({ row: { id, level, waiting_since: since, ...row }, keyset }) => {
    const place = (ahead.get(level) ?? 0) + 1
    ahead.set(level, place)
    const { reason, reason_since: reasonSince, offered } = row
    const queued = {
      ticketId: id,
      level,
      position: ++position,
      waitingSince: instant(since),
      reason: offered ? undefined : (reason ?? undefined),
      reasonSince: offered ? undefined : (reasonSince ?? undefined),
      expectedWait: expectedWait(place, levels.find((each) => each.level === level)?.placedInTheLastHour),
    }
    return { row: queued, keyset }
  })
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

const expectedWait = (place: number, placedInTheLastHour = 0): number | undefined =>
  place === 0 || placedInTheLastHour === 0 ? undefined : Math.round((place * hour) / placedInTheLastHour)

async function readLevels(reader: Reader, now: Instant): Promise<readonly QueueOfLevel[]> {
  const rows = await reader.rows<{ level: SupportLevel; waiting: number; placed: number }>(sql`
    select level, coalesce(waiting, 0) as waiting, coalesce(placed, 0) as placed
    from (select level, count(*)::int as waiting from ${read}.work_item where waiting group by level) w
    full join (
      select level, sum(tickets)::int as placed from ${read}.placement
      where minute > ${later(now, -hour)}::timestamptz and minute <= ${now}::timestamptz group by level
    ) p using (level)`)
  return supportLevels.map((level) => {
    const { waiting, placed } = rows.find((each) => each.level === level) ?? { waiting: 0, placed: 0 }
    return { level, waiting, placedInTheLastHour: placed, expectedWait: expectedWait(waiting, placed) }
  })
}

const columns = sql`w.id, w.urgency, w.level, w.waiting_since, w.item->'routing'->'queued'->>'reason' as reason,
  w.item->'routing'->'queued'->>'at' as reason_since,
  w.item->'routing'->'offer' is not null as offered`

/** One list for each priority, the most pressing first. */
const readTickets = (reader: Reader, page: Page): Promise<Slice<QueueRecord>> =>
  readParts(priorities.length, page, (part, pageOfPart) => {
    const listed = {
      columns,
      from: sql`${read}.work_item w`,
      where: sql`w.waiting and w.urgency = ${priorities.length - 1 - part}`,
      ordering: byInstant({ expression: sql`w.waiting_since`, id: sql`w.id`, direction: 'asc' }),
    }
    return readSlice(reader, listed, pageOfPart, (row: QueueRecord) => row)
  })

/** How many tickets of each level are ahead of the first of a page. */
async function readAhead(
  reader: Reader,
  { rows, hasPrevious }: Slice<QueueRecord>,
): Promise<Map<SupportLevel, number>> {
  const first = rows[0]?.row
  if (!first || !hasPrevious) return new Map()
  const counted = await reader.rows<{ level: SupportLevel; ahead: number }>(sql`
    select level, count(*)::int as ahead from ${read}.work_item
    where waiting and (urgency > ${first.urgency} or (urgency = ${first.urgency}
      and (waiting_since, id) < (${first.waiting_since}::timestamptz, ${first.id})))
    group by level`)
  return new Map(counted.map(({ level, ahead }) => [level, ahead]))
}
