import type { TicketEvent } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { camille, ticketEvent, ticketOpened } from '@guichet/domain/testing'
import { describe, expect, it } from 'vitest'
import type { RecordedEvent } from '../runner/projection.ts'
import { counterDeltas } from './counters.ts'
import { ticketRow } from './ticket-row.ts'
import { createTicketFolding } from './ticket-states.ts'

async function folded(...events: readonly TicketEvent[]) {
  const batch = events.map((event, index) => ({ event, id: String(index), stream: 'ticket-T1', version: index + 1 }))
  const { steps, ends } = await createTicketFolding()(batch as unknown as RecordedEvent[], async () => [])
  const state = ends[0]?.state
  if (!state || state.status === 'absent') throw new Error('no ticket was opened')
  return { steps, row: ticketRow('T1', events.length, state, state.updatedAt), state }
}

const at = instant('2026-03-02T10:00:00Z')
const resolved = ticketEvent('TicketResolved', {}, { at })
const reopened = ticketEvent('TicketReopened', { from: 'resolved', reason: 'manual' }, { at })
const closed = ticketEvent('TicketClosed', { from: 'resolved', reason: 'solved' }, { at })

describe('a ticket’s row', () => {
  it('shows a resolution while it stands', async () => {
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

  it('shows no resolution that was taken back, though all happened at one instant', async () => {
    const given = ticketEvent('TicketClosed', { from: 'in_progress', reason: 'other' }, { at })
    expect((await folded(ticketOpened(), resolved, reopened, given)).row.resolvedAt).toBeUndefined()
    expect((await folded(ticketOpened(), resolved, reopened, resolved, closed)).row.resolvedAt).toBe(at)
  })

  it('is made of a state that does not grow with the conversation', async () => {
    const reply = ticketEvent('CustomerReplied', { messageId: 'm', body: 'x'.repeat(1_000) }, { by: camille })
    const [short, long] = [
      await folded(ticketOpened(), ...Array(25).fill(reply)),
      await folded(ticketOpened(), ...Array(75).fill(reply)),
    ]
    expect(JSON.stringify(long.state)).toHaveLength(JSON.stringify(short.state).length)
  })
})

describe('the counters', () => {
  it('move with the status, and not for what leaves it alone', async () => {
    const tagged = ticketEvent('TicketTagged', { tag: 'vip' })
    expect(counterDeltas((await folded(ticketOpened(), tagged)).steps)).toEqual([{ status: 'new', change: 1 }])
    const { steps } = await folded(ticketOpened(), resolved, closed)
    expect(counterDeltas(steps.slice(1))).toEqual([
      { status: 'new', change: -1 },
      { status: 'closed', change: 1 },
    ])
  })
})
