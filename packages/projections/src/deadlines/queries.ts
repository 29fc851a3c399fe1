import { sql } from 'kysely'
import type { Deadline, DeadlineKind, Instant } from '@guichet/domain'
import { streamName } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { byInstant, readSlice, toInstant } from '../reading/slice.ts'

type Selected = { readonly stream: string; readonly held_by: string | null; readonly deadlines: readonly Deadline[] }

type SelectedDeadline = Pick<TicketDeadlineRow, 'stream' | 'kind' | 'cycle'> & {
  readonly held_by: string | null
  readonly due_at: Date
}

/** Queries the live generation of the deadlines. */
export function deadlinesQueries(reader: Reader): DeadlinesQueries {
  const read = sql.id(readSchema)
  const ofStreams: DeadlinesQueries['ofStreams'] = async (streams) => {
    const selected = await reader.rows(sql<Selected>`
      select stream, held_by, deadlines from ${read}.deadline where stream = any(${streams}::text[])`)
    const found = new Map(selected.map((each) => [each.stream, toRows(each)]))
    return new Map(streams.map((stream) => [stream, found.get(stream) ?? []]))
  }

  return {
    dueBefore: async (instant, limit) => {
      const selected = await reader.rows(sql<Selected>`
        select stream, held_by, deadlines from ${read}.deadline
        where next_due < ${instant}::timestamptz and stream like 'ticket-%'
        order by next_due, stream limit ${limit}`)
      return ofTheirKind(selected.flatMap(toRows))
        .filter(({ dueAt }) => dueAt < instant)
        .sort(earliestFirst)
        .slice(0, limit)
    },

    pageBefore: (instant, page) => {
      // The first of all deadlines are among those of the streams that are due first.
      const few =
        page.backward || page.after || page.before ? sql`` : sql`order by next_due, stream limit ${page.limit + 1}`
      const listed = {
        columns: sql`r.stream, r.held_by, d.kind, d.cycle, d."dueAt" as due_at`,
        from: sql`(
          select stream, held_by, deadlines from ${read}.deadline
          where next_due < ${instant}::timestamptz and stream like 'ticket-%' ${few}
        ) r cross join lateral json_to_recordset(r.deadlines) d (kind text, cycle integer, "dueAt" timestamptz)`,
        where: sql`d."dueAt" < ${instant}::timestamptz`,
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
    },

    ofTickets: async (ticketIds) => {
      const streams = ticketIds.map((id) => streamName('ticket', id))
      const found = await ofStreams(streams)
      return new Map(ticketIds.map((id, place) => [id, ofTheirKind(found.get(streams[place] ?? '') ?? [])]))
    },

    ofStreams,
  }
}

const toRows = ({ stream, held_by, deadlines }: Selected): DeadlineRow[] =>
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
export type TicketDeadlineRow = DeadlineRow<DeadlineKind>

export type DeadlinesQueries = {
  /** Deadlines of tickets due before an instant, earliest first, held ones excluded. */
  dueBefore(instant: Instant, limit: number): Promise<readonly TicketDeadlineRow[]>
  /**
   * A page of the same deadlines. Only the first page reads no more than it needs: others read all streams that are due before the instant.
   * @throws RangeError when the page begins or ends at no instant.
   */
  pageBefore(instant: Instant, page: Page): Promise<Slice<TicketDeadlineRow>>
  /** The deadlines of several tickets, each earliest first. */
  ofTickets(ticketIds: readonly string[]): Promise<ReadonlyMap<string, readonly TicketDeadlineRow[]>>
  /** The deadlines of several streams of any category, by stream, each earliest first. */
  ofStreams(streams: readonly string[]): Promise<ReadonlyMap<string, readonly DeadlineRow[]>>
}
