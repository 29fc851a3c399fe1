import type { Deadline } from '@guichet/domain'
import { parseStream, streamName } from '@guichet/domain'
import { sql } from 'kysely'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { DeadlineRow, DeadlinesQueries } from './deadlines-query.ts'

type Selected = { readonly stream: string; readonly held_by: string | null; readonly deadlines: readonly Deadline[] }

/** Asks the live generation of the deadlines. */
export function deadlinesQueries(reader: Reader): DeadlinesQueries {
  const read = sql.id(readSchema)
  return {
    dueBefore: async (instant, limit) => {
      const selected = await reader.rows(sql<Selected>`
        select stream, held_by, deadlines from ${read}.deadline
        where next_due < ${instant}::timestamptz order by next_due, stream limit ${limit}`)
      return selected
        .flatMap(toRows)
        .filter(({ dueAt }) => dueAt < instant)
        .sort(earliestFirst)
        .slice(0, limit)
    },

    ofTickets: async (ticketIds) => {
      const streams = ticketIds.map((id) => streamName('ticket', id))
      const selected = await reader.rows(sql<Selected>`
        select stream, held_by, deadlines from ${read}.deadline where stream = any(${streams}::text[])`)
      const found = new Map(selected.map((each) => [parseStream(each.stream).id, toRows(each)]))
      return new Map(ticketIds.map((id) => [id, found.get(id) ?? []]))
    },
  }
}

const toRows = ({ stream, held_by, deadlines }: Selected): DeadlineRow[] =>
  deadlines.map(({ kind, cycle, dueAt }) => ({ stream, kind, cycle, dueAt, heldBy: held_by ?? undefined }))

const earliestFirst = (a: DeadlineRow, b: DeadlineRow): number =>
  a.dueAt === b.dueAt ? (a.stream < b.stream ? -1 : 1) : a.dueAt < b.dueAt ? -1 : 1
