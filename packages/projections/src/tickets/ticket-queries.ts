import type { TicketStatus } from '@guichet/domain'
import { ticketStatuses } from '@guichet/domain'
import { sql } from 'kysely'
import { coalesced } from '../reading/coalesce.ts'
import { toInstant } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readParts } from '../reading/parts.ts'
import type { Page, Slice } from '../reading/page.ts'
import type { Listed } from '../reading/slice.ts'
import { near, readSlice } from '../reading/slice.ts'
import { deskWords } from '../search/desk-words.ts'
import { ownWords } from '../search/own-words.ts'
import { understandSearches } from '../search/understand.ts'
import { customersOf, searchesOf } from './filter.ts'
import { arrange } from './ticket-order.ts'
import type { TicketCounters, TicketFilter, TicketQueries, TicketRow } from './ticket-query.ts'
import type { ShownTicket } from './ticket-row.ts'
import type { TargetLimits } from './with-targets.ts'
import { asksForTargets, gathered, targetLimits, ticketsOf, ticketsWithTargets } from './with-targets.ts'

type Selected = {
  readonly id: string
  readonly number: number
  readonly version: number
  readonly shown: ShownTicket
  readonly public_updated_at: Date
}

/** Asks the live generation of the tickets. */
export function ticketQueries(reader: Reader, limits: TargetLimits = targetLimits): TicketQueries {
  const toRow = ({ id, number, version, shown, public_updated_at }: Selected): TicketRow => ({
    id,
    number,
    version,
    publicUpdatedAt: toInstant(public_updated_at),
    ...shown,
  })
  const columns = sql`t.id, t.number, t.version, t.shown, t.public_updated_at`
  const from = ticketsOf(undefined)

  const byIds = async (ids: readonly string[]): Promise<readonly (TicketRow | undefined)[]> => {
    const selected = await reader.rows(
      sql<Selected>`select ${columns} from ${from} where t.id = any(${[...ids]}::text[])`,
    )
    const found = new Map(selected.map((each) => [each.id, toRow(each)]))
    return ids.map((id) => found.get(id))
  }
  const listByTargets = async (listed: Pick<Listed, 'where' | 'ordering'>, page: Page): Promise<Slice<TicketRow>> => {
    const walked = {
      ...listed,
      columns,
      from,
      where: sql`${listed.where} and ${near({ ...listed, from }, page, limits.walk)}`,
    }
    const first = await readSlice(reader, walked, page, toRow, 'ad hoc')
    if (first.rows.length === page.limit && (page.backward ? first.hasPrevious : first.hasNext)) return first
    const slice = await readSlice(reader, gathered(listed), page, ({ id }: Pick<Selected, 'id'>) => id, 'ad hoc')
    const rows = await byIds(slice.rows.map(({ row }) => row))
    return {
      ...slice,
      rows: slice.rows.flatMap(({ keyset }, place) => (rows[place] ? [{ row: rows[place], keyset }] : [])),
    }
  }

  return {
    list: async (filter, order, page, visibility) => {
      const searches = searchesOf(filter)
      const lookUp = visibility === 'public' ? ownWords(reader, customersOf(filter)) : deskWords(reader)
      const few = await ticketsWithTargets(reader, filter, limits)
      const terms = { understood: await understandSearches(reader, searches, lookUp), visibility, few }
      const parts = arrange(filter, order, terms)
      const planning = isPlain(filter) && order.by !== 'due' ? 'prepared' : 'ad hoc'
      return readParts(parts.length, page, async (part, within) => {
        const arranged = parts[part]
        if (!arranged) return { rows: [], hasPrevious: false, hasNext: false }
        if (!few && asksForTargets(filter) && order.by !== 'due') return listByTargets(arranged, within)
        return readSlice(reader, { columns, from: ticketsOf(few), ...arranged }, within, toRow, planning)
      })
    },

    byIds: coalesced(byIds),

    idsByNumber: async (numbers) => {
      const found = await reader.rows(
        sql<
          Pick<Selected, 'id' | 'number'>
        >`select t.id, t.number from ${from} where t.number = any(${[...numbers]}::integer[])`,
      )
      return new Map(found.map(({ id, number }) => [number, id]))
    },

    counters: async () => {
      const rows = await reader.rows(
        sql<{
          status: TicketStatus
          tickets: string
        }>`select status, tickets from ${sql.id(readSchema)}.ticket_counter`,
      )
      const tickets = new Map(rows.map((row) => [row.status, Number(row.tickets)]))
      const counted = ticketStatuses.map((status) => [status, tickets.get(status) ?? 0] as const)
      const total = counted.reduce((sum, [, count]) => sum + count, 0)
      return { ...(Object.fromEntries(counted) as Record<TicketStatus, number>), total } satisfies TicketCounters
    },
  }
}

/** A filter whose best plan does not depend on the words searched for, of a shape that comes again. */
function isPlain({ and, or, not, sla, search }: TicketFilter): boolean {
  return [and, or, not, sla, search].every((each) => each === undefined)
}
