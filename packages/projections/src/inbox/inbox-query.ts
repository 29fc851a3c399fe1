import type { Instant, NotificationKind, Position } from '@guichet/domain'
import type { Page, Slice } from '../reading/page.ts'

/** A notification as decided for one user, or for the desk. */
export type InboxRow = {
  /** `<event id>:<recipient>`, with nothing after the colon for the desk: the same whenever it is derived again. */
  readonly id: string
  /** Of the event that it tells of: one place in an inbox. */
  readonly position: Position
  /** Undefined when the desk is told. */
  readonly recipientId: string | undefined
  /** The team that the desk is told for, if any. */
  readonly team: string | undefined
  readonly ticketId: string
  /** The incident that it tells of, if it does. */
  readonly incidentId: string | undefined
  readonly kind: NotificationKind
  readonly level: 'info' | 'success' | 'warning'
  readonly title: string
  readonly message: string
  readonly language: string
  readonly channels: { readonly web: boolean; readonly email: boolean; readonly push: boolean }
  readonly at: Instant
}

/** What of an inbox is shown, besides what its owner was told. */
export type ShownInbox = {
  /** What the desk was told as well; not by default. */
  readonly withDesk?: boolean
  /** These kinds only; every kind without them. */
  readonly kinds?: readonly NotificationKind[] | undefined
  /** What tells of the owner's own tickets, or of incidents that affect them, only: as customers are shown it, whatever else they watch. */
  readonly ownTickets?: boolean
  /** What tells of one event only. */
  readonly position?: Position | undefined
}

export type InboxQueries = {
  /** What a user is shown on the web, newest first. */
  ofRecipient(recipientId: string, page: Page, shown?: ShownInbox): Promise<Slice<InboxRow>>
  /**
   * The last of what a user is shown on the web, the last told first: in the order of the events, not of their times.
   * `before` and `after` are positions in that inbox and left out themselves; any other position bounds nothing.
   */
  lastTold(
    recipientId: string,
    options: ShownInbox & {
      readonly limit: number
      readonly before?: Position | undefined
      readonly after?: Position | undefined
    },
  ): Promise<readonly InboxRow[]>
}
