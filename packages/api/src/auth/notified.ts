import type { NotificationKind } from '@guichet/domain'
import { notificationKinds } from '@guichet/domain'
import type { Principal } from './principal.ts'

const meantForCustomers = (Object.keys(notificationKinds) as NotificationKind[]).filter((kind) =>
  ['followers', 'affected'].includes(notificationKinds[kind].audience),
)

/**
 * The kinds of notifications that somebody may be shown; undefined for all of them. A customer is shown what followers of a
 * ticket and those whom an incident affects are told, also when the desk has named them in the place of an agent.
 */
export const kindsShownTo = ({ role }: Principal): readonly NotificationKind[] | undefined =>
  role === 'customer' ? meantForCustomers : undefined
