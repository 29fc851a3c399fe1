import type { Append, TicketEvent } from '@guichet/domain'
import { instant, later, minutes } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { unconfigured } from '../desk-configuration/unconfigured.ts'

/** How many events each seeded ticket has. */
export const eventsPerTicket = 3

const atOnce = 2_000
const started = instant('2026-01-05T08:00:00Z')

/** Words that subjects are made of, so that a search has something to tell apart. */
const topics = [
  'page blanche',
  'mot de passe',
  'facture',
  'remboursement',
  'connexion',
  'pari annulé',
  'notification',
  'compte bloqué',
]

/**
 * Writes the history of many tickets straight into a store, a thousand at a time: each is opened by one of 500
 * customers and answered by one of 20 agents, a minute after the one before it.
 */
export async function seedTickets(store: PostgresStore, count: number): Promise<void> {
  for (let first = 0; first < count; first += atOnce) {
    const numbers = Array.from({ length: Math.min(atOnce, count - first) }, (_, n) => first + n)
    await store.appendMany(numbers.map(ticketHistory))
  }
}

/** The id of the n-th seeded ticket. */
export const seededTicket = (number: number): string => `seed-${number}`

function ticketHistory(number: number): Append<TicketEvent> {
  const at = later(started, minutes(number))
  const customer = {
    id: `customer-${number % 500}`,
    name: `Client ${number % 500}`,
    email: `client${number % 500}@example.org`,
  }
  const agent = { kind: 'agent', id: `agent-${number % 20}` } as const
  const subject = `${topics[number % topics.length]} ${number}`
  return {
    stream: `ticket-${seededTicket(number)}`,
    expectedVersion: 'no_stream',
    commandId: `seed-${number}`,
    events: [
      {
        type: 'TicketOpened',
        at,
        by: { kind: 'customer', id: customer.id },
        subject,
        body: `Bonjour, j’ai un souci : ${subject}. Merci de votre aide.`,
        messageId: `m-${number}`,
        customer,
        channel: 'web',
        priority: number % 10 === 0 ? 'high' : 'normal',
        tags: [],
        language: 'fr',
        policyVersion: unconfigured.version,
      },
      {
        type: 'AgentReplied',
        at: later(at, minutes(30)),
        by: agent,
        messageId: `r-${number}`,
        body: 'Bonjour, nous regardons cela tout de suite.',
      },
      { type: 'TicketStarted', at: later(at, minutes(30)), by: agent, reason: 'agent_reply' },
    ],
  }
}
