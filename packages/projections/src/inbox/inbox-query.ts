import type { Instant, NotificationKind } from '@guichet/domain'
import type { Page, Slice } from '../reading/page.ts'

/** A notification as decided for one user. */
export type InboxRow = {
  /** `<event id>:<recipient>`: the same whenever it is derived again. */
  readonly id: string
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

export type InboxQueries = {
  /** What a user is shown on the web, newest first. */
  ofRecipient(recipientId: string, page: Page): Promise<Slice<InboxRow>>
}
