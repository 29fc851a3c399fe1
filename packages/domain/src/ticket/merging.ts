import { accept, deny, isRefusalCode, refusal, tooMany } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { earliest, latest } from '../kernel/time.ts'
import type { Person } from '../person.ts'
import type { TicketCommandOf } from './commands.ts'
import type { TicketEvent } from './events.ts'
import type { CommandEnvelope, Rules } from './rule.ts'
import { eventFrom } from './rule.ts'
import type { Ticket } from './state.ts'
import { reasonOfDecline } from './state.ts'
import { ticketLimits } from './vocabulary.ts'

type MergeCommand = 'absorb' | 'completeAbsorption' | 'revertAbsorption' | 'mergeInto' | 'declineMerge'

/**
 * A merge takes three steps on two streams: the target absorbs, the source is merged into it, the target's absorption
 * is complete. A ticket is merged only while none of its own absorptions is under way, so that no ring of merges closes
 * all of its tickets; of two tickets that are merged into each other concurrently, the one with the smaller id
 * survives. If the source refuses, it declines that merge for good before the target reverts it: nobody can complete it
 * any more. The source's merge event records whether its customer waits for an answer. That no longer changes, nor do its
 * watchers and links, so that every sender that completes the absorption passes the same values to the target.
 */
export const decideMerge: Rules<MergeCommand> = {
  absorb: (command, { absorbed, absorbing, customer }) => {
    const { source } = command
    if (source === command.aggregateId) return deny(refusal('merge_with_itself', { field: 'target' }))
    if (absorbed.includes(source)) return accept([])
    if (absorbing.includes(source)) return deny(refusal('merge_pending', { field: 'target' }))
    if (command.sourceCustomerId !== customer.id && !command.isSameCustomer)
      return deny(refusal('merge_across_customers', { field: 'target' }))
    return absorbed.length + absorbing.length >= ticketLimits.merged
      ? tooMany('a ticket', 'merged tickets', ticketLimits.merged)
      : accept([eventFrom('TicketAbsorbed', command, { source })])
  },

  /**
   * An open question that comes with the merge ends the wait for the customer, and reopens a ticket that ended before it
   * was asked, as a reply would have; the ticket's end answers what was asked before. The watchers and links of the
   * source that the target lacks become its own, as many as it has room for. The question comes last, so that the rest of
   * the merge does not count as having read it.
   */
  completeAbsorption: (command, ticket) => {
    const { source, waitingSince, askedAt, at } = command
    if (!ticket.absorbing.includes(source)) return accept([])
    const ended = endOf(ticket)
    const reopens = isAskedAfter(ended, command)
    const since = reopens && ended !== undefined && waitingSince && waitingSince <= ended ? askedAt : waitingSince
    return accept([
      ...(reopens ? [eventFrom('TicketReopened', command, { from: ticket.status, reason: 'merge' })] : []),
      ...(waitingSince !== undefined && ticket.status === 'waiting_customer'
        ? [eventFrom('CustomerWaitEnded', command, { reason: 'merge' })]
        : []),
      ...watchersTakenOver(command, ticket).map((watcher) => eventFrom('WatcherAdded', command, { watcher })),
      ...linksTakenOver(command, ticket).map((link) => eventFrom('TicketLinked', command, link)),
      eventFrom('AbsorptionCompleted', command, {
        source,
        ...(since !== undefined && { waitingSince: earliest(since, at) }),
      }),
    ])
  },

  revertAbsorption: (command, { absorbing }) =>
    absorbing.includes(command.source)
      ? accept([eventFrom('AbsorptionReverted', command, { source: command.source, reason: command.reason })])
      : accept([]),

  mergeInto: (command, ticket) => {
    const { aggregateId, target } = command
    if (target === aggregateId) return deny(refusal('merge_with_itself', { field: 'target' }))
    if (ticket.mergedInto === target) return accept([])
    if (ticket.mergedInto !== undefined) return deny(refusal('ticket_merged', { movedTo: ticket.mergedInto }))
    const declined = reasonOfDecline(ticket.declinedMerges, command.commandId)
    if (declined !== undefined) return deny(refusal(isRefusalCode(declined) ? declined : 'merge_reverted'))
    if (ticket.status === 'closed') return deny(refusal('ticket_closed'))
    const crossed = ticket.absorbing.includes(target)
    if (ticket.absorbed.includes(target) || (crossed && aggregateId < target)) return deny(refusal('merge_crossed'))
    if (ticket.absorbing.some((source) => source !== target)) return deny(refusal('merge_pending'))
    const reverted: TicketEvent[] = crossed
      ? [eventFrom('AbsorptionReverted', command, { source: target, reason: 'merge_crossed' })]
      : []
    const waitingSince = ticket.status === 'waiting_customer' ? undefined : ticket.clocks.waiting[0]?.since
    return accept([
      ...reverted,
      eventFrom('TicketMerged', command, { into: target, ...(waitingSince !== undefined && { waitingSince }) }),
      eventFrom('TicketClosed', command, { from: ticket.status, reason: 'merged' }),
    ])
  },

  declineMerge: (command, ticket) => {
    const { target, merge, reason } = command
    if (ticket.mergedInto === target) return deny(refusal('ticket_merged', { movedTo: target }))
    return reasonOfDecline(ticket.declinedMerges, merge) !== undefined
      ? accept([])
      : accept([eventFrom('MergeDeclined', command, { into: target, merge, reason })])
  },
}

/** When a ticket ended, by a resolution or a closing; undefined while it has not, and for a merged one, which stays so. */
function endOf({ status, lastResolvedAt, closed, mergedInto }: Ticket): Instant | undefined {
  if (mergedInto !== undefined) return undefined
  const wasResolved = status === 'resolved' || closed?.from === 'resolved'
  return wasResolved ? lastResolvedAt : closed?.at
}

/** Whether the last open question of the source was asked after that instant. */
const isAskedAfter = (ended: Instant | undefined, { waitingSince, askedAt }: Completion): boolean =>
  ended !== undefined && waitingSince !== undefined && latest(waitingSince, askedAt ?? waitingSince) > ended

type Completion = CommandEnvelope<TicketCommandOf<'completeAbsorption'>>

function watchersTakenOver({ watchers = [] }: Completion, { watchers: ticketWatchers }: Ticket): readonly Person[] {
  return watchers
    .filter(({ id }) => ticketWatchers.every((each) => each.id !== id))
    .slice(0, Math.max(0, ticketLimits.watchers - ticketWatchers.length))
}

/** A link between the two tickets ends with the merge. */
function linksTakenOver({ links = [], aggregateId }: Completion, { links: ticketLinks }: Ticket): Ticket['links'] {
  return links
    .filter(({ to }) => to !== aggregateId)
    .filter(({ to, relation }) => ticketLinks.every((each) => each.to !== to || each.relation !== relation))
    .slice(0, Math.max(0, ticketLimits.links - ticketLinks.length))
}
