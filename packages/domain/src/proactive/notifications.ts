import type { CustomerState } from '../customer/events.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { parseStream } from '../kernel/event.ts'
import type { Notification, NotificationTerms } from '../notification/notification.ts'
import { composeNotifications } from '../notification/notification.ts'
import { firstWord } from '../wording/placeholders.ts'
import type { DraftEvent } from './draft-catalogue.ts'
import type { TeamAlertEvent } from './team-alert.ts'

/**
 * The notification of the desk that trouble is suspected of a customer. There is none about a draft in the holdout
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
  if (event.type !== 'TroubleSuspected' || event.isHoldout) return []
  const { subject, number } = event
  const { id: customerId } = parseStream(stream)
  const draft = { customerId, number }
  const values = { subject, firstName: firstNameOf(customer) }
  return composeNotifications(
    { kind: 'trouble_suspected', draft, envelope, people: [], desk: {}, valuesIn: () => values },
    terms,
  )
}

/**
 * The notification of the desk about an alert to the team: of trouble with its fingerprint, of a score of health with
 * the id of its customer or organisation.
 * @throws RangeError when the wording has no variant of a text whose placeholders all have a value.
 */
export function teamAlertNotifications(
  envelope: EventEnvelope<TeamAlertEvent>,
  terms: NotificationTerms,
): readonly Notification[] {
  const { event, stream } = envelope
  const toDesk = { envelope, people: [], desk: {} } as const
  if (event.type === 'IncidentSuspected') {
    const { fingerprint, lately, usual } = event.incident
    const values = { subject: fingerprint, people: String(lately), usualPeople: String(Math.round(usual)) }
    const text = event.isLast ? 'likely_incident_last' : undefined
    return composeNotifications({ ...toDesk, kind: 'likely_incident', text, valuesIn: () => values }, terms)
  }
  const { of, score, weekBefore, others } = event
  const values = {
    subject: parseStream(stream).id,
    score: String(score),
    scoreBefore: String(weekBefore),
    otherFalls: others === undefined ? undefined : String(others),
  }
  const text = of === 'organisations' ? 'organisation_health_fell' : undefined
  return composeNotifications({ ...toDesk, kind: 'health_fell', text, valuesIn: () => values }, terms)
}

function firstNameOf(customer: CustomerState | undefined): string | undefined {
  if (!customer || customer.status === 'absent') return undefined
  const { firstName, name } = customer.details
  return firstName ?? firstWord(name)
}
