import type { CustomerState } from '../customer/events.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Notification, NotificationTerms } from '../notification/notification.ts'
import { composeNotifications } from '../notification/notification.ts'
import { firstWord } from '../wording/placeholders.ts'
import type { DraftEvent } from './draft-catalogue.ts'

/**
 * The notification of the desk that trouble is suspected of a customer. There is none about a draft that is held back
 * so that the effect of the others can be measured: nobody is to act on it.
 * @param customer the record of the customer at that moment, which has their name; undefined where nobody knows it.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function draftNotifications(
  envelope: EventEnvelope<DraftEvent>,
  customer: CustomerState | undefined,
  terms: NotificationTerms,
): readonly Notification[] {
  const { event, stream } = envelope
  if (event.type !== 'TroubleSuspected' || event.isHeldBack) return []
  const { subject, number } = event
  const { id: customerId } = parseStream(stream)
  const draft = { customerId, number }
  const values = { subject, firstName: firstNameOf(customer) }
  return composeNotifications(
    { kind: 'trouble_suspected', draft, envelope, people: [], desk: {}, valuesIn: () => values },
    terms,
  )
}

function firstNameOf(customer: CustomerState | undefined): string | undefined {
  if (!customer || customer.status === 'absent') return undefined
  const { firstName, name } = customer.details
  return firstName ?? firstWord(name)
}
