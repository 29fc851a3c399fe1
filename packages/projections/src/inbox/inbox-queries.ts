import type { Position } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { byInstant, toInstant } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import type { InboxQueries, InboxRow } from './inbox-query.ts'

type Selected = Omit<InboxRow, 'recipientId' | 'team' | 'ticketId' | 'channels' | 'at'> &
  InboxRow['channels'] & {
    readonly recipient_id: string | null
    readonly team: string | null
    readonly ticket_id: string
    readonly at: Date
  }

const notification = sql`${sql.id(readSchema)}.notification`

/** What somebody is shown of the notifications `n`: of what they and the desk are told by one event, only their own. */
function shownTo(recipientId: string, withDesk: boolean): RawBuilder<unknown> {
  const own = sql`n.recipient_id = ${recipientId}`
  if (!withDesk) return own
  return sql`(${own} or (n.recipient_id is null and not exists (
    select from ${notification} o where o.recipient_id = ${recipientId} and o.position = n.position and o.web)))`
}

/** Asks the live generation of the inboxes. */
export function inboxQueries(reader: Reader): InboxQueries {
  const from = sql`${notification} n`
  const ordering = byInstant({ expression: sql`n.at`, id: sql`n.position`, direction: 'desc' })
  return {
    ofRecipient: (recipientId, page, { withDesk = false } = {}) => {
      const where = sql`${shownTo(recipientId, withDesk)} and n.web`
      return readSlice(reader, { columns: sql`n.*`, from, where, ordering }, page, toRow)
    },

    lastTold: async (recipientId, { limit, before, after, withDesk = false }) => {
      const theirs = withDesk
        ? sql`(p.recipient_id = ${recipientId} or p.recipient_id is null)`
        : sql`p.recipient_id = ${recipientId}`
      const places = (position: Position | undefined): RawBuilder<unknown> =>
        sql`${notification} p where p.position = ${position ?? null} and ${theirs}`
      const selected = await reader.rows(sql<Selected>`
        select n.* from ${from}
        where ${shownTo(recipientId, withDesk)} and n.web
          and n.seq < coalesce((select min(p.seq) from ${places(before)}), 9223372036854775807)
          and n.seq > coalesce((select max(p.seq) from ${places(after)}), 0)
        order by n.seq desc limit ${limit}`)
      return selected.map(toRow)
    },
  }
}

const toRow = (selected: Selected): InboxRow => ({
  id: selected.id,
  position: selected.position,
  recipientId: selected.recipient_id ?? undefined,
  team: selected.team ?? undefined,
  ticketId: selected.ticket_id,
  kind: selected.kind,
  level: selected.level,
  title: selected.title,
  message: selected.message,
  language: selected.language,
  channels: { web: selected.web, email: selected.email, push: selected.push },
  at: toInstant(selected.at),
})
