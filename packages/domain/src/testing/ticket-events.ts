import type { Actor } from '../kernel/actor.ts'
import type { Issued } from '../kernel/decider.ts'
import type { Instant } from '../kernel/instant.ts'
import { instant, later } from '../kernel/instant.ts'
import type { TicketEventData, TicketEventOf, TicketEventType } from '../ticket/events.ts'
import { happened } from '../ticket/rule.ts'

/** The customer of the examples. */
export const camille: Actor = { kind: 'customer', id: 'camille', name: 'Camille Durand' }
/** The agent of the examples. */
export const alex: Actor = { kind: 'agent', id: 'alex', name: 'Alex Martin' }
/** A second agent. */
export const sacha: Actor = { kind: 'agent', id: 'sacha', name: 'Sacha Petit' }

/** Monday, 2 March 2026, 09:00 UTC: when the examples begin. */
export const monday = instant('2026-03-02T09:00:00Z')

/** `milliseconds` after the examples begin. */
export const after = (milliseconds: number): Instant => later(monday, milliseconds)

/** How the commands of the examples are issued: by Alex on Monday, for the ticket `T1`. */
export const byAlex: Issued = { commandId: 'c1', aggregateId: 'T1', at: monday, by: alex }

type When = { readonly at?: Instant; readonly by?: Actor }

/** A ticket event with its data, on Monday and by Alex unless said otherwise. */
export function ticketEvent<T extends TicketEventType>(
  type: T,
  data: TicketEventData<T>,
  { at = monday, by = alex }: When = {},
): TicketEventOf<T> {
  return happened(type, { ...byAlex, at, by }, data)
}

/** A ticket opened by Camille on Monday; `data` overrides what it is about. */
export function ticketOpened(
  data: Partial<TicketEventData<'TicketOpened'>> = {},
  { at = monday, by = camille }: When = {},
): TicketEventOf<'TicketOpened'> {
  const example: TicketEventData<'TicketOpened'> = {
    subject: 'Facture introuvable',
    messageId: 'm1',
    body: 'Je ne trouve pas ma facture de février.',
    customer: { id: 'camille', name: 'Camille Durand', email: 'camille@example.org' },
    channel: 'web',
    priority: 'normal',
    language: 'fr',
    tags: [],
    policyVersion: 'guichet-default-1',
  }
  return ticketEvent('TicketOpened', { ...example, ...data }, { at, by })
}
