import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Actor } from '@guichet/domain'
import type { Keyset, Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { toInstant } from '../reading/slice.ts'
import type { Visibility } from '../visibility.ts'
import type { AttachmentRow, ConversationQueries, MessageRow } from './model.ts'
import { toMessage } from './model.ts'

type SelectedMessage = {
  readonly ticket_id: string
  readonly version: number
  readonly id: string
  readonly kind: MessageRow['kind']
  readonly author_kind: Actor['kind']
  readonly author_id: string
  readonly author_name: string | null
  readonly body: string
  readonly original: MessageRow['original'] | null
  readonly at: Date
  readonly redacted_at: Date | null
  readonly attachments: readonly AttachmentRow[]
}

/** A message of a ticket, or, without an id, a marker for an empty page of the ticket. */
type SelectedRow = { readonly asked_id: string; readonly bounded: boolean } & (SelectedMessage | { readonly id: null })

/**
 * Queries the live generation of the conversations. The visibility `public` excludes notes, internal attachments, and
 * attachments of notes. An attachment that names no message is listed with the last public message before it. A message
 * has a path: the versions of the merges that brought its ticket along, one after the other, then its own version. The
 * paths are in the order of the conversation.
 */
export function conversationQueries(reader: Reader): ConversationQueries {
  const read = sql.id(readSchema)
  /** All tickets that were merged into the requested ones: few have any, so that they are looked up once for all. */
  const withBrought = (ticketIds: readonly string[]): RawBuilder<unknown> => sql`
    with recursive brought (asked_id, ticket_id, path) as (
      select t.target, t.source, array[t.version] from ${read}.ticket_merge t
      where t.target = any(${[...ticketIds]}::text[])
      union all
      select b.asked_id, t.source, b.path || t.version
      from brought b
      cross join lateral (select * from ${read}.ticket_merge where target = b.ticket_id offset 0) t
    ) cycle ticket_id set is_ring using way`
  /** The path of the message of a keyset. */
  const placeOf = (keyset: Keyset | undefined, all: boolean): RawBuilder<unknown> =>
    keyset
      ? sql`(
          select part.path || k.version from ${parts} part join ${read}.message k on k.ticket_id = part.ticket_id
          where part.ticket_id = ${keyset.id === '' ? sql`asked.ticket_id` : keyset.id} and k.id = ${keyset.value}
            and (${all} or k.kind <> 'note')
          limit 1
        )`
      : sql`null::integer[]`
  /** The requested tickets, the page bounds of each, and its messages: of each merged ticket no more than a page. */
  const messagesOf = (ticketIds: readonly string[], page: Page, visibility: Visibility): RawBuilder<unknown> => {
    const all = visibility === 'all'
    const { limit, backward, after, before } = page
    const direction = backward ? sql`desc` : sql`asc`
    return sql`
      unnest(${[...new Set(ticketIds)]}::text[]) asked (ticket_id)
      cross join lateral (
        select first, last, ${after ? sql`first is not null` : sql`true`} and ${before ? sql`last is not null` : sql`true`} as bounded
        from (select ${placeOf(after, all)} as first, ${placeOf(before, all)} as last) found
      ) b
      left join lateral (
        select m.*
        from ${parts} part
        cross join lateral (
          select m.*, part.path || m.version as path
          from ${read}.message m
          where m.ticket_id = part.ticket_id and (${all} or m.kind <> 'note')
            ${after ? sql`and m.version > ${boundIn(sql`b.first`)}` : sql``}
            ${before ? sql`and m.version < ${boundIn(sql`b.last`)}` : sql``}
          order by m.version ${direction} limit ${limit + 1}
        ) m
        order by m.path ${direction} limit ${limit + 1}
      ) m on true`
  }
  return {
    ofTickets: async (ticketIds, page, visibility) => {
      const all = visibility === 'all'
      const selected = await reader.rows(sql<SelectedRow>`
        ${withBrought(ticketIds)}
        select asked.ticket_id as asked_id, b.bounded, m.*, a.attachments
        from ${messagesOf(ticketIds, page, visibility)}
        left join lateral (
          select min(n.version) as version from ${read}.message n
          where n.ticket_id = m.ticket_id and n.version > m.version and n.kind <> 'note'
        ) next_public on true
        left join lateral (
          select coalesce(json_agg(json_build_object(
            'id', a.id, 'name', a.name, 'mediaType', a.media_type, 'bytes', a.bytes, 'visibility', a.visibility, 'fileId', a.file_id
          ) order by a.version), '[]') as attachments
          from ${read}.attachment a
          where a.ticket_id = m.ticket_id and (${all} or a.visibility = 'public') and (
            a.message_id = m.id or (
              a.message_id is null and m.kind <> 'note' and a.version > m.version
              and (next_public.version is null or a.version < next_public.version)
            )
          )
        ) a on true
        order by asked.ticket_id, m.path`)
      return slicesOf(selected, page)
    },
    bytesOf: async (ticketIds, page, visibility) => {
      const [total] = await reader.rows(sql<{ readonly bytes: number }>`
        ${withBrought(ticketIds)}
        select coalesce(sum(octet_length(m.body) + coalesce(octet_length(m.original ->> 'body'), 0)), 0)::float8 as bytes from ${messagesOf(ticketIds, page, visibility)}`)
      return total?.bytes ?? 0
    },
  }
}

/** A requested ticket, then those that were merged into it, with the beginning of the paths of their messages. */
const parts = sql`(
  select asked.ticket_id, '{}'::integer[] as path
  union all select b.ticket_id, b.path from brought b where b.asked_id = asked.ticket_id and not b.is_ring
)`

/** The version in a ticket of `parts` at which a bound lies: before all of its messages, between two, or behind all. */
const boundIn = (bound: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  case
    when ${bound}[1:cardinality(part.path)] = part.path then ${bound}[cardinality(part.path) + 1]
    when part.path > ${bound} then 0
    else 2147483647
  end`

/** The place of a message in the conversation of a ticket. */
export const messageKey = (askedId: string, { id, ticketId }: Pick<MessageRow, 'id' | 'ticketId'>): Keyset => ({
  value: id,
  id: ticketId === askedId ? '' : ticketId,
})

/** The pages by ticket. The bound of a page is itself a message, so there is one beyond it. */
function slicesOf(selected: readonly SelectedRow[], page: Page): ReadonlyMap<string, Slice<MessageRow>> {
  const { limit, backward, after, before } = page
  const messages = new Map<string, MessageRow[]>()
  for (const each of selected) {
    if (!each.bounded) continue
    const ticketMessages = messages.get(each.asked_id) ?? []
    if (each.id !== null) ticketMessages.push(messageIn(each))
    messages.set(each.asked_id, ticketMessages)
  }
  return new Map(
    [...messages].map(([id, ticketMessages]): [string, Slice<MessageRow>] => {
      const overflow = ticketMessages.length > limit
      const rows = backward ? ticketMessages.slice(-limit) : ticketMessages.slice(0, limit)
      return [
        id,
        {
          rows: rows.map((row) => ({ row, keyset: messageKey(id, row) })),
          hasPrevious: after !== undefined || (overflow && backward === true),
          hasNext: before !== undefined || (overflow && backward !== true),
        },
      ]
    }),
  )
}

const messageIn = ({ author_name, original, at, redacted_at, attachments, ...stored }: SelectedMessage): MessageRow =>
  toMessage(
    { ...stored, original: original ?? undefined, author_name: author_name ?? undefined },
    { at: toInstant(at), attachments, redactedAt: redacted_at ? toInstant(redacted_at) : undefined },
  )
