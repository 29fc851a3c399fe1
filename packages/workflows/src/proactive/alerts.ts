import type { Desk, Instant, LikelyIncident } from '@guichet/domain'
import {
  days,
  draftNotifications,
  elapsed,
  importIdOf,
  languageFor,
  parseStream,
  unlessDeleted,
  utcDay,
} from '@guichet/domain'
import type { HealthFall } from '@guichet/projections'
import type { RecordDeliveries } from '../delivery/deliveries.ts'
import type { Delivery, DeliveryContent, TeamAlertKind } from '../delivery/delivery.ts'
import { deliveryKey } from '../delivery/delivery.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'

/** The texts of the alerts that are in no inbox, in a language. */
type AlertWording = {
  readonly incident: (
    fingerprint: string,
    people: number,
    isLast: boolean,
  ) => Pick<DeliveryContent, 'title' | 'message'>
  readonly fall: (fall: HealthFall) => Pick<DeliveryContent, 'title' | 'message'>
}

const french: AlertWording = {
  incident: (fingerprint, people, isLast) => ({
    title: `Incident probable : ${fingerprint}`,
    message:
      `${people} clients ont le même problème depuis hier : faut-il déclarer un incident ?` +
      (isLast ? ' C’est la dernière alerte de ce jour : la liste des incidents probables a les suivants.' : ''),
  }),
  fall: ({ of, id, now, weekBefore }) => {
    const whose = of === 'customers' ? `du client ${id}` : `de l’organisation ${id}`
    return {
      title: `Score de santé en baisse : ${id}`,
      message: `Le score de santé ${whose} est passé de ${weekBefore} à ${now} en une semaine.`,
    }
  },
}

const english: AlertWording = {
  incident: (fingerprint, people, isLast) => ({
    title: `Likely incident: ${fingerprint}`,
    message:
      `${people} customers have had the same trouble since yesterday: is it an incident to declare?` +
      (isLast ? ' This is the last such alert of the day: the list of likely incidents has the others.' : ''),
  }),
  fall: ({ of, id, now, weekBefore }) => {
    const owner = of === 'customers' ? `the customer ${id}` : `the organisation ${id}`
    return {
      title: `Health score falling: ${id}`,
      message: `The health score of ${owner} has fallen from ${weekBefore} to ${now} within a week.`,
    }
  },
}

const wordings: Readonly<Record<string, AlertWording>> = { fr: french, en: english }

/** The wording closest to the desk's own language, and its tag. */
async function wordingOf(
  desk: Pick<Desk, 'terms'>,
): Promise<{ readonly language: string; readonly wording: AlertWording }> {
  const { policy } = await desk.terms()
  const language = languageFor(wordings, policy.defaultLanguage, 'en')
  return { language, wording: wordings[language] ?? english }
}

const alertOf = (desk: string, source: string, kind: TeamAlertKind, content: DeliveryContent): Delivery => {
  const id = `${source}/webhook`
  return { id, key: deliveryKey(desk, id), channel: 'webhook', kind, recipientId: undefined, content }
}

/** The desk is not alerted to what was suspected longer ago, as when it has a webhook for the first time. */
const longestAgo = days(1)

/**
 * Alerts the desk by its webhook to trouble that is suspected of one customer, within a day, and not to what an import
 * has brought, in the words of the notification. A draft that is held back for measurement is none: nobody is to act on
 * it.
 */
export function alertOfTrouble(record: RecordDeliveries): Reaction {
  return reaction({
    name: 'alert_of_trouble',
    on: ['TroubleSuspected'],
    inAnyOrder: true,
    react: async (envelope, desk) => {
      const { event, stream, id, correlationId } = envelope
      const { at, number, isHeldBack } = event
      if (isHeldBack || importIdOf(correlationId) !== undefined || elapsed(at, desk.now()) > longestAgo) return
      const { id: customerId } = parseStream(stream)
      const customer = await unlessDeleted(desk.readRecent('customer', customerId), () => undefined)
      const terms = { ...(await desk.terms()), recipientOf: () => undefined }
      const [notification] = draftNotifications(envelope, customer?.state, terms)
      if (!notification) return
      const { language, title, message } = notification
      const content = { at, language, title, message, draft: { customerId, number } }
      await record((deskId) => [alertOf(deskId, id, 'trouble_suspected', content)])
    },
  })
}

/**
 * Alerts the desk by its webhook to the trouble of many, once a day: a repeat records nothing.
 * @param isLast whether it is alerted to no other one on the day, which the message says.
 */
export async function alertOfIncident(
  desk: Pick<Desk, 'terms'>,
  record: RecordDeliveries,
  incident: LikelyIncident,
  { at, isLast }: { readonly at: Instant; readonly isLast: boolean },
): Promise<void> {
  const { language, wording } = await wordingOf(desk)
  const { fingerprint, lately } = incident
  const content = { at, language, ...wording.incident(fingerprint, lately, isLast), trouble: incident }
  await record((deskId) => [
    alertOf(deskId, `likely-incident/${utcDay(at)}/${fingerprint}`, 'likely_incident', content),
  ])
}

/** The scores of a fall, and when it was seen. */
type FallAlert = HealthFall & { readonly at: Instant }

/**
 * Alerts the desk by its webhook to the scores of customers and organisations that have fallen. The id of an alert
 * follows from whose score it is and from when its fall was seen: a repeat records nothing.
 */
export async function alertOfFalls(
  desk: Pick<Desk, 'terms'>,
  record: RecordDeliveries,
  falls: readonly FallAlert[],
): Promise<void> {
  if (falls.length === 0) return
  const { language, wording } = await wordingOf(desk)
  await record((deskId) =>
    falls.map((fall) => {
      const { of, id, at, now: score, weekBefore } = fall
      const whose = of === 'customers' ? { customerId: id } : { organisationId: id }
      const content = { at, language, ...wording.fall(fall), fall: { ...whose, score, weekBefore } }
      return alertOf(deskId, `health-fell/${of}/${id}/${at}`, 'health_fell', content)
    }),
  )
}
