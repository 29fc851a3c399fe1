import type { EventEnvelope, Instant } from '@guichet/domain'

type Told = Pick<EventEnvelope, 'event'>

/**
 * What a stream tells of what it is about now: where an import was taken back, and something has happened since, all that came after.
 */
export function presentHistory<E extends Told>(history: readonly E[]): readonly E[] {
  const from = history.findLastIndex(({ event }) => event.type === 'TicketImportWithdrawn') + 1
  return from === 0 || from === history.length ? history : history.slice(from)
}

/**
 * The longest beginning of a stream in which nothing happened after an instant. Where imported times are out of order,
 * an event that is stored behind a later one waits for it: what is shown is always a state that the stream has been in. What was taken back
 * with an import counts only where nothing has taken its place.
 */
export function historyUntil<E extends Told>(history: readonly E[], at: Instant): readonly E[] {
  const present = presentHistory(history)
  const end = present.findIndex(({ event }) => event.at > at)
  return end < 0 ? present : present.slice(0, end)
}
