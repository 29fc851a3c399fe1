import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Instant, NotificationKind, Position } from '@guichet/domain'
import { createGroupRead, isDatabaseAway } from '@guichet/eventstore'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { byInstant, mergedSlices, readSlice, toInstant } from '../reading/slice.ts'

type SelectedRow = Omit<
  InboxRow,
  'recipientId' | 'team' | 'ticketId' | 'chatId' | 'incidentId' | 'draftId' | 'channels' | 'at'
> &
  InboxRow['channels'] & {
    readonly seq: string
    readonly recipient_id: string | null
    readonly team: string | null
    readonly ticket_id: string | null
    readonly chat_id: string | null
    readonly incident_id: string | null
    readonly draft_id: string | null
    readonly at: Date
  }

const notification = sql`${sql.id(readSchema)}.notification`

const isFor = (recipientId: string): RawBuilder<unknown> => sql`n.recipient_id = ${recipientId} and n.web`

/** Whether one of these users is notified of the same event personally. */
const reaches = (recipientIds: RawBuilder<unknown>): RawBuilder<unknown> => sql`exists (
  select from ${notification} o where o.recipient_id = any(${recipientIds}) and o.position = n.position and o.web)`

/**
 * Queries the live generation of the inboxes. A user's own notifications and the desk's are read in two statements and
 * merged here, so that each is read in order from its own index, however many there are. Those of a survivor and of whom
 * was merged into them are read as a whole, and sorted.
 */
export function inboxQueries(reader: Reader): InboxQueries {
  const from = sql`${notification} n`
  const ordering = byInstant({ expression: sql`n.at`, id: sql`n.position`, direction: 'desc' })
  const conditionsOf = (
    recipientId: string,
    { merged = [], withDesk = false, kinds, ownTickets = false, position }: InboxFilter,
  ) => {
    const everybody = sql`${[recipientId, ...merged]}::text[]`
    const once = sql`and (${ownTickets} and n.incident_id is null or not exists (
      select from ${notification} o where o.recipient_id = any(${everybody}) and o.position = n.position and o.web
        and array_position(${everybody}, o.recipient_id) < array_position(${everybody}, n.recipient_id)))`
    const personal =
      merged.length === 0 ? isFor(recipientId) : sql`n.recipient_id = any(${everybody}) and n.web ${once}`
    const ofDesk = sql`n.recipient_id is null and n.web and not ${reaches(everybody)}`
    return [sql`${personal} ${ownTickets ? onOwnTicket : sql``}`, ...(withDesk && !ownTickets ? [ofDesk] : [])].map(
      (where) => sql`${where} ${among(kinds)} ${position === undefined ? sql`` : sql`and n.position = ${position}`}`,
    )
  }
  const newest = createGroupRead<LatestRequest, readonly InboxRow[]>({
    send: (requests) => readLatest(reader, requests),
    concernsAll: isDatabaseAway,
    maxInFlight: 2,
    maxRequests: 200,
  })
  return {
    ofRecipient: async (recipientId, page, options = {}) => {
      const slices = conditionsOf(recipientId, options).map((where) =>
        readSlice(reader, { columns: sql`n.*`, from, where, ordering }, page, toRow),
      )
      return mergedSlices(await Promise.all(slices), page, newestFirst)
    },

    newest: (recipientId, { merged = [], withDesk = false, ownTickets = false, ...rest }) =>
      newest({ recipientIds: [recipientId, ...merged], withDesk, ownTickets, ...rest }),
  }
}

/** A request for a user's latest notifications. */
type LatestRequest = Omit<Parameters<InboxQueries['newest']>[1], 'merged'> & {
  /** The user, and the customers who were merged into them. */
  readonly recipientIds: readonly string[]
}

/** Reads for all requests in one statement: an event of the desk concerns every listener there. */
async function readLatest(
  reader: Reader,
  requests: readonly LatestRequest[],
): Promise<readonly (() => readonly InboxRow[])[]> {
  const table = sql.id(readSchema)
  const isRead = sql`n.seq < b.before and n.seq > b.after and (q.kinds is null or n.kind = any(q.kinds))`
  const personal = sql`(
    select n.* from unnest(q."recipientIds") with ordinality r(id, place) cross join lateral (
      select n.* from ${notification} n
      where n.recipient_id = r.id and n.web and ${isRead}
        and (not q."ownTickets" or n.incident_id is not null or exists (
          select from ${table}.ticket t where t.id = n.ticket_id and t.customer_id = r.id))
        and (r.place = 1 or q."ownTickets" and n.incident_id is null
          or not ${reaches(sql`q."recipientIds"[1:(r.place - 1)::integer]`)})
      order by n.seq desc limit q."limit") n
    order by n.seq desc limit q."limit")`
  const ofDesk = sql`(
    select n.* from ${notification} n
    where q."withDesk" and n.recipient_id is null and n.web and ${isRead}
      and not q."ownTickets" and not ${reaches(sql`q."recipientIds"`)}
    order by n.seq desc limit q."limit")`
  const seqOf = (extreme: RawBuilder<unknown>, position: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    (select ${extreme} from ${notification} p where p.recipient_id = any(q."recipientIds") and p.position = ${position}),
    (select ${extreme} from ${notification} p where q."withDesk" and p.recipient_id is null and p.position = ${position})`
  const rows = await reader.rows(sql<SelectedRow & { readonly request: number }>`
    select q.request, n.*
    from jsonb_to_recordset(${JSON.stringify(requests.map((each, index) => ({ ...each, request: index })))}::jsonb) as q(
      request integer, "recipientIds" text[], "withDesk" boolean, "ownTickets" boolean, kinds text[],
      before text, after text, "limit" integer)
    cross join lateral (select
      coalesce(least(${seqOf(sql`min(p.seq)`, sql`q.before`)}), 9223372036854775807) as before,
      coalesce(greatest(${seqOf(sql`max(p.seq)`, sql`q.after`)}), 0) as after) b
    cross join lateral (${personal} union all ${ofDesk}) n
    order by n.seq desc`)
  const rowsByRequest: InboxRow[][] = requests.map(() => [])
  for (const row of rows) rowsByRequest[row.request]?.push(toRow(row))
  return rowsByRequest.map((all, index) => () => all.slice(0, requests[index]?.limit))
}

const newestFirst = (a: InboxRow, b: InboxRow): number =>
  a.at === b.at ? Number(b.position > a.position) - Number(b.position < a.position) : a.at < b.at ? 1 : -1

/** Of an event of a ticket, one of the persons that it reaches is its customer. */
const onOwnTicket = sql`and (n.incident_id is not null or exists (
  select from ${sql.id(readSchema)}.ticket t where t.id = n.ticket_id and t.customer_id = n.recipient_id))`

const among = (kinds: readonly NotificationKind[] | undefined): RawBuilder<unknown> =>
  kinds ? sql`and n.kind = any(${[...kinds]}::text[])` : sql``

const toRow = (selected: SelectedRow): InboxRow => ({
  id: selected.id,
  position: selected.position,
  recipientId: selected.recipient_id ?? undefined,
  team: selected.team ?? undefined,
  ticketId: selected.ticket_id ?? undefined,
  chatId: selected.chat_id ?? undefined,
  incidentId: selected.incident_id ?? undefined,
  draftId: selected.draft_id ?? undefined,
  kind: selected.kind,
  level: selected.level,
  title: selected.title,
  message: selected.message,
  language: selected.language,
  channels: { web: selected.web, email: selected.email, push: selected.push },
  at: toInstant(selected.at),
})

/** A notification for one user, or for the desk. */
export type InboxRow = {
  /** `<event id>:<recipient>`, with nothing after the colon for the desk: the same whenever it is derived again. */
  readonly id: string
  /** The position of its event: one place in an inbox. */
  readonly position: Position
  /** Undefined for a notification of the desk. */
  readonly recipientId: string | undefined
  /** The team that a notification of the desk is for, if any. */
  readonly team: string | undefined
  readonly ticketId: string | undefined
  /** The chat that it is about, if any. */
  readonly chatId: string | undefined
  /** The incident that it is about, if any. */
  readonly incidentId: string | undefined
  /** The id of the draft of a ticket that it is about, if any. */
  readonly draftId: string | undefined
  readonly kind: NotificationKind
  readonly level: 'info' | 'success' | 'warning'
  readonly title: string
  readonly message: string
  readonly language: string
  readonly channels: { readonly web: boolean; readonly email: boolean; readonly push: boolean }
  readonly at: Instant
}

/** Which notifications of an inbox are shown. */
export type InboxFilter = {
  /** The customers who were merged into the user, whose notifications are the user's, too: each event once. */
  readonly merged?: readonly string[]
  /** Includes those of the desk; false by default. */
  readonly withDesk?: boolean
  /** These kinds only; all kinds without them. */
  readonly kinds?: readonly NotificationKind[] | undefined
  /**
   * Only notifications of the user's own tickets, or of incidents that affect them: what customers see, whatever else
   * they watch.
   */
  readonly ownTickets?: boolean
  /** Notifications of one event only. */
  readonly position?: Position | undefined
}

/** The queries on inboxes. */
export type InboxQueries = {
  /** A user's notifications on the web, newest first. */
  ofRecipient(recipientId: string, page: Page, options?: InboxFilter): Promise<Slice<InboxRow>>
  /**
   * The latest of a user's notifications on the web, the last event first: in the order of the events, not of their
   * times. `before` and `after` are exclusive positions in that inbox; any other position has no effect.
   */
  newest(
    recipientId: string,
    options: InboxFilter & {
      readonly limit: number
      readonly before?: Position | undefined
      readonly after?: Position | undefined
    },
  ): Promise<readonly InboxRow[]>
}
