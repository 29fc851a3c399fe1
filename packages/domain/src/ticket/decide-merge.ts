import { refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import type { TicketEvent } from './events.ts'
import type { Rules } from './rule.ts'
import { happened } from './rule.ts'

/**
 * A merge takes two steps on two streams: the target absorbs, then the source is merged into it. If the second step is
 * refused, the first is reverted. When two tickets are merged into each other at once, the one with the smaller id survives.
 */
export const decideMerge: Rules<'absorb' | 'mergeInto' | 'revertAbsorption'> = {
  absorb: (command, { absorbed, customer }) => {
    if (command.source === command.aggregateId) return deny(refusal('merge_with_itself', { field: 'target' }))
    if (absorbed.includes(command.source)) return accept([])
    if (command.sourceCustomerId !== customer.id) return deny(refusal('merge_across_customers', { field: 'target' }))
    return accept([happened('TicketAbsorbed', command, { source: command.source })])
  },

  mergeInto: (command, ticket) => {
    const { aggregateId, target } = command
    if (target === aggregateId) return deny(refusal('merge_with_itself', { field: 'target' }))
    if (ticket.mergedInto === target) return accept([])
    if (ticket.mergedInto !== undefined) return deny(refusal('ticket_merged', { movedTo: ticket.mergedInto }))
    if (ticket.status === 'closed') return deny(refusal('ticket_closed'))
    const crossed = ticket.absorbed.includes(target)
    if (crossed && aggregateId < target) return deny(refusal('merge_crossed'))
    const reverted: TicketEvent[] = crossed
      ? [happened('AbsorptionReverted', command, { source: target, reason: 'merge_crossed' })]
      : []
    return accept([
      ...reverted,
      happened('TicketMerged', command, { into: target }),
      happened('TicketClosed', command, { from: ticket.status, reason: 'merged' }),
    ])
  },

  revertAbsorption: (command, { absorbed }) =>
    absorbed.includes(command.source)
      ? accept([happened('AbsorptionReverted', command, { source: command.source, reason: command.reason })])
      : accept([]),
}
