import type { Actor, Instant } from '@guichet/domain'

/** One message of a ticket: from either side, an internal note, or one the desk sent by itself. */
export type MessageRow = {
  readonly id: string
  readonly ticketId: string
  /** The version of the ticket's stream that brought it: the order of the conversation. */
  readonly version: number
  readonly kind: 'customer' | 'agent' | 'note' | 'automatic'
  readonly author: Actor
  readonly body: string
  readonly at: Instant
  readonly attachments: readonly AttachmentRow[]
}

export type AttachmentRow = {
  readonly id: string
  readonly name: string
  readonly mediaType: string
  readonly bytes: number
  readonly visibility: 'public' | 'internal'
}

export type ConversationQueries = {
  /** The conversations of several tickets in one statement, each in order, at most `limit` messages after a version. */
  ofTickets(
    ticketIds: readonly string[],
    options: { readonly visibility: 'public' | 'all'; readonly afterVersion?: number; readonly limit: number },
  ): Promise<ReadonlyMap<string, readonly MessageRow[]>>
}
