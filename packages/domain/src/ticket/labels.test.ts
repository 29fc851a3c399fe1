import { describe, expect, it } from 'vitest'
import { hours, minutes } from '../kernel/time.ts'
import { after } from '../testing/examples.ts'
import { levels, story, under } from '../testing/target-story.ts'
import { ticketLabels } from './ticket.ts'

const terms = under(levels({ name: 'all', firstResponse: '4h', resolution: '1d' }))
const nothingPromised = under(levels())

it('names the promises that are missed, the first missed first, until they are made up for', () => {
  const ticket = story(terms)
  const missed = () => ticketLabels(ticket.state(), terms)?.missed
  expect(missed()).toBeUndefined()
  ticket.fire('first_response_warning')
  ticket.fire('first_response_breach')
  expect(missed()).toEqual([{ target: 'first_response', since: after(hours(4)) }])
  ticket.fire('first_response_escalation')
  ticket.fire('resolution_warning')
  ticket.fire('resolution_breach')
  expect(missed()).toEqual([
    { target: 'first_response', since: after(hours(4)) },
    { target: 'resolution', since: after(hours(24)) },
  ])
  ticket.send({ type: 'agentReply', body: 'Sorry' }, after(hours(30)))
  expect(missed()).toEqual([{ target: 'resolution', since: after(hours(24)) }])
})

describe('a stream that operators look for without a deadline', () => {
  it('is a ticket while a promise is running or paused on it, and none that is resolved or closed', () => {
    const ticket = story(terms)
    const outstanding = () => ticketLabels(ticket.state(), terms)?.outstanding
    expect(outstanding()).toBe(true)
    ticket.send({ type: 'pauseClocks', reason: 'strike' }, after(minutes(1)))
    expect(ticket.deadlines()).toEqual([])
    expect(outstanding()).toBe(true)
    expect(ticketLabels(ticket.state(), nothingPromised)?.outstanding).toBe(false)
    ticket.send({ type: 'resumeClocks' }, after(minutes(2)))
    ticket.send({ type: 'resolve' }, after(minutes(3)))
    expect(outstanding()).toBe(false)
    ticket.send({ type: 'reopen' }, after(minutes(4)))
    expect(outstanding()).toBe(true)
    ticket.send({ type: 'close' }, after(minutes(5)))
    expect(outstanding()).toBe(false)
  })

  it('is a ticket whose promise is broken, escalated and not made up for, whatever is promised now', () => {
    const ticket = story(terms)
    ticket.fire('first_response_warning')
    ticket.fire('first_response_breach')
    ticket.fire('first_response_escalation')
    expect(ticketLabels(ticket.state(), nothingPromised)).toMatchObject({ sla: 'BREACHED', outstanding: true })
    ticket.send({ type: 'agentReply', body: 'Sorry' }, after(hours(20)))
    expect(ticketLabels(ticket.state(), nothingPromised)?.outstanding).toBe(false)
  })

  it('is a ticket that somebody is late with, until somebody works on it, even if nothing is promised', () => {
    const ticket = story(nothingPromised)
    ticket.send({ type: 'start' }, after(minutes(1)))
    const labels = () => ticketLabels(ticket.state(), nothingPromised)
    expect(labels()).toMatchObject({ late: false, outstanding: false })
    ticket.fire('stagnation')
    expect(ticket.deadlines()).toEqual([])
    expect(labels()).toMatchObject({ late: true, outstanding: true })
    ticket.send({ type: 'agentReply', body: 'We are at it' }, after(hours(9_000)))
    expect(labels()).toMatchObject({ late: false, outstanding: false })
  })
})
