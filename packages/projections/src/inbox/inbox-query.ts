import type { Instant, NotificationKind } from '@guichet/domain'
import type { Keyset, Page, Slice } from '../tickets/ticket-query.ts'

export type { Keyset }

/** A notification as decided for one user, or for the desk. */
export type InboxRow = {
  /** `<event id>:<recipient>`, with `@desk` for the desk: the same whenever it is derived again. */
  readonly id: string
  /** Undefined when the desk is told. */
  readonly recipientId: string | undefined
  /** The team that the desk is told for, if any. */
  readonly team: string | undefined
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
  /** What a user is shown on the web, newest first: what they were told and, who works at the desk, what it was told. */
  ofRecipient(recipientId: string, page: Page, options?: { readonly withDesk?: boolean }): Promise<Slice<InboxRow>>
}
