import { sql } from 'kysely'
import { priorities } from '@guichet/domain'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { coalesced, readParts, readSchema } from '../reading/reader.ts'
import type { Condition } from '../reading/slice.ts'
import { allOf, among, amongOrNone, anyOf, byInstant, readSlice } from '../reading/slice.ts'
import { ofMembers, ofPersons, ofTerms } from '../reading/terms.ts'
import { foundInTexts } from '../search/search-conditions.ts'
import { deskWords, ownWords, textsOfChats, understandSearches } from '../search/understand.ts'
import type { Visibility } from '../visibility.ts'
import type { ChatFields, ChatFilter, ChatOpening, ChatQueries, ChatRow } from './chat-row.ts'

type SelectedRow = {
  readonly id: string
  readonly version: number
  readonly opening: ChatOpening
  readonly shown: ChatFields
}

const from = sql`${sql.id(readSchema)}.chat t`
const columns = sql`t.id, t.version, t.opening, t.shown`
const toRow = ({ id, version, opening, shown: view }: SelectedRow): ChatRow => ({ id, version, ...opening, ...view })

/** Queries the live generation of the chats. */
export function chatQueries(reader: Reader): ChatQueries {
  const byIds = async (ids: readonly string[]): Promise<readonly (ChatRow | undefined)[]> => {
    const selected = await reader.rows(sql<SelectedRow>`
      select ${columns} from ${from} where t.id = any(${[...ids]}::text[])`)
    const rowsById = new Map(selected.map((each) => [each.id, toRow(each)]))
    return ids.map((id) => rowsById.get(id))
  }
  const byWait = (where: Condition, page: Page): Promise<Slice<ChatRow>> =>
    readParts(2, page, (part, within) =>
      readSlice(
        reader,
        {
          columns,
          from,
          where: sql`${where} and t.status <> 'closed' and t.awaited_from = ${part === 0 ? 'desk' : 'customer'}`,
          ordering: byInstant({ expression: sql`t.awaited_since`, id: sql`t.id`, direction: 'asc' }),
        },
        within,
        toRow,
      ),
    )

  return {
    list: async (filter, order, page, visibility) => {
      const where = allOf([conditionOf(filter), await searched(reader, filter, visibility)])
      if (order.by === 'wait') return byWait(where, page)
      const ordering = byInstant({ expression: sql`t.started_at`, id: sql`t.id`, direction: order.direction })
      return readSlice(reader, { columns, from, where, ordering }, page, toRow)
    },

    byIds: coalesced(byIds),

    openIds: async () => {
      const rows = await reader.rows<{ id: string }>(sql`
        select t.id from ${from} where t.status = any('{waiting,active}') order by t.id`)
      return rows.map(({ id }) => id)
    },
  }
}

/** Every word of a search is somewhere in the chat. Customers' searches match words of their own chats alone. */
async function searched(
  reader: Reader,
  { search, customerId, person, memberOf }: ChatFilter,
  visibility: Visibility,
): Promise<Condition | undefined> {
  if (search === undefined) return undefined
  const writer = sql.ref('customer_id')
  const isRestricted = (customerId ?? person ?? memberOf) !== undefined
  const writers = isRestricted
    ? allOf([
        customerId && among(writer, customerId),
        person && ofPersons(writer, person),
        memberOf !== undefined && ofMembers(writer, memberOf),
      ])
    : undefined
  const lookUp = visibility === 'public' ? ownWords(reader, writers, textsOfChats) : deskWords(reader, 'chat_word')
  const words = (await understandSearches(reader, [search], lookUp)).get(search) ?? []
  if (words.length === 0) return sql`false`
  return allOf(foundInTexts(sql.ref('t.id'), words, 'any', visibility, textsOfChats))
}

function conditionOf(filter: ChatFilter): Condition {
  const { status, channel, priority, customerId, agentId, offeredTo, involving, team, overdue, ticketId } = filter
  const { category, plan, startedAt, person, memberOf } = filter
  return allOf([
    status && among(sql.ref('t.status'), status),
    channel && among(sql.ref('t.channel'), channel),
    priority && sql`t.urgency = any(${priority.map((each) => priorities.indexOf(each))}::smallint[])`,
    ofTerms('t', { category, plan }),
    customerId && among(sql.ref('t.customer_id'), customerId),
    person && ofPersons(sql.ref('t.customer_id'), person),
    memberOf !== undefined && ofMembers(sql.ref('t.customer_id'), memberOf),
    agentId && amongOrNone(sql.ref('t.agent_id'), agentId),
    offeredTo && among(sql.ref('t.offered_to'), offeredTo),
    involving !== undefined &&
      anyOf([sql`t.involved @> array[${involving}]::text[]`, sql`t.offered_to = ${involving}`]),
    team && among(sql.ref('t.team'), team),
    overdue !== undefined && sql`t.overdue = ${overdue}::boolean`,
    ticketId && among(sql.ref('t.ticket_id'), ticketId),
    startedAt?.from !== undefined && sql`t.started_at >= ${startedAt.from}::timestamptz`,
    startedAt?.to !== undefined && sql`t.started_at < ${startedAt.to}::timestamptz`,
  ])
}
