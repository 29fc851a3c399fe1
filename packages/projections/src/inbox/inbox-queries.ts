import type { NotificationKind, Position } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { byInstant, toInstant } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { mergedSlices } from '../reading/merged-slices.ts'
import { readSlice } from '../reading/slice.ts'
import type { InboxQueries, InboxRow, ShownInbox } from './inbox-query.ts'

type Selected = Omit<InboxRow, 'recipientId' | 'team' | 'ticketId' | 'incidentId' | 'channels' | 'at'> &
  InboxRow['channels'] & {
    readonly seq: string
    readonly recipient_id: string | null
    readonly team: string | null
    readonly ticket_id: string
    readonly incident_id: string | null
    readonly at: Date
  }

const notification = sql`${sql.id(readSchema)}.notification`

const own = (recipientId: string): RawBuilder<unknown> => sql`n.recipient_id = ${recipientId} and n.web`

/** What the desk is told, but for what somebody is told by the same event. */
const ofDesk = (recipientId: string): RawBuilder<unknown> => sql`n.recipient_id is null and n.web and not exists (
  select from ${notification} o where o.recipient_id = ${recipientId} and o.position = n.position and o.web)`

/**
 * Asks the live generation of the inboxes. What somebody and the desk are told is read in two statements and put together
 * here: each is read in order from its own index, however much there is.
 */
export function inboxQueries(reader: Reader): InboxQueries {
  const from = sql`${notification} n`
  const ordering = byInstant({ expression: sql`n.at`, id: sql`n.position`, direction: 'desc' })
  const told = (recipientId: string, { withDesk = false, kinds, ownTickets = false, position }: ShownInbox) =>
    [own(recipientId), ...(withDesk ? [ofDesk(recipientId)] : [])].map(
      (where) =>
        sql`${where} ${among(kinds)} ${ownTickets ? onTicketOf(recipientId) : sql``} ${
          position === undefined ? sql`` : sql`and n.position = ${position}`
        }`,
    )
  return {
    ofRecipient: async (recipientId, page, shown = {}) => {
      const slices = told(recipientId, shown).map((where) =>
        readSlice(reader, { columns: sql`n.*`, from, where, ordering }, page, toRow),
      )
      return mergedSlices(await Promise.all(slices), page, newestFirst)
    },

    lastTold: async (recipientId, { limit, before, after, ...shown }) => {
      const theirs = shown.withDesk
        ? sql`(p.recipient_id = ${recipientId} or p.recipient_id is null)`
        : sql`p.recipient_id = ${recipientId}`
      const places = (position: Position | undefined): RawBuilder<unknown> =>
        sql`${notification} p where p.position = ${position ?? null} and ${theirs}`
      const read = told(recipientId, shown).map((where) =>
        reader.rows(sql<Selected>`
          select n.* from ${from}
          where ${where}
            and n.seq < coalesce((select min(p.seq) from ${places(before)}), 9223372036854775807)
            and n.seq > coalesce((select max(p.seq) from ${places(after)}), 0)
          order by n.seq desc limit ${limit}`),
      )
      const selected = (await Promise.all(read)).flat().sort((a, b) => Number(b.seq) - Number(a.seq))
      return selected.slice(0, limit).map(toRow)
    },
  }
}

const newestFirst = (a: InboxRow, b: InboxRow): number =>
  a.at === b.at ? Number(b.position > a.position) - Number(b.position < a.position) : a.at < b.at ? 1 : -1

const onTicketOf = (customerId: string): RawBuilder<unknown> => sql`and (n.incident_id is not null or exists (
  select from ${sql.id(readSchema)}.ticket t where t.id = n.ticket_id and t.customer_id = ${customerId}))`

const among = (kinds: readonly NotificationKind[] | undefined): RawBuilder<unknown> =>
  kinds ? sql`and n.kind = any(${[...kinds]}::text[])` : sql``

const toRow = (selected: Selected): InboxRow => ({
  id: selected.id,
  position: selected.position,
  recipientId: selected.recipient_id ?? undefined,
  team: selected.team ?? undefined,
  ticketId: selected.ticket_id,
  incidentId: selected.incident_id ?? undefined,
  kind: selected.kind,
  level: selected.level,
  title: selected.title,
  message: selected.message,
  language: selected.language,
  channels: { web: selected.web, email: selected.email, push: selected.push },
  at: toInstant(selected.at),
})
