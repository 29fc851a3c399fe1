import type { NotificationKind, Position } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { byInstant, toInstant } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import type { InboxQueries, InboxRow } from './inbox-query.ts'

type Selected = Omit<InboxRow, 'recipientId' | 'ticketId' | 'channels' | 'at'> &
  InboxRow['channels'] & { readonly recipient_id: string; readonly ticket_id: string; readonly at: Date }

/** Asks the live generation of the inboxes. */
export function inboxQueries(reader: Reader): InboxQueries {
  const from = sql`${sql.id(readSchema)}.notification n`
  const ordering = byInstant({ expression: sql`n.at`, id: sql`n.position`, direction: 'desc' })
  return {
    ofRecipient: (recipientId, page, { kinds } = {}) =>
      readSlice(
        reader,
        { columns: sql`n.*`, from, where: sql`n.recipient_id = ${recipientId} and n.web ${among(kinds)}`, ordering },
        page,
        toRow,
      ),

    lastTold: async (recipientId, { limit, before, after, kinds }) => {
      const place = (position: Position | undefined): RawBuilder<unknown> => sql`(
        select p.seq from ${sql.id(readSchema)}.notification p where p.recipient_id = ${recipientId} and p.position = ${position ?? null} limit 1
      )`
      const selected = await reader.rows(sql<Selected>`
        select n.* from ${from}
        where n.recipient_id = ${recipientId} and n.web ${among(kinds)}
          and n.seq < coalesce(${place(before)}, 9223372036854775807) and n.seq > coalesce(${place(after)}, 0)
        order by n.seq desc limit ${limit}`)
      return selected.map(toRow)
    },
  }
}

const among = (kinds: readonly NotificationKind[] | undefined): RawBuilder<unknown> =>
  kinds ? sql`and n.kind = any(${[...kinds]}::text[])` : sql``

const toRow = (selected: Selected): InboxRow => ({
  id: selected.id,
  position: selected.position,
  recipientId: selected.recipient_id,
  ticketId: selected.ticket_id,
  kind: selected.kind,
  level: selected.level,
  title: selected.title,
  message: selected.message,
  language: selected.language,
  channels: { web: selected.web, email: selected.email, push: selected.push },
  at: toInstant(selected.at),
})
