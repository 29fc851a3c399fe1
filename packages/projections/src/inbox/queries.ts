import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Instant, NotificationKind, Position } from '@guichet/domain'
import { createGroupRead, isDatabaseAway } from '@guichet/eventstore'
import type { Page, Reader, Slice } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { byInstant, mergedSlices, readSlice, toInstant } from '../reading/slice.ts'

type SelectedRow = Omit<InboxRow, 'recipientId' | 'team' | 'ticketId' | 'chatId' | 'incidentId' | 'channels' | 'at'> &
  InboxRow['channels'] & {
    readonly seq: string
    readonly recipient_id: string | null
    readonly team: string | null
    readonly ticket_id: string | null
    readonly chat_id: string | null
    readonly incident_id: string | null
    readonly at: Date
  }

const notification = sql`${sql.id(readSchema)}.notification`

const own = (recipientId: string): RawBuilder<unknown> => sql`n.recipient_id = ${recipientId} and n.web`

/** The desk's notifications, without those of events that the user is notified of personally. */
const ofDesk = (recipientId: string): RawBuilder<unknown> => sql`n.recipient_id is null and n.web and not exists (
  select from ${notification} o where o.recipient_id = ${recipientId} and o.position = n.position and o.web)`

/**
 * Queries the live generation of the inboxes. A user's own notifications and the desk's are read in two statements and
 * merged here, so that each is read in order from its own index, however many there are.
 */
export function inboxQueries(reader: Reader): InboxQueries {
  const from = sql`${notification} n`
  const ordering = byInstant({ expression: sql`n.at`, id: sql`n.position`, direction: 'desc' })
  const conditionsOf = (recipientId: string, { withDesk = false, kinds, ownTickets = false, position }: ShownInbox) =>
    [own(recipientId), ...(withDesk ? [ofDesk(recipientId)] : [])].map(
      (where) =>
        sql`${where} ${among(kinds)} ${ownTickets ? onTicketOf(recipientId) : sql``} ${
          position === undefined ? sql`` : sql`and n.position = ${position}`
        }`,
    )
  const newest = createGroupRead<LatestRequest, readonly InboxRow[]>({
    send: (requests) => readLatest(reader, requests),
    concernsAll: isDatabaseAway,
    maxInFlight: 2,
    maxRequests: 200,
  })
  return {
    ofRecipient: async (recipientId, page, shown = {}) => {
      const slices = conditionsOf(recipientId, shown).map((where) =>
        readSlice(reader, { columns: sql`n.*`, from, where, ordering }, page, toRow),
      )
      return mergedSlices(await Promise.all(slices), page, newestFirst)
    },

    newest: (recipientId, { withDesk = false, ownTickets = false, ...rest }) =>
      newest({ recipientId, withDesk, ownTickets, ...rest }),
  }
}

/** A request for a user's latest notifications. */
type LatestRequest = Parameters<InboxQueries['newest']>[1] & { readonly recipientId: string }

/** Reads for all requests in one statement: an event of the desk concerns every listener there. */
async function readLatest(
  reader: Reader,
  requests: readonly LatestRequest[],
): Promise<readonly (() => readonly InboxRow[])[]> {
  const isOwn = sql`n.recipient_id = q."recipientId" and n.web`
  const isOfDesk = sql`q."withDesk" and n.recipient_id is null and n.web and not exists (
    select from ${notification} o where o.recipient_id = q."recipientId" and o.position = n.position and o.web)`
  const slice = (whose: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
    select n.* from ${notification} n
    where ${whose} and n.seq < b.before and n.seq > b.after
      and (q.kinds is null or n.kind = any(q.kinds))
      and (not q."ownTickets" or n.incident_id is not null or exists (
        select from ${sql.id(readSchema)}.ticket t where t.id = n.ticket_id and t.customer_id = q."recipientId"))
    order by n.seq desc limit q."limit")`
  const seqOf = (extreme: RawBuilder<unknown>, position: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    (select ${extreme} from ${notification} p where p.recipient_id = q."recipientId" and p.position = ${position}),
    (select ${extreme} from ${notification} p where q."withDesk" and p.recipient_id is null and p.position = ${position})`
  const rows = await reader.rows(sql<SelectedRow & { readonly request: number }>`
    select q.request, n.*
    from jsonb_to_recordset(${JSON.stringify(requests.map((each, index) => ({ ...each, request: index })))}::jsonb) as q(
      request integer, "recipientId" text, "withDesk" boolean, "ownTickets" boolean, kinds text[],
      before text, after text, "limit" integer)
    cross join lateral (select
      coalesce(least(${seqOf(sql`min(p.seq)`, sql`q.before`)}), 9223372036854775807) as before,
      coalesce(greatest(${seqOf(sql`max(p.seq)`, sql`q.after`)}), 0) as after) b
    cross join lateral (${slice(isOwn)} union all ${slice(isOfDesk)}) n
    order by n.seq desc`)
  const found: InboxRow[][] = requests.map(() => [])
  for (const row of rows) found[row.request]?.push(toRow(row))
  return found.map((all, index) => () => all.slice(0, requests[index]?.limit))
}

const newestFirst = (a: InboxRow, b: InboxRow): number =>
  a.at === b.at ? Number(b.position > a.position) - Number(b.position < a.position) : a.at < b.at ? 1 : -1

const onTicketOf = (customerId: string): RawBuilder<unknown> => sql`and (n.incident_id is not null or exists (
  select from ${sql.id(readSchema)}.ticket t where t.id = n.ticket_id and t.customer_id = ${customerId}))`

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
  readonly kind: NotificationKind
  readonly level: 'info' | 'success' | 'warning'
  readonly title: string
  readonly message: string
  readonly language: string
  readonly channels: { readonly web: boolean; readonly email: boolean; readonly push: boolean }
  readonly at: Instant
}

/** Which notifications of an inbox are shown. */
export type ShownInbox = {
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
  ofRecipient(recipientId: string, page: Page, shown?: ShownInbox): Promise<Slice<InboxRow>>
  /**
   * The latest of a user's notifications on the web, the last event first: in the order of the events, not of their
   * times. `before` and `after` are exclusive positions in that inbox; any other position has no effect.
   */
  newest(
    recipientId: string,
    options: ShownInbox & {
      readonly limit: number
      readonly before?: Position | undefined
      readonly after?: Position | undefined
    },
  ): Promise<readonly InboxRow[]>
}
