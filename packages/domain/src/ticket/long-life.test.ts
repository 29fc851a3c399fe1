import { expect, it } from 'vitest'
import { ticketEvent, ticketOpened } from '../testing/examples.ts'
import { refused, specifyTicket } from '../testing/specification.ts'
import type { TicketEvent } from './events.ts'
import type { TicketState } from './state.ts'
import { evolveTicket } from './state.ts'
import { ticketLimits } from './vocabulary.ts'

/** How many entries of a state are new: those of every object and list in it that the state before does not share. */
function copied(before: unknown, after: unknown): number {
  if (before === after || typeof after !== 'object' || after === null) return 0
  const earlier = (before ?? {}) as Readonly<Record<string, unknown>>
  const entries = Object.entries(after)
  return entries.reduce((sum, [key, value]) => sum + copied(earlier[key], value), entries.length)
}

/** Events that a ticket gets again and again, the nth time. */
const round = (n: number): readonly TicketEvent[] => [
  ticketEvent('CustomerReplied', { messageId: `q${n}`, body: 'And now?' }),
  ticketEvent('AgentReplied', { messageId: `a${n}`, body: 'Try again.' }),
  ticketEvent('InternalNoteAdded', { messageId: `n${n}`, body: 'Hm.' }),
  ticketEvent('CustomerWaitStarted', {}),
  ticketEvent('CustomerWaitEnded', { reason: 'customer_reply' }),
  ticketEvent('TicketEscalated', { team: 'tech', reason: 'Bug' }),
  ticketEvent('TicketAbsorbed', { source: `S${n}` }),
  ticketEvent('AbsorptionReverted', { source: `S${n}`, reason: 'ticket_closed' }),
  ticketEvent('MergeDeclined', { into: 'T2', merge: `M${n}`, reason: 'ticket_closed' }),
  ticketEvent('TicketResolved', {}),
  ticketEvent('TicketReopened', { from: 'resolved', reason: 'manual' }),
]

it('copies as little for one more event at the end of a long life as at its beginning', () => {
  let state: TicketState = evolveTicket({ status: 'absent' }, ticketOpened())
  const most = [0, 0]
  for (let n = 0; n < 1_500; n++) {
    for (const event of round(n)) {
      const after = evolveTicket(state, event)
      const part = n < 300 ? 0 : 1
      most[part] = Math.max(most[part]!, copied(state, after))
      state = after
    }
  }
  expect(most[1]! - most[0]!).toBeLessThan(50)
  expect(most[1]).toBeLessThan(500)
})

it('absorbs no more tickets than the limit', () => {
  const absorb = { type: 'absorb', source: 'S', sourceCustomerId: ticketOpened().customer.id } as const
  const taken = Array.from({ length: ticketLimits.merged }, (_, n) => [
    ticketEvent('TicketAbsorbed', { source: `S${n}` }),
    ...(n % 2 ? [ticketEvent('AbsorptionCompleted', { source: `S${n}` })] : []),
  ])
  const { given } = specifyTicket()
  given(ticketOpened(), ...taken.flat())
    .when(absorb)
    .then(refused('too_many'))
  expect(given(ticketOpened(), ...taken.slice(1).flat()).when(absorb).decision.ok).toBe(true)
})
