import type { GuichetEvent, Instant } from '@guichet/domain'

/** An event that fits on any ticket, for tests in which only its coming matters. */
export function sampleEvent(tag = 'sample'): GuichetEvent {
  const at = '2026-03-27T09:00:00.000Z' as Instant
  return { type: 'TicketTagged', at, by: { kind: 'agent', id: 'agent-1' }, tag }
}
