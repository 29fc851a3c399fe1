import type { Instant, NotificationKind, Position } from '@guichet/domain'
import type { Page, Slice } from '../reading/page.ts'

/** A notification as decided for one user. */
export type InboxRow = {
  /** `<event id>:<recipient>`: the same whenever it is derived again. */
  readonly id: string
  /** Of the event that it tells of: one place in an inbox. */
  readonly position: Position
  readonly recipientId: string
  readonly ticketId: string
  readonly kind: NotificationKind
  readonly level: 'info' | 'success' | 'warning'
  readonly title: string
  readonly message: string
  readonly language: string
  readonly channels: { readonly web: boolean; readonly email: boolean; readonly push: boolean }
  readonly at: Instant
}

/** Of these kinds only; of every kind without them. */
type OfKinds = { readonly kinds?: readonly NotificationKind[] | undefined }

export type InboxQueries = {
  /** What a user is shown on the web, newest first. */
  ofRecipient(recipientId: string, page: Page, options?: OfKinds): Promise<Slice<InboxRow>>
  /**
   * The last of what a user is shown on the web, the last told first: in the order of the events, not of their times.
   * `before` and `after` are positions in that inbox and left out themselves; any other position bounds nothing.
   */
  lastTold(
    recipientId: string,
    options: OfKinds & {
      readonly limit: number
      readonly before?: Position | undefined
      readonly after?: Position | undefined
    },
  ): Promise<readonly InboxRow[]>
}
