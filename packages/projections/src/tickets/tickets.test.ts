import { describe, expect, it } from 'vitest'
import type { TicketEvent } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { camille, ticketEvent, ticketOpened } from '@guichet/domain/testing'
import type { ProjectionContext, RecordedEvent } from '../runner/projection.ts'
import { movedBy, partOf } from '../streams/stream-folding.ts'
import { createTicketFolding } from '../ticket-facts.ts'
import { counterDeltas } from './model.ts'
import { ticketRow } from './ticket-query.ts'

async function folded(...events: readonly TicketEvent[]) {
  const batch = events.map((event, index) => ({
    event,
    id: String(index),
    stream: 'ticket-T1',
    version: index + 1,
    correlationId: 'request',
  }))
  const folding = partOf(createTicketFolding(), ({ ticket }) => ticket)
  const steps = await folding.steps(batch as unknown as RecordedEvent[], { tx: {} } as ProjectionContext)
  const state = movedBy(steps)[0]?.after
  if (!state || state.status === 'absent') throw new Error('no ticket was opened')
  return { steps, row: ticketRow('T1', events.length, state, state.updatedAt), state }
}

const at = instant('2026-03-02T10:00:00Z')
const resolved = ticketEvent('TicketResolved', {}, { at })
const reopened = ticketEvent('TicketReopened', { from: 'resolved', reason: 'manual' }, { at })
const closed = ticketEvent('TicketClosed', { from: 'resolved', reason: 'solved' }, { at })

describe('a ticket’s row', () => {
  it('shows a resolution while it is in effect', async () => {
    expect((await folded(ticketOpened(), resolved)).row.resolvedAt).toBe(at)
    expect((await folded(ticketOpened(), resolved, closed)).row).toMatchObject({
      resolvedAt: at,
      closeReason: 'solved',
    })
    expect((await folded(ticketOpened(), resolved, reopened)).row).toMatchObject({
      resolvedAt: undefined,
      reopenings: 1,
    })
    expect((await folded(ticketOpened(), resolved, reopened, resolved)).row.resolvedAt).toBe(at)
  })

  it('shows no withdrawn resolution, though all events are of one instant', async () => {
    const given = ticketEvent('TicketClosed', { from: 'in_progress', reason: 'other' }, { at })
    expect((await folded(ticketOpened(), resolved, reopened, given)).row.resolvedAt).toBeUndefined()
    expect((await folded(ticketOpened(), resolved, reopened, resolved, closed)).row.resolvedAt).toBe(at)
  })

  it('does not grow with the conversation', async () => {
    const replies = (count: number) =>
      Array.from({ length: count }, (_, n) =>
        ticketEvent('CustomerReplied', { messageId: `m${n}`, body: 'x'.repeat(1_000) }, { by: camille }),
      )
    const [short, long] = [await folded(ticketOpened(), ...replies(25)), await folded(ticketOpened(), ...replies(75))]
    expect(JSON.stringify(long.row)).toHaveLength(JSON.stringify(short.row).length)
  })
})

describe('the counters', () => {
  it('change with the status, and with nothing else', async () => {
    const tagged = ticketEvent('TicketTagged', { tag: 'vip' })
    expect(counterDeltas((await folded(ticketOpened(), tagged)).steps)).toEqual([{ status: 'new', change: 1 }])
    const { steps } = await folded(ticketOpened(), resolved, closed)
    expect(counterDeltas(steps.slice(1))).toEqual([
      { status: 'new', change: -1 },
      { status: 'closed', change: 1 },
    ])
  })
})
