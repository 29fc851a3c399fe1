import { describe, expect, it } from 'vitest'
import { routingActor } from '../kernel/actor.ts'
import { hours } from '../kernel/time.ts'
import { after, alex, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import type { TicketEvent } from './events.ts'

const { given } = specifyTicket()
const montreal = { kind: 'centre', name: 'montreal' } as const
const toronto = { kind: 'centre', name: 'toronto' } as const
const dueAt = after(hours(4))
const handOver = {
  type: 'handOver',
  from: 'alex',
  crew: montreal,
  to: toronto,
  dueAt,
  statuses: ['new', 'in_progress'],
  priorities: ['low', 'normal', 'high', 'urgent'],
} as const
const clock = { by: routingActor, at: after(hours(4) + 1_000) }
const assigned = (at = after(0), round?: number): TicketEvent =>
  ticketEvent(
    'TicketAssigned',
    { assignee: { id: 'alex', name: 'Alex' }, ...(round !== undefined && { round }) },
    { at, by: round === undefined ? alex : routingActor },
  )

describe('a conversation whose agent’s shift has ended', () => {
  it('is handed over with a briefing, and has no agent until somebody takes it', () => {
    const { decision, state } = given(ticketOpened({ subject: 'Battery' }), assigned()).when(handOver, clock)
    expect(decision.ok && decision.value).toMatchObject([
      {
        type: 'TicketHandedOver',
        from: { id: 'alex', name: 'Alex' },
        crew: montreal,
        to: toronto,
        reason: 'end_of_shift',
        dueAt,
        briefing: { subject: 'Battery', tried: [] },
      },
      { type: 'TicketUnassigned', from: { id: 'alex' } },
    ])
    expect(state).toMatchObject({ status: 'new', assignee: undefined })
  })

  it('is handed over once', () => {
    const first = given(ticketOpened(), assigned()).when(handOver, clock).decision
    given(ticketOpened(), assigned(), ...(first.ok ? first.value : []))
      .when(handOver, clock)
      .then(nothing)
  })

  it('stays when somebody else has it, or its status or priority is not handed over', () => {
    given(ticketOpened(), assigned())
      .when({ ...handOver, from: 'sacha' }, clock)
      .then(nothing)
    given(ticketOpened(), assigned())
      .when({ ...handOver, priorities: ['urgent'] }, clock)
      .then(nothing)
    given(ticketOpened(), assigned(), ticketEvent('CustomerWaitStarted', {})).when(handOver, clock).then(nothing)
    given(ticketOpened(), assigned(), ticketEvent('CustomerWaitStarted', {}))
      .when({ ...handOver, statuses: ['waiting_customer'] }, clock)
      .then([{ type: 'TicketHandedOver' }, { type: 'TicketUnassigned' }])
    given(ticketOpened(), assigned(), ticketEvent('TicketResolved', {}))
      .when(handOver, clock)
      .then(refused('ticket_resolved'))
  })

  it('stays with an agent chosen by somebody since the end of the shift, not with one chosen by routing', () => {
    given(ticketOpened(), assigned(dueAt)).when(handOver, clock).then(nothing)
    given(ticketOpened(), assigned(after(hours(4) - 1)))
      .when(handOver, clock)
      .then([{ type: 'TicketHandedOver' }, { type: 'TicketUnassigned' }])
    given(ticketOpened(), assigned(dueAt, 1))
      .when(handOver, clock)
      .then([{ type: 'TicketHandedOver' }, { type: 'TicketUnassigned' }])
  })

  it('is handed over only by the desk itself', () => {
    given(ticketOpened(), assigned())
      .when(handOver, { ...clock, by: alex })
      .then(refused('not_for_this_actor', 'by'))
  })
})
