import { describe, expect, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import { days, hours, later, minutes } from '../kernel/time.ts'
import { after, camille } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import { levels, story, under } from '../testing/target-story.ts'
import type { TicketCommandInput } from './commands.ts'
import { targetStatuses } from './targets.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }
const comesBack: TicketCommandInput = { type: 'customerReply', body: 'Toujours pas' }
const promises = levels({
  name: 'standard',
  calendar: 'office',
  firstResponse: '4h',
  nextResponse: '2h',
  resolution: '10h',
  update: '6h',
})

type Story = ReturnType<typeof story>
/** The running targets: the cycle of each, since when, and when it is due. */
const running = (ticket: Story) =>
  targetStatuses(ticket.state(), under(promises)).map(({ target, cycle, state, since, dueAt }) => [
    target,
    cycle,
    state,
    since,
    dueAt,
  ])

/** A ticket that was answered on Monday at ten, resolved at eleven, and closed on Tuesday at eleven. */
function closedAsSolved(): Story {
  const ticket = story(under(promises))
  ticket.send(reply, after(hours(1)))
  ticket.send({ type: 'resolve' }, after(hours(2)))
  ticket.fire('close_resolved')
  return ticket
}
const tuesdayAtEleven = after(days(1) + hours(2))

describe('a reply of the customer long after the ticket was closed', () => {
  it.each([
    [0, days(0), hours(0)],
    [7, days(7), hours(0)],
    [371, days(371), hours(0)],
    [4, days(4), days(2) - hours(2)],
  ])('starts every target anew, %i days later', (_, passed, untilOpen) => {
    const ticket = closedAsSolved()
    const back = later(tuesdayAtEleven, passed)
    const open = later(back, untilOpen)
    expect(ticket.send(comesBack, back, 'customer')).toMatchObject([
      { type: 'CustomerReplied' },
      { type: 'TicketReopened', from: 'closed', reason: 'customer_reply' },
    ])
    expect(running(ticket)).toEqual([
      ['next_response', 1, 'PENDING', back, later(open, hours(2))],
      ['resolution', 2, 'PENDING', back, later(open, days(1) + hours(2))],
      ['update', 3, 'PENDING', back, later(open, hours(6))],
    ])
  })

  it('leaves earlier met targets in history, beside those met then', () => {
    const ticket = closedAsSolved()
    const back = later(tuesdayAtEleven, days(7))
    ticket.send(comesBack, back, 'customer')
    ticket.send({ ...reply, then: 'resolved' }, later(back, hours(1)))
    expect(ticket.events.filter(({ type }) => type.startsWith('Target'))).toMatchObject([
      { type: 'TargetMet', target: 'first_response', cycle: 1, since: after(0) },
      { type: 'TargetMet', target: 'update', cycle: 1, since: after(0) },
      { type: 'TargetMet', target: 'resolution', cycle: 1, since: after(0), dueAt: after(days(1) + hours(2)) },
      { type: 'TargetMet', target: 'next_response', cycle: 1, since: back, dueAt: later(back, hours(2)) },
      { type: 'TargetMet', target: 'resolution', cycle: 2, since: back, dueAt: later(back, days(1) + hours(2)) },
      { type: 'TargetMet', target: 'update', cycle: 3, since: back, dueAt: later(back, hours(6)) },
    ])
  })

  it('restarts no missed target, which stays missed', () => {
    const ticket = story(under(promises))
    ticket.send({ ...reply, then: 'resolved' }, after(days(3)))
    ticket.fire('close_resolved')
    const back = later(after(days(3)), days(28))
    expect(ticket.send(comesBack, back, 'customer').map(({ type }) => type)).toEqual([
      'CustomerReplied',
      'TicketReopened',
    ])
    expect(ticket.events.flatMap((event) => (event.type === 'TargetBreached' ? [event.dueAt] : []))).toEqual([
      after(hours(4)),
      after(days(1) + hours(2)),
      after(hours(6)),
    ])
    expect(running(ticket).map(([target, cycle, state]) => [target, cycle, state])).toEqual([
      ['next_response', 1, 'PENDING'],
      ['resolution', 2, 'PENDING'],
      ['update', 2, 'PENDING'],
    ])
  })

  it('ignores the wait in which the ticket was closed, and an order that had paused its clocks', () => {
    const ticket = story(under(promises))
    ticket.send({ ...reply, then: 'waiting_customer' }, after(hours(1)))
    ticket.send({ type: 'pauseClocks', reason: 'Panne' }, after(hours(2)))
    for (const step of ['chase', 'chase', 'close_unanswered']) ticket.fire(step)
    const back = later(after(days(7)), hours(1))
    ticket.send(comesBack, later(back, days(7)), 'customer')
    expect(running(ticket)).toEqual([
      ['next_response', 1, 'PENDING', later(back, days(7)), later(back, days(7) + hours(2))],
      ['resolution', 2, 'PENDING', later(back, days(7)), later(back, days(8) + hours(2))],
      ['update', 3, 'PENDING', later(back, days(7)), later(back, days(7) + hours(6))],
    ])
  })

  it('starts a first response when there never was one', () => {
    const ticket = story(under(promises))
    ticket.send({ type: 'markSpam' }, after(hours(1)))
    const back = after(days(7))
    ticket.send(comesBack, back, 'customer')
    expect(running(ticket)).toEqual([
      ['first_response', 2, 'PENDING', back, later(back, hours(4))],
      ['resolution', 2, 'PENDING', back, later(back, days(1) + hours(2))],
      ['update', 2, 'PENDING', back, later(back, hours(6))],
    ])
  })

  it('ignores a timer of the time before', () => {
    const ticket = story(under(promises))
    ticket.send(reply, after(hours(1)))
    const old = ticket.deadlines().filter(({ kind }) => kind === 'resolution_warning' || kind === 'update_warning')
    expect(old).toHaveLength(2)
    ticket.send({ type: 'close', reason: 'solved' }, after(hours(2)))
    const back = after(days(7))
    ticket.send(comesBack, back, 'customer')
    for (const due of old) {
      specifyTicket({ timeline: under(promises) })
        .given(...ticket.events)
        .when({ type: 'fire', ...due }, { at: later(back, minutes(1)), by: clockActor })
        .then(nothing)
    }
  })

  it('continues under the terms in force then', () => {
    const ticket = closedAsSolved()
    const back = later(tuesdayAtEleven, days(7))
    ticket.send(comesBack, back, 'customer')
    ticket.fire('next_response_warning', hours(3))
    expect(ticket.send(reply, later(back, hours(5)))).toMatchObject([
      { type: 'AgentReplied' },
      { type: 'TargetMet', target: 'update', cycle: 3, dueAt: later(back, hours(6)) },
    ])
    expect(ticket.events.at(-3)).toMatchObject({ type: 'TargetBreached', dueAt: later(back, hours(2)) })
  })
})

describe('a reply of the customer to a ticket that was merged', () => {
  it('is refused however many days later, and starts nothing', () => {
    const ticket = story(under(promises))
    ticket.send({ type: 'mergeInto', target: 'T2' }, after(hours(1)))
    const { given } = specifyTicket({ timeline: under(promises) })
    for (const passed of [days(0), days(7), days(371)]) {
      given(...ticket.events)
        .when(comesBack, { at: later(after(hours(1)), passed), by: camille, commandId: 'back' })
        .then(refused('ticket_merged'))
    }
    expect(ticket.deadlines()).toEqual([])
  })
})
