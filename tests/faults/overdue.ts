import type { EventEnvelope, GuichetEvent } from '@guichet/domain'
import { createDesk, days, guichetEvents, instant, later } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'

const agent = { kind: 'agent', id: 'camille' } as const

/**
 * Opens tickets of days ago, without a server. One ticket of each pair has waited for its customer for so long that it
 * is chased immediately, the other was resolved so long ago that it is closed immediately.
 */
export async function openOverdueTickets(url: string, prefix: string, pairs: number): Promise<void> {
  const store = await postgresStore({ connectionString: url, catalogue: guichetEvents })
  const now = instant(new Date())
  const desk = createDesk({ store, now: () => now, newId: randomUUID })
  const ticket = async (id: string, then: 'waiting_customer' | 'resolved'): Promise<void> => {
    const open = { type: 'open', subject: 'Printer', body: 'It burns.', customer: { id: 'customer-1' } } as const
    const reply = { type: 'agentReply', body: 'Still?', then } as const
    const sender = { by: agent, at: later(now, -days(4)) }
    // Together: a clock that runs would record between the two, now, that the first answer is overdue.
    const outcome = await desk.executeTogether('ticket', id, [{ command: open }, { command: reply }], sender)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  await Promise.all(
    Array.from({ length: pairs }, (_, pair) => [
      ticket(`${prefix}-waits-${pair}`, 'waiting_customer'),
      ticket(`${prefix}-solved-${pair}`, 'resolved'),
    ]).flat(),
  )
  await store.close()
}

/** How often the clock has chased or closed each overdue ticket. */
export function firedOn(history: readonly EventEnvelope<GuichetEvent>[]): ReadonlyMap<string, number> {
  const fired = new Map<string, number>()
  for (const { stream, event } of history) {
    const counts =
      stream.startsWith('ticket-overdue-') &&
      event.by.id === 'clock' &&
      (event.type === 'ChaseSent' || event.type === 'TicketClosed')
    if (counts) fired.set(stream, (fired.get(stream) ?? 0) + 1)
  }
  return fired
}
