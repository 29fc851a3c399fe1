import { expect, it } from 'vitest'
import type { CustomerState } from '../customer/events.ts'
import { evolveCustomer } from '../customer/events.ts'
import type { EventEnvelope, Position } from '../kernel/event.ts'
import { eventsFrom } from '../kernel/event.ts'
import { days, later } from '../kernel/time.ts'
import { exampleSuspicion, monday } from '../testing/examples.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { DraftEvent, draftEvents } from './draft-catalogue.ts'
import { draftNotifications } from './notifications.ts'

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
  isHeldBack: false,
})

const camille = evolveCustomer(
  { status: 'absent' },
  { type: 'CustomerRegistered', at: monday, by: { kind: 'agent', id: 'alex' }, name: 'Camille Roux' },
)

const notificationsOf = (event: DraftEvent, customer?: CustomerState) => {
  const envelope: EventEnvelope<DraftEvent> = {
    event,
    id: 'c/0',
    stream: 'draft-camille',
    version: 1,
    position: '1' as Position,
    recordedAt: event.at,
    commandId: 'c',
    correlationId: 'c',
    causationId: 'c',
    schemaVersion: 1,
  }
  const terms = { policy: defaultTicketPolicy, wording: defaultWording, recipientOf: () => undefined }
  return draftNotifications(envelope, customer, terms)
}

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

it('notifies nobody of a draft that is held back, nor of what becomes of one', () => {
  expect(notificationsOf({ ...suspected, isHeldBack: true })).toEqual([])
  expect(notificationsOf(make('DraftOffered', sent, { number: 1, lapsesAt: later(monday, days(3)) }))).toEqual([])
})
