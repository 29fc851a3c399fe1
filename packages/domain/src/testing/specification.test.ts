import { describe, expect, it } from 'vitest'
import { ticketOpened } from './examples.ts'
import { nothing, refused, SpecificationFailed, specifyTicket } from './specification.ts'

const { given, when } = specifyTicket()
const started = given(ticketOpened()).when({ type: 'start' })

describe('a specification', () => {
  it('passes when the named fields match', () => {
    started.then({ type: 'TicketStarted' })
    started.then({ type: 'TicketStarted', reason: 'manual' })
    expect(started.state).toMatchObject({ status: 'in_progress' })
  })

  it('fails with both sides in its message', () => {
    expect(() => started.then({ type: 'TicketStarted', reason: 'wait' })).toThrow(SpecificationFailed)
    expect(() => started.then({ type: 'TicketStarted', reason: 'wait' })).toThrow(/"wait"[^]*but decided[^]*"manual"/)
  })

  it('fails for too many, too few or other events', () => {
    expect(() => started.then([])).toThrow(SpecificationFailed)
    expect(() => started.then(nothing)).toThrow(SpecificationFailed)
    expect(() => started.then({ type: 'TicketResolved' })).toThrow(SpecificationFailed)
    expect(() => started.then([{ type: 'TicketStarted' }, { type: 'TicketStarted' }])).toThrow(SpecificationFailed)
  })

  it('fails when a refusal was expected, and when another one came', () => {
    expect(() => started.then(refused('ticket_closed'))).toThrow(SpecificationFailed)
    const absent = when({ type: 'start' })
    absent.then(refused('ticket_not_found'))
    expect(() => absent.then(nothing)).toThrow('ticket_not_found')
    expect(() => absent.then(refused('ticket_closed'))).toThrow(SpecificationFailed)
    expect(() => absent.then(refused('ticket_not_found', 'id'))).toThrow(SpecificationFailed)
  })
})
