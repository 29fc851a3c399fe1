import { expect, it } from 'vitest'
import type { CustomerState } from '../customer/events.ts'
import { evolveCustomer } from '../customer/events.ts'
import type { DomainEvent, EventEnvelope, Position } from '../kernel/event.ts'
import { eventsFrom } from '../kernel/event.ts'
import { days, later } from '../kernel/time.ts'
import { exampleSuspicion, monday } from '../testing/examples.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { DraftEvent, draftEvents } from './draft-catalogue.ts'
import { draftNotifications, teamAlertNotifications } from './notifications.ts'
import type { TeamAlertEvent } from './team-alert.ts'

const make = eventsFrom<typeof draftEvents>()
const sent = { at: monday, by: { kind: 'system', id: 'proactive' } } as const
const suspected = make('TroubleSuspected', sent, {
  number: 1,
  suspicion: exampleSuspicion({ code: 'E_PAYMENT' }),
  analyser: 'rules',
  subject: 'Une erreur qui revient',
  body: 'Elle revient.',
  language: 'fr',
  lapsesAt: later(monday, days(3)),
  silentFor: days(14),
  isHoldout: false,
})

const camille = evolveCustomer(
  { status: 'absent' },
  { type: 'CustomerRegistered', at: monday, by: { kind: 'agent', id: 'alex' }, name: 'Camille Roux' },
)

const envelopeOf = <E extends DomainEvent>(stream: string, event: E): EventEnvelope<E> => ({
  event,
  id: 'c/0',
  stream,
  version: 1,
  position: '1' as Position,
  recordedAt: event.at,
  commandId: 'c',
  correlationId: 'c',
  causationId: 'c',
  schemaVersion: 1,
})

const terms = { policy: defaultTicketPolicy, wording: defaultWording, recipientOf: () => undefined }

const notificationsOf = (event: DraftEvent, customer?: CustomerState) =>
  draftNotifications(envelopeOf('draft-camille', event), customer, terms)

it('notifies the desk alone of trouble that is suspected, with the draft', () => {
  expect(notificationsOf(suspected)).toMatchObject([
    {
      kind: 'trouble_suspected',
      draft: { customerId: 'camille', number: 1 },
      recipientId: undefined,
      level: 'warning',
      title: 'Avant la demande : Problème probable',
      message: "Un client a probablement un problème : 'Une erreur qui revient'. Un brouillon de ticket est prêt.",
      channels: { web: true, email: false, push: false },
    },
  ])
})

it('names the customer where their name is on record', () => {
  expect(notificationsOf(suspected, camille)).toMatchObject([
    { message: "Camille a probablement un problème : 'Une erreur qui revient'. Un brouillon de ticket est prêt." },
  ])
  expect(notificationsOf(suspected, { status: 'absent' })).toEqual(notificationsOf(suspected))
})

it('notifies nobody of a draft in the holdout, nor of what becomes of one', () => {
  expect(notificationsOf({ ...suspected, isHoldout: true })).toEqual([])
  expect(notificationsOf(make('DraftOffered', sent, { number: 1, lapsesAt: later(monday, days(3)) }))).toEqual([])
})

/** What the desk is notified of, with its texts in a language. */
const alertIn = (language: string, stream: string, event: TeamAlertEvent) => {
  const policy = { ...defaultTicketPolicy, defaultLanguage: language }
  const [notification, ...others] = teamAlertNotifications(envelopeOf(stream, event), { ...terms, policy })
  expect(others).toEqual([])
  return notification
}

const incident = {
  fingerprint: 'error_occurred:E_PAYMENT',
  kind: 'error_occurred',
  code: 'E_PAYMENT',
  since: monday,
  pages: [],
  versions: [],
  lately: 42,
  usual: 1.6,
}

it('notifies the desk alone of a likely incident, and says when it is the last of its day', () => {
  const event = { type: 'IncidentSuspected', ...sent, incident, isLast: false } as const
  expect(alertIn('en', 'teamAlert-0a1b', event)).toMatchObject({
    kind: 'likely_incident',
    recipientId: undefined,
    level: 'warning',
    title: 'Before the request: Likely incident',
    message:
      "42 customers have had the same trouble since yesterday, usually 2 a day: 'error_occurred:E_PAYMENT'. Is it an incident to declare?",
    channels: { web: true, email: false, push: false },
  })
  const last = { ...event, isLast: true }
  expect(alertIn('en', 'teamAlert-0a1b', last)?.message).toMatch(/: the list of likely incidents has the others\.$/)
  expect(alertIn('fr', 'teamAlert-0a1b', last)?.message).toMatch(/ des incidents probables a les suivants\.$/)
})

it('notifies the desk alone of a score of health that has fallen, of whom, and how far', () => {
  const event = { type: 'HealthFell', ...sent, of: 'customers', score: 70, weekBefore: 100 } as const
  expect(alertIn('en', 'teamAlert-camille', event)).toMatchObject({
    kind: 'health_fell',
    recipientId: undefined,
    level: 'warning',
    message: "The health score of the customer 'camille' has fallen from 100 to 70 within a week.",
  })
  expect(alertIn('fr', 'teamAlert-acme', { ...event, of: 'organisations' })?.message).toBe(
    "Le score de santé de l'organisation 'acme' est passé de 100 à 70 en une semaine.",
  )
})

it('says how many more scores have fallen that the desk is not alerted to', () => {
  const event = { type: 'HealthFell', ...sent, of: 'customers', score: 70, weekBefore: 100, others: 10 } as const
  expect(alertIn('en', 'teamAlert-camille', event)?.message).toMatch(/ fallen too, without an alert: 10\.$/)
  expect(alertIn('fr', 'teamAlert-camille', event)?.message).toMatch(/ baissé aussi, sans alerte : 10\.$/)
})
