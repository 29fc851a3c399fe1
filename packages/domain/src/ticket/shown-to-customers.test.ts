import { describe, expect, it } from 'vitest'
import { completeMerge } from '../desk/merge-tickets.ts'
import type { Desk } from '../desk/processes.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { streamName } from '../kernel/event.ts'
import { deskInMemory } from '../testing/desk.ts'
import type { TicketEvent } from './events.ts'
import { isShownToCustomers } from './events.ts'

const by = { kind: 'agent', id: 'ana' } as const

async function twoTickets(): Promise<Desk> {
  const desk = deskInMemory()
  for (const id of ['A', 'B']) {
    await desk.execute('ticket', id, { type: 'open', subject: id, body: 'x', customer: { id: 'zoe' } }, { by })
  }
  return desk
}

async function shownOf(desk: Desk, id: string): Promise<readonly string[]> {
  const history = (await desk.store.readStream(streamName('ticket', id))) as readonly EventEnvelope<TicketEvent>[]
  return history.filter(isShownToCustomers).map(({ event }) => event.type)
}

describe('a merge', () => {
  it('is shown to customers on both tickets', async () => {
    const desk = await twoTickets()
    await desk.mergeTickets('B', 'A', { by })
    expect(await shownOf(desk, 'A')).toEqual(['TicketOpened', 'AbsorptionCompleted'])
    expect(await shownOf(desk, 'B')).toEqual(['TicketOpened', 'TicketMerged', 'TicketClosed'])
  })

  it('is hidden from customers when it was reverted', async () => {
    const desk = await twoTickets()
    const merge = { by, commandId: 'merge' }
    await desk.execute('ticket', 'A', { type: 'absorb', source: 'B', sourceCustomerId: 'zoe' }, merge)
    await desk.execute('ticket', 'B', { type: 'close' }, { by })
    expect(await completeMerge(desk, 'B', 'A', merge)).toMatchObject({ refusal: { code: 'ticket_closed' } })
    expect(await shownOf(desk, 'A')).toEqual(['TicketOpened'])
    expect(await shownOf(desk, 'B')).toEqual(['TicketOpened', 'TicketClosed'])
  })
})
