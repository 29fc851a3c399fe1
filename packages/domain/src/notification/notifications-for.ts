import { importIdOf } from '../history-import/correlation.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { placeholderValues, wholeDays } from '../ticket/placeholder-values.ts'
import type { Ticket, TicketState } from '../ticket/state.ts'
import type { Person } from '../ticket/vocabulary.ts'
import type { NotificationKind, SpecialText } from '../wording/wording.ts'
import type { Audience } from './moment.ts'
import { momentOf, notificationKinds } from './moment.ts'
import type { Addressee, Notification, NotificationTerms } from './notification.ts'
import { tell } from './notification.ts'

/**
 * Who is told of an event on a ticket, how and in which words. `before` and `after` are the ticket without and with this
 * very event, so that a reader of history calls it event by event.
 *
 * Nobody is told of what they did themselves, of imported history, of spam, or of anything on a ticket that stays closed; nor, by the
 * target, of a silence that they were alerted to before a policy promised updates.
 * Watchers may be other customers: they hear that there is news, and not of what. The words are those of the recipient's chosen language, else of the ticket's; the desk's are in its own language.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function notificationsFor(
  envelope: EventEnvelope<TicketEvent>,
  before: TicketState,
  after: TicketState,
  terms: NotificationTerms,
): readonly Notification[] {
  const { event, correlationId, stream } = envelope
  const kind = momentOf(event)
  if (kind === undefined || before.status === 'absent' || after.status === 'absent') return []
  if (importIdOf(correlationId) !== undefined) return []
  if (isOfTheUpdate(event) && before.updateAwaitedFrom === undefined) return []
  if (before.status === 'closed' && event.type !== 'CustomerReplied') return []
  const { audience } = notificationKinds[kind]
  const { customer, watchers, assignee, language, team } = after
  const addressee = (id: string): Addressee => ({ id, email: addressOf(id, after), language })
  const followed = audience === 'followers'
  const news = { kind, ticketId: parseStream(stream).id, envelope }
  const others = followed ? [...new Set(watchers.map(({ id }) => id))].filter((id) => id !== customer.id) : []
  const toOthers = {
    ...news,
    text: 'followed',
    people: others.map(addressee),
    desk: undefined,
    known: () => ({}),
  } as const
  const spoken = tell(
    {
      ...news,
      text: textOf(event, after),
      people: (followed ? [customer] : assignee ? [assignee] : []).map(({ id }) => addressee(id)),
      desk: isForDesk(audience, after) ? { team } : undefined,
      known: (words) => ({
        ...placeholderValues(event, after, words, terms.policy.signature),
        ...(event.type === 'StagnationDetected' && { days: wholeDays(words, event.since, event.at) }),
      }),
    },
    terms,
  )
  return [...spoken, ...tell(toOthers, terms)]
}

const isOfTheUpdate = (event: TicketEvent): boolean =>
  (event.type === 'TargetWarned' || event.type === 'TargetBreached') && event.target === 'update'

/** The words for an update that the customer is owed, or soon will be. */
function textOf(event: TicketEvent, { priority }: Ticket): NotificationKind | SpecialText | undefined {
  if (event.type !== 'UpdateOverdue' && !isOfTheUpdate(event)) return undefined
  if (event.type === 'TargetWarned') return 'update_soon_overdue'
  return priority === 'urgent' ? 'update_overdue_urgent' : 'update_overdue'
}

/** Where the ticket carries an address of a user, be it as customer, watcher or assignee. */
function addressOf(userId: string, { customer, watchers, assignee }: Ticket): string | undefined {
  const people: readonly Person[] = [customer, ...watchers, ...(assignee ? [assignee] : [])]
  return people.find(({ id, email }) => id === userId && email !== undefined)?.email
}

const isForDesk = (audience: Audience, { assignee }: Ticket): boolean =>
  audience === 'assignee_and_desk' || (audience === 'assignee_or_desk' && assignee === undefined)
