import type { Actor, Instant } from '@guichet/domain'
import type { Page, Slice } from '../reading/page.ts'
import type { Visibility } from '../visibility/shown-to-customers.ts'

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
  /**
   * A page of the conversations of several tickets in one statement, each in order. A keyset's value is a message's id;
   * a ticket whose conversation holds no such message is left out.
   */
  ofTickets(
    ticketIds: readonly string[],
    page: Page,
    visibility: Visibility,
  ): Promise<ReadonlyMap<string, Slice<MessageRow>>>
  /** How long the texts of such a page are altogether, in bytes, without reading them. */
  bytesOf(ticketIds: readonly string[], page: Page, visibility: Visibility): Promise<number>
}
