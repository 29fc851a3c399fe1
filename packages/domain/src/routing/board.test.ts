import { describe, expect, it, vi } from 'vitest'
import { importCorrelation } from '../history-import.ts'
import type { EventEnvelope, Position } from '../kernel/event.ts'
import { after, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { createBoard } from './board.ts'

let position = 0
const envelope = (
  stream: string,
  version: number,
  event: EventEnvelope['event'],
  correlationId = importCorrelation('old'),
): EventEnvelope => ({
  event,
  id: `${stream}/${version}`,
  stream,
  version,
  position: String(++position) as Position,
  recordedAt: event.at,
  commandId: 'c',
  correlationId,
  causationId: 'c',
  schemaVersion: 1,
})
const by = { kind: 'system', id: 'import' } as const
const ofImport = (version: number, type: 'ImportAbandoned' | 'ImportResumed', id = 'old') =>
  envelope(`import-${id}`, version, { type, at: after(0), by })

describe('the board of a router', () => {
  it('lists imported open tickets once their import has ended, and none of another import', () => {
    const board = createBoard()
    board.apply(envelope('ticket-a', 1, ticketOpened()))
    board.apply(envelope('ticket-b', 1, ticketOpened()))
    board.apply(envelope('ticket-b', 2, ticketEvent('TicketResolved', {})))
    board.apply(envelope('ticket-c', 1, ticketOpened(), importCorrelation('other')))
    expect(board.arrived).toEqual([])
    board.apply(ofImport(2, 'ImportAbandoned'))
    expect(board.arrived.map(({ id }) => id)).toEqual(['a'])
  })

  it('removes them when the import is resumed, except those with later events', () => {
    const board = createBoard()
    board.apply(envelope('ticket-a', 1, ticketOpened()))
    board.apply(envelope('ticket-b', 1, ticketOpened()))
    board.apply(ofImport(2, 'ImportAbandoned'))
    board.apply(envelope('ticket-b', 2, ticketEvent('TicketTagged', { tag: 'x' }), 'c'))
    board.apply(ofImport(3, 'ImportResumed'))
    expect(board.arrived.map(({ id }) => id)).toEqual(['b'])
    board.apply(ofImport(4, 'ImportAbandoned'))
    expect(board.arrived.map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('compares each of a thousand tickets added together with no more of them than a search does', () => {
    const board = createBoard()
    for (let n = 0; n < 1_000; n++) board.apply(envelope(`ticket-${(n * 7_919) % 1_000}`, 1, ticketOpened()))
    const looked = vi.spyOn(Map.prototype, 'get')
    board.apply(ofImport(2, 'ImportAbandoned'))
    const priorities = looked.mock.calls.filter(([key]) => key === 'normal').length
    looked.mockRestore()
    expect(board.arrived).toHaveLength(1_000)
    expect(priorities / 2).toBeGreaterThan(1_000)
    expect(priorities / 2).toBeLessThanOrEqual(1_000 * Math.ceil(Math.log2(1_000) + 1))
  })
})
