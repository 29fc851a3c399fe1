import { ticketAggregate } from '@guichet/domain'

/**
 * What became of the promise to resolve a ticket: missed when it was missed once, be it before the ticket was reopened; met when
 * it was met and never missed; none when the ticket was ended in another way.
 */
export function outcomeOf(events) {
  const told = (type) => events.some((event) => event.type === type && event.target === 'resolution')
  if (told('TargetBreached')) return 'missed'
  return told('TargetMet') ? 'met' : 'none'
}

/** What speaks for a difference, the first that is true of a ticket. */
const kinds = [
  ['none', 'was never resolved, only closed', (types) => !types.has('TicketResolved') && !types.has('TargetMet')],
  ['reopened', 'was reopened', (types) => types.has('TicketReopened')],
  ['priority', 'changed its priority', (types) => types.has('PriorityChanged')],
  ['waited', 'waited for the customer', (types) => types.has('CustomerWaitStarted')],
  ['other', 'nothing of the kind', () => true],
]
export const words = Object.fromEntries(kinds.map(([kind, text]) => [kind, text]))

export function kindOf(events) {
  const types = new Set(events.map(({ type }) => type))
  return kinds.find(([, , isTrueOf]) => isTrueOf(types))[0]
}

const { initial, evolve } = ticketAggregate(() => [])

/**
 * How long a ticket's resolution has taken by Guichet's clock, in milliseconds of business time: the longest time where it was
 * reopened. Undefined when it was never resolved.
 * @param between the business time between two instants.
 * @param waitsCount whether the time counts in which the customer was waited for: by Guichet's clock it does not.
 */
export function timeToResolve(events, between, waitsCount = false) {
  let ticket = initial
  let longest
  for (const event of events) {
    const clock = ticket.clocks?.targets.resolution
    if (clock && isResolution(event)) {
      const waits = ticket.clocks.pauses.map(({ from, to = event.at }) => between(from, to))
      const waited = waitsCount ? 0 : waits.reduce((sum, wait) => sum + wait, 0)
      longest = Math.max(longest ?? 0, between(clock.from, event.at) - waited)
    }
    ticket = evolve(ticket, event)
  }
  return longest
}

const isResolution = ({ type, reason }) =>
  type === 'TicketResolved' || (type === 'TicketClosed' && (reason === 'solved' || reason === 'confirmed'))

/** How long it took from the opening of a ticket until it was closed for the last time. */
export function timeToClose(events, between) {
  const closed = events.findLast(({ type }) => type === 'TicketClosed')
  return closed && between(events[0].at, closed.at)
}
