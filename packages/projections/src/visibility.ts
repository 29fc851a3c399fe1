import type { CloseReason } from '@guichet/domain'

/** Who reads: customers see the public part of their own tickets, the desk sees everything. */
export type Visibility = 'public' | 'all'

/** The reason of a closing as customers see it: the desk's judgement of a message stays internal. */
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
