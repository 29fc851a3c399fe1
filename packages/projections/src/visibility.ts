import type { CloseReason } from '@guichet/domain'

/** Whose eyes somebody looks with: customers see what is public of their own tickets, the desk sees all. */
export type Visibility = 'public' | 'all'

/** The reason of a closing as customers are shown it: what the desk thinks of a message stays with the desk. */
export const closeReasonShownToCustomers: Readonly<Record<CloseReason, CloseReason>> = {
  no_reply: 'no_reply',
  solved: 'solved',
  confirmed: 'confirmed',
  spam: 'other',
  invalid: 'other',
  duplicate: 'duplicate',
  merged: 'merged',
  other: 'other',
}
