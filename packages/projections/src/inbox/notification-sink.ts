import type { Instant, Notification } from '@guichet/domain'
import { days, elapsed } from '@guichet/domain'
import type { Transaction } from 'kysely'

/** Where the projection of inboxes reports who is told outside of the web, within its own transaction: what delivers it. */
export type NotificationSink = (tx: Transaction<unknown>, notifications: readonly Notification[]) => Promise<void>

/** What happened longer than this before it was recorded is history by then: it is shown, and nobody is told outside. */
const history = days(1)

/** Those of some notifications that are for e-mail or push. */
export const outsideTheWeb = <N extends Notification & { readonly recordedAt: Instant }>(
  notifications: readonly N[],
): readonly N[] =>
  notifications.filter(
    ({ channels, at, recordedAt }) => (channels.email || channels.push) && elapsed(at, recordedAt) <= history,
  )
