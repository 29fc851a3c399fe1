import type { EventEnvelope, Instant } from '@guichet/domain'

/**
 * The longest beginning of a stream in which nothing happened after an instant. Where imported times are out of order,
 * an event that is stored behind a later one waits for it: what is shown is always a state that the stream has been in.
 */
export function historyUntil<E extends Pick<EventEnvelope, 'event'>>(history: readonly E[], at: Instant): readonly E[] {
  const end = history.findIndex(({ event }) => event.at > at)
  return end < 0 ? history : history.slice(0, end)
}
