import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { ClockedCategory, Deadline, Instant, TicketDeadlineKind } from '@guichet/domain'
import { instant, streamName } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { byInstant, readSlice, toInstant } from '../reading/slice.ts'
import { ofCategory } from './model.ts'

type SelectedRow = { readonly stream: string; readonly held_by: string | null; readonly deadlines: readonly Deadline[] }

type SelectedDeadline = Pick<TicketDeadlineRow, 'stream' | 'kind' | 'cycle'> & {
  readonly held_by: string | null
  readonly due_at: Date
}

const endOfTime = instant('8999-12-31T23:59:59.999Z')

/** Queries the live generation of the deadlines. */
export function deadlinesQueries(reader: Reader): DeadlinesQueries {
  const read = sql.id(readSchema)
  const ofStreams: DeadlinesQueries['ofStreams'] = async (streams) => {
    const selected = await reader.rows(sql<SelectedRow>`
      select stream, held_by, deadlines from ${read}.deadline where stream = any(${streams}::text[])`)
    const rowsByStream = new Map(selected.map((each) => [each.stream, toRows(each)]))
    return new Map(streams.map((stream) => [stream, rowsByStream.get(stream) ?? []]))
  }

  const pageOf = (category: string, before: Instant, page: Page): Promise<Slice<DeadlineRow>> => {
    const listed = {
      columns: sql`r.stream, r.held_by, d.kind, d.cycle, d."dueAt" as due_at`,
      from: sql`(${candidates(sql`${read}.deadline`, category, before, page)}) r cross join lateral json_to_recordset(r.deadlines) d (kind text, cycle integer, "dueAt" timestamptz)`,
      where: sql`d."dueAt" < ${before}::timestamptz`,
      ordering: byInstant({
        expression: sql`d."dueAt"`,
        id: sql`(r.stream || '/' || d.kind || '/' || d.cycle)`,
        direction: 'asc',
      }),
    }
    return readSlice(reader, listed, page, ({ stream, kind, cycle, due_at, held_by }: SelectedDeadline) => ({
      stream,
      kind,
      cycle,
      dueAt: toInstant(due_at),
      heldBy: held_by ?? undefined,
    }))
  }

  return {
    dueBefore: async (instant, limit) => {
      const selected = await reader.rows(sql<SelectedRow>`
        select stream, held_by, deadlines from ${read}.deadline
        where next_due < ${instant}::timestamptz and ${ofCategory('ticket')}
        order by next_due, stream limit ${limit}`)
      return ofTheirKind(selected.flatMap(toRows))
        .filter(({ dueAt }) => dueAt < instant)
        .sort(earliestFirst)
        .slice(0, limit)
    },

    pageBefore: async (before, page) => (await pageOf('ticket', before, page)) as Slice<TicketDeadlineRow>,

    pageOf: (category, page) => pageOf(category, endOfTime, page),

    ofTickets: async (ticketIds) => {
      const streams = ticketIds.map((id) => streamName('ticket', id))
      const rowsByStream = await ofStreams(streams)
      return new Map(ticketIds.map((id, index) => [id, ofTheirKind(rowsByStream.get(streams[index] ?? '') ?? [])]))
    },

    ofStreams,
  }
}

/**
 * The streams of which a page may show a deadline. A page that goes forward begins among the deadlines of those whose first is due
 * before the page begins, and is filled with those of the streams that are due next; no more of these can be needed than it shows, and
 * one more.
 */
function candidates(table: RawBuilder<unknown>, category: string, before: Instant, page: Page): RawBuilder<unknown> {
  const due = (condition: RawBuilder<unknown>) => sql`
    select stream, held_by, deadlines from ${table}
    where ${ofCategory(category)} and next_due < ${before}::timestamptz and ${condition}`
  if (page.backward || page.before) return due(sql`true`)
  const next = (condition: RawBuilder<unknown>) =>
    sql`${due(condition)} order by next_due fetch first ${page.limit + 1} rows with ties`
  if (!page.after) return next(sql`true`)
  const from = instant(page.after.value)
  return sql`
    ${due(sql`next_due <= ${from}::timestamptz`)} union all (${next(sql`next_due > ${from}::timestamptz`)})`
}

const toRows = ({ stream, held_by, deadlines }: SelectedRow): DeadlineRow[] =>
  deadlines.map(({ kind, cycle, dueAt }) => ({ stream, kind, cycle, dueAt, heldBy: held_by ?? undefined }))

/** The rows of tickets, whose deadlines are all of these kinds. */
const ofTheirKind = (rows: readonly DeadlineRow[]) => rows as readonly TicketDeadlineRow[]

const earliestFirst = (a: DeadlineRow, b: DeadlineRow): number =>
  a.dueAt === b.dueAt ? (a.stream < b.stream ? -1 : 1) : a.dueAt < b.dueAt ? -1 : 1

/** An outstanding deadline. */
export type DeadlineRow<K extends string = string> = Deadline<K> & {
  readonly stream: string
  /** The import whose completion the stream waits for; its clock is paused until then. */
  readonly heldBy: string | undefined
}

/** An outstanding deadline of a ticket. */
export type TicketDeadlineRow = DeadlineRow<TicketDeadlineKind>

/** The queries on deadlines. */
export type DeadlinesQueries = {
  /** Deadlines of tickets due before an instant, earliest first, held ones excluded. */
  dueBefore(instant: Instant, limit: number): Promise<readonly TicketDeadlineRow[]>
  /**
   * A page of the same deadlines. A page that goes forward reads the tickets that are due before its end, which pages before it have
   * read too; one that goes backward, or ends at a bound, reads all tickets that are due before the instant.
   * @throws RangeError when the page begins or ends at no instant.
   */
  pageBefore(before: Instant, page: Page): Promise<Slice<TicketDeadlineRow>>
  /**
   * A page of all deadlines of a category of streams, earliest first, held ones excluded: what is promised, without a read
   * model of its own. It reads no deadlines of other categories.
   * @throws RangeError when the page begins or ends at no instant.
   */
  pageOf(category: ClockedCategory, page: Page): Promise<Slice<DeadlineRow>>
  /** The deadlines of several tickets, each earliest first. */
  ofTickets(ticketIds: readonly string[]): Promise<ReadonlyMap<string, readonly TicketDeadlineRow[]>>
  /** The deadlines of several streams of any category, by stream, each earliest first. */
  ofStreams(streams: readonly string[]): Promise<ReadonlyMap<string, readonly DeadlineRow[]>>
}
