import type {
  Desk,
  EventEnvelope,
  Instant,
  LikelyIncident,
  Notification,
  StreamCategories,
  TeamAlertEvent,
} from '@guichet/domain'
import {
  CommandRefused,
  days,
  draftNotifications,
  elapsed,
  engineCommandId,
  importIdOf,
  parseStream,
  proactiveActor,
  teamAlertNotifications,
  throwIfTransient,
  troubleAlertId,
  unlessDeleted,
  utcDay,
} from '@guichet/domain'
import type { HealthFall } from '@guichet/projections'
import type { RecordDeliveries } from '../delivery/deliveries.ts'
import type { DeliveryContent } from '../delivery/delivery.ts'
import { deliveryKey } from '../delivery/delivery.ts'
import type { Reaction } from '../reaction/reaction.ts'
import { reaction } from '../reaction/reaction.ts'
import type { OnError } from '../supervision.ts'

/**
 * Sends the command of an alert, whose id follows from what it is about: a repeat, or another process that has counted
 * differently, alerts nobody. Nor does one on a stream that was deleted from the event store.
 */
async function sendAlert(
  desk: Pick<Desk, 'engine'>,
  id: string,
  command: StreamCategories['teamAlert']['command'],
  at: Instant,
  name: readonly string[],
): Promise<void> {
  const sender = { by: proactiveActor, at, commandId: engineCommandId('proactive', ...name) }
  const outcome = await unlessDeleted(desk.engine.execute('teamAlert', id, command, sender), () => undefined)
  if (!outcome) return
  throwIfTransient(outcome)
  if (!outcome.ok && outcome.refusal.code !== 'command_id_reused') throw new CommandRefused(outcome.refusal)
}

/** Reports the refusal of an alert, which holds up no other one; throws everything else. */
export const reportRefusal =
  (onError: OnError, work: string) =>
  (error: unknown): void => {
    if (!(error instanceof CommandRefused)) throw error
    onError(error, work)
  }

/**
 * Alerts the desk to the trouble of many, once for as long as it goes on from day to day.
 * @param isLast whether it is alerted to no other one of customers on the day, which the alert says.
 */
export function alertToIncident(
  desk: Pick<Desk, 'engine'>,
  incident: LikelyIncident,
  { at, isLast }: { readonly at: Instant; readonly isLast: boolean },
): Promise<void> {
  const { fingerprint, kind, code, since, pages, versions, lately, usual } = incident
  const facts = { fingerprint, kind, code, since, pages: [...pages], versions: [...versions], lately, usual }
  const command = { type: 'suspectIncident', incident: facts, isLast } as const
  const name = ['likely_incident', utcDay(at), fingerprint]
  return sendAlert(desk, troubleAlertId(fingerprint), command, at, name)
}

/** The scores of a fall, and when it was seen. With `others` it is the last alert of a look that has found more. */
type FallAlert = HealthFall & { readonly at: Instant; readonly others: number }

/** Alerts the desk to a score of a customer or an organisation that has fallen, once for the moment it was seen at. */
export function alertToFall(desk: Pick<Desk, 'engine'>, fall: FallAlert): Promise<void> {
  const { of, id, now: score, weekBefore, at, others } = fall
  const command = { type: 'reportFall', of, score, weekBefore, ...(others > 0 && { others }) } as const
  return sendAlert(desk, id, command, at, ['health_fell', of, id, at])
}

/** The terms of notifications to the desk, which have no recipient. */
const termsOf = async (desk: Pick<Desk, 'terms'>) => ({ ...(await desk.terms()), recipientOf: () => undefined })

/** Delivers the notification of an event to the webhook of the desk, with what it is about for programs. */
async function deliver(
  record: RecordDeliveries,
  { event: { at }, id: source }: Pick<EventEnvelope, 'event' | 'id'>,
  [notification]: readonly Notification[],
  facts: Pick<DeliveryContent, 'draft' | 'trouble' | 'fall'>,
): Promise<void> {
  if (!notification) return
  const { kind, language, title, message } = notification
  const content = { at, language, title, message, ...facts }
  const id = `${source}/webhook`
  await record((desk) => [
    { id, key: deliveryKey(desk, id), channel: 'webhook', kind, recipientId: undefined, content },
  ])
}

/** The desk is not alerted to what was suspected longer ago, as when it has a webhook for the first time. */
const longestAgo = days(1)

/**
 * Alerts the desk by its webhook to trouble that is suspected of one customer, within a day, and not to what an import
 * has brought, in the words of the notification. A draft in the holdout is none: nobody is to act on it.
 */
export function alertOfTrouble(record: RecordDeliveries): Reaction {
  return reaction({
    name: 'alert_of_trouble',
    on: ['TroubleSuspected'],
    inAnyOrder: true,
    react: async (envelope, desk) => {
      const { event, stream, correlationId } = envelope
      const { at, number, isHoldout } = event
      if (isHoldout || importIdOf(correlationId) !== undefined || elapsed(at, desk.now()) > longestAgo) return
      const { id: customerId } = parseStream(stream)
      const customer = await unlessDeleted(desk.readRecent('customer', customerId), () => undefined)
      const notifications = draftNotifications(envelope, customer?.state, await termsOf(desk))
      await deliver(record, envelope, notifications, { draft: { customerId, number } })
    },
  })
}

/**
 * Delivers the alerts to likely incidents and to scores of health that have fallen to the webhook of the desk, within a
 * day, in the words of the notification.
 */
export function deliverTeamAlerts(record: RecordDeliveries): Reaction {
  return reaction({
    name: 'deliver_team_alerts',
    on: ['IncidentSuspected', 'HealthFell'],
    inAnyOrder: true,
    react: async (envelope, desk) => {
      const { event, stream } = envelope
      if (elapsed(event.at, desk.now()) > longestAgo) return
      const notifications = teamAlertNotifications(envelope, await termsOf(desk))
      await deliver(record, envelope, notifications, factsOf(event, parseStream(stream).id))
    },
  })
}

/** What an alert is about, for programs; `id` is that of its stream. */
function factsOf(event: TeamAlertEvent, id: string): Pick<DeliveryContent, 'trouble' | 'fall'> {
  if (event.type === 'IncidentSuspected') return { trouble: event.incident }
  const { of, score, weekBefore } = event
  const whose = of === 'customers' ? { customerId: id } : { organisationId: id }
  return { fall: { ...whose, score, weekBefore } }
}
