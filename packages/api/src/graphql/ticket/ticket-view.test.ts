import { describe, expect, it } from 'vitest'
import type { TicketEvent } from '@guichet/domain'
import { instant } from '@guichet/domain'
import { ticketEvent, ticketOpened } from '@guichet/domain/testing'
import { historyUntil } from '@guichet/projections'
import type { TicketHistory } from '../services.ts'
import { ticketAsOf } from './ticket.ts'

const at = (minute: number) => instant(new Date(Date.UTC(2026, 2, 2, 9, minute)))
const historyOf = (...events: readonly TicketEvent[]) =>
  events.map((event, index) => ({ event, version: index + 1 })) as unknown as TicketHistory

const opened = { ...ticketOpened(), at: at(0) }
const started = ticketEvent('TicketStarted', { reason: 'manual' }, { at: at(5) })
const noted = ticketEvent('InternalNoteAdded', { messageId: 'n', body: 'x' }, { at: at(6) })
const late = ticketEvent('TicketTagged', { tag: 'late' }, { at: at(2) })
const history = historyOf(opened, started, noted, late)

const versionsUntil = (minute: number) => historyUntil(history, at(minute)).map(({ version }) => version)

describe('a ticket as it was at an instant', () => {
  it('includes the events of that instant', () => {
    expect(versionsUntil(0)).toEqual([1])
    expect(versionsUntil(5)).toEqual([1, 2])
  })

  it('is a state that it was in: it ends before the first later event in stored order', () => {
    expect(versionsUntil(2)).toEqual([1])
    expect(versionsUntil(6)).toEqual([1, 2, 3, 4])
  })

  it('does not exist before it was opened', () => {
    expect(ticketAsOf('t', history, instant('2000-01-01T00:00:00Z'))).toBeUndefined()
  })

  it('has the instant of the last event that customers see', () => {
    expect(ticketAsOf('t', history, at(6))).toMatchObject({ status: 'in_progress', version: 4, publicUpdatedAt: at(5) })
  })
})
