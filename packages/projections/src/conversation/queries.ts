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
  readonly at: Date
  readonly redacted_at: Date | null
  readonly attachments: readonly AttachmentRow[]
}

/** A message of a ticket, or, without an id, a marker for an empty page of the ticket. */
type Selected = { readonly asked_id: string; readonly bounded: boolean } & (SelectedMessage | { readonly id: null })

/**
 * Queries the live generation of the conversations. The visibility `public` excludes notes, internal attachments, and
 * attachments of notes. An attachment that names no message is listed with the last public message before it.
 */
export function conversationQueries(reader: Reader): ConversationQueries {
  const read = sql.id(readSchema)
  /** The requested tickets, the page bounds of each, and its messages. */
  const messagesOf = (ticketIds: readonly string[], page: Page, visibility: Visibility): RawBuilder<unknown> => {
    const all = visibility === 'all'
    const bound = (keyset: Keyset | undefined): RawBuilder<unknown> =>
      keyset
        ? sql`(
            select k.version from ${read}.message k
            where k.ticket_id = asked.ticket_id and k.id = ${keyset.value} and (${all} or k.kind <> 'note')
          )`
        : sql`null::integer`
    const { limit, backward, after, before } = page
    return sql`
      unnest(${[...new Set(ticketIds)]}::text[]) asked (ticket_id)
      cross join lateral (
        select first, last, ${after ? sql`first is not null` : sql`true`} and ${before ? sql`last is not null` : sql`true`} as bounded
        from (select ${bound(after)} as first, ${bound(before)} as last) found
      ) b
      left join lateral (
        select *, (
          select min(n.version) from ${read}.message n
          where n.ticket_id = m.ticket_id and n.version > m.version and n.kind <> 'note'
        ) as next_public
        from ${read}.message m
        where m.ticket_id = asked.ticket_id and (${all} or m.kind <> 'note')
          ${after ? sql`and m.version > b.first` : sql``} ${before ? sql`and m.version < b.last` : sql``}
        order by m.version ${backward ? sql`desc` : sql`asc`} limit ${limit + 1}
      ) m on true`
  }
  return {
    ofTickets: async (ticketIds, page, visibility) => {
      const all = visibility === 'all'
      const selected = await reader.rows(sql<Selected>`
        select asked.ticket_id as asked_id, b.bounded, m.*, a.attachments
        from ${messagesOf(ticketIds, page, visibility)}
        left join lateral (
          select coalesce(json_agg(json_build_object(
            'id', a.id, 'name', a.name, 'mediaType', a.media_type, 'bytes', a.bytes, 'visibility', a.visibility, 'fileId', a.file_id
          ) order by a.version), '[]') as attachments
          from ${read}.attachment a
          where a.ticket_id = m.ticket_id and (${all} or a.visibility = 'public') and (
            a.message_id = m.id or (
              a.message_id is null and m.kind <> 'note' and a.version > m.version
              and (m.next_public is null or a.version < m.next_public)
            )
          )
        ) a on true
        order by m.ticket_id, m.version`)
      return slicesOf(selected, page)
    },
    bytesOf: async (ticketIds, page, visibility) => {
      const [total] = await reader.rows(sql<{ readonly bytes: number }>`
        select coalesce(sum(octet_length(m.body)), 0)::float8 as bytes from ${messagesOf(ticketIds, page, visibility)}`)
      return total?.bytes ?? 0
    },
  }
}

/** The pages by ticket. The bound of a page is itself a message, so there is one beyond it. */
function slicesOf(selected: readonly Selected[], page: Page): ReadonlyMap<string, Slice<MessageRow>> {
  const { limit, backward, after, before } = page
  const messages = new Map<string, MessageRow[]>()
  for (const each of selected) {
    if (!each.bounded) continue
    const found = messages.get(each.asked_id) ?? []
    if (each.id !== null) found.push(messageIn(each))
    messages.set(each.asked_id, found)
  }
  return new Map(
    [...messages].map(([id, found]): [string, Slice<MessageRow>] => {
      const overflow = found.length > limit
      const rows = backward ? found.slice(-limit) : found.slice(0, limit)
      return [
        id,
        {
          rows: rows.map((row) => ({ row, keyset: { value: row.id, id: '' } })),
          hasPrevious: after !== undefined || (overflow && backward === true),
          hasNext: before !== undefined || (overflow && backward !== true),
        },
      ]
    }),
  )
}

const messageIn = ({ author_name, at, redacted_at, attachments, ...stored }: SelectedMessage): MessageRow =>
  toMessage(
    { ...stored, author_name: author_name ?? undefined },
    { at: toInstant(at), attachments, redactedAt: redacted_at ? toInstant(redacted_at) : undefined },
  )
