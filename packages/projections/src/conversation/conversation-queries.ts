import type { Actor } from '@guichet/domain'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { AttachmentRow, ConversationQueries, MessageRow } from './conversation-query.ts'

type Selected = {
  readonly ticket_id: string
  readonly version: number
  readonly id: string
  readonly kind: MessageRow['kind']
  readonly author_kind: Actor['kind']
  readonly author_id: string
  readonly author_name: string | null
  readonly body: string
  readonly at: Date
  readonly attachments: readonly AttachmentRow[]
}

/**
 * Asks the live generation of the conversations. With `visibility: 'public'` there are neither notes, nor internal
 * attachments, nor what is attached to a note. An attachment that names no message is listed with the last public
 * message before it.
 */
export function conversationQueries(reader: Reader): ConversationQueries {
  const read = sql.id(readSchema)
  return {
    ofTickets: async (ticketIds, { visibility, afterVersion = 0, limit }) => {
      const all = visibility === 'all'
      const selected = await reader.rows(sql<Selected>`
        select m.*, a.attachments
        from unnest(${[...new Set(ticketIds)]}::text[]) asked (ticket_id)
        cross join lateral (
          select *, (
            select min(n.version) from ${read}.message n
            where n.ticket_id = m.ticket_id and n.version > m.version and n.kind <> 'note'
          ) as next_public
          from ${read}.message m
          where m.ticket_id = asked.ticket_id and m.version > ${afterVersion} and (${all} or m.kind <> 'note')
          order by m.version limit ${limit}
        ) m
        cross join lateral (
          select coalesce(json_agg(json_build_object(
            'id', a.id, 'name', a.name, 'mediaType', a.media_type, 'bytes', a.bytes, 'visibility', a.visibility
          ) order by a.version), '[]') as attachments
          from ${read}.attachment a
          where a.ticket_id = m.ticket_id and (${all} or a.visibility = 'public') and (
            a.message_id = m.id or (
              a.message_id is null and m.kind <> 'note' and a.version > m.version
              and (m.next_public is null or a.version < m.next_public)
            )
          )
        ) a
        order by m.ticket_id, m.version`)
      const conversations = new Map<string, MessageRow[]>(ticketIds.map((id) => [id, []]))
      for (const each of selected) conversations.get(each.ticket_id)?.push(toMessage(each))
      return conversations
    },
  }
}

function toMessage({ ticket_id, version, id, kind, body, at, attachments, ...author }: Selected): MessageRow {
  const { author_kind, author_id, author_name } = author
  return {
    id,
    ticketId: ticket_id,
    version,
    kind,
    author: { kind: author_kind, id: author_id, ...(author_name !== null && { name: author_name }) },
    body,
    at: toInstant(at),
    attachments,
  }
}
