import type { GuichetEvent } from '@guichet/domain'

/** Why an event happened, in the words of whoever made it happen; undefined for one that does not say. */
export function whyOf(event: GuichetEvent): string | undefined {
  switch (event.type) {
    case 'ConfigurationApplied':
      return event.comment
    case 'TicketReopened':
    case 'TicketClosed':
      return event.note === undefined ? event.reason : `${event.reason}; ${event.note}`
    default:
      return 'reason' in event ? event.reason : undefined
  }
}
