import { ticketAggregate } from '@guichet/domain'

/**
 * The outcome of the promise to resolve a ticket: missed when it was missed once, even before the ticket was reopened;
 * met when it was met and never missed; none when the ticket was ended in another way.
 */
export function outcomeOf(events) {
  const became = (type) => events.some((event) => event.type === type && event.target === 'resolution')
  if (became('TargetBreached')) return 'missed'
  return became('TargetMet') ? 'met' : 'none'
}

const hours = (from, to) => (Date.parse(to) - Date.parse(from)) / 3_600_000
const last = (events, isOne) => events.findLast(isOne)?.at

/** Possible causes of a difference; a ticket's kind is the first of them that applies. */
const kinds = {
  none: { words: 'was closed without being resolved', holds: (events) => outcomeOf(events) === 'none' },
  reopened: { words: 'was reopened', holds: (events) => has(events, 'TicketReopened') },
  priority: { words: 'changed its priority', holds: (events) => has(events, 'PriorityChanged') },
  waited: { words: 'waited for the customer', holds: (events) => has(events, 'CustomerWaitStarted') },
  late: {
    words: 'was closed more than six days after it was resolved',
    holds: (events) => hours(resolvedAt(events), last(events, isClosing)) > 144,
  },
  close: { words: 'was resolved within 48 hours of the deadline', holds: (events) => hoursFromDeadline(events) <= 48 },
  other: { words: 'nothing of the kind', holds: () => true },
}
export const words = Object.fromEntries(Object.entries(kinds).map(([kind, { words }]) => [kind, words]))
export const kindOf = (events) => Object.keys(kinds).find((kind) => kinds[kind].holds(events))

const has = (events, type) => events.some((event) => event.type === type)
const isResolved = ({ type }) => type === 'TicketResolved'
const isClosing = ({ type }) => type === 'TicketClosed'

/** The resolution of a ticket; a mapping may record only its closing. */
const resolvedAt = (events) => last(events, isResolved) ?? last(events, isClosing)

function hoursFromDeadline(events) {
  const { dueAt } = events.find(({ type, target }) => /^Target(Met|Breached)$/.test(type) && target === 'resolution')
  return Math.abs(hours(resolvedAt(events), dueAt))
}

const { initial, evolve } = ticketAggregate

/**
 * The time to a ticket's resolution by Guichet's clock, in milliseconds of business time: the longest if it was
 * reopened. Undefined when it was never resolved.
 * @param between the business time between two instants.
 * @param waitsCount whether the time of waiting for the customer counts: by Guichet's clock it does not.
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

/** The time from the opening of a ticket until its last closing. */
export function timeToClose(events, between) {
  const closed = events.findLast(({ type }) => type === 'TicketClosed')
  return closed && between(events[0].at, closed.at)
}
