import { earliest } from '../kernel/instant.ts'
import { isRefusalCode, refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import { reasonOfDecline } from './declined-merges.ts'
import type { TicketEvent } from './events.ts'
import type { Rules } from './rule.ts'
import { happened, tooMany } from './rule.ts'
import { limits } from './vocabulary.ts'

type MergeCommand = 'absorb' | 'completeAbsorption' | 'revertAbsorption' | 'mergeInto' | 'declineMerge'

/**
 * A merge takes three steps on two streams: the target absorbs, the source is merged into it, the target's absorption is
 * complete. A ticket is merged only while none of its own absorptions is under way, so that no ring of merges closes all
 * of its tickets; of two that are merged into each other at once, the one with the smaller id survives. If the source
 * refuses, it declines that merge for good before the target gives it up: nobody can complete it any more.
 *
 * The source says with its merge whether its customer waits for an answer; that moves no more, so that whoever completes the
 * absorption tells the target the same.
 */
export const decideMerge: Rules<MergeCommand> = {
  absorb: (command, { absorbed, absorbing, customer }) => {
    const { source } = command
    if (source === command.aggregateId) return deny(refusal('merge_with_itself', { field: 'target' }))
    if (absorbed.includes(source)) return accept([])
    if (absorbing.includes(source)) return deny(refusal('merge_pending', { field: 'target' }))
    if (command.sourceCustomerId !== customer.id) return deny(refusal('merge_across_customers', { field: 'target' }))
    return absorbed.length + absorbing.length >= limits.merged
      ? tooMany('merged tickets', limits.merged)
      : accept([happened('TicketAbsorbed', command, { source })])
  },

  /** A question of the customer that comes along ends the wait for them. */
  completeAbsorption: (command, { absorbing, status }) => {
    const { source, waitingSince, at } = command
    if (!absorbing.includes(source)) return accept([])
    const asked = waitingSince && { waitingSince: earliest(waitingSince, at) }
    return accept([
      happened('AbsorptionCompleted', command, { source, ...asked }),
      ...(asked && status === 'waiting_customer' ? [happened('CustomerWaitEnded', command, { reason: 'merge' })] : []),
    ])
  },

  revertAbsorption: (command, { absorbing }) =>
    absorbing.includes(command.source)
      ? accept([happened('AbsorptionReverted', command, { source: command.source, reason: command.reason })])
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
      ? [happened('AbsorptionReverted', command, { source: target, reason: 'merge_crossed' })]
      : []
    const waitingSince = ticket.status === 'waiting_customer' ? undefined : ticket.clocks.waiting[0]?.since
    return accept([
      ...reverted,
      happened('TicketMerged', command, { into: target, ...(waitingSince !== undefined && { waitingSince }) }),
      happened('TicketClosed', command, { from: ticket.status, reason: 'merged' }),
    ])
  },

  declineMerge: (command, ticket) => {
    const { target, merge, reason } = command
    if (ticket.mergedInto === target) return deny(refusal('ticket_merged', { movedTo: target }))
    return reasonOfDecline(ticket.declinedMerges, merge) !== undefined
      ? accept([])
      : accept([happened('MergeDeclined', command, { into: target, merge, reason })])
  },
}
