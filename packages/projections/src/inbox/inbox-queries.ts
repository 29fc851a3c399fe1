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

/** Asks the live generation of the inboxes. */
export function inboxQueries(reader: Reader): InboxQueries {
  const from = sql`${sql.id(readSchema)}.notification n`
  const ordering = byInstant({ expression: sql`n.at`, id: sql`n.id`, direction: 'desc' })
  return {
    ofRecipient: (recipientId, page, { withDesk = false } = {}) => {
      const theirs = sql`n.recipient_id = ${recipientId}`
      const told = withDesk ? sql`(${theirs} or n.recipient_id is null)` : theirs
      return readSlice(reader, { columns: sql`n.*`, from, where: sql`${told} and n.web`, ordering }, page, toRow)
    },
  }
}

const toRow = (selected: Selected): InboxRow => ({
  id: selected.id,
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
