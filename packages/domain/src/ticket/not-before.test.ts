import { describe, expect, it } from 'vitest'
import { hours } from '../kernel/time.ts'
import { after, monday, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { fourHours, levels, story, under } from '../testing/target-story.ts'
import type { TicketEvent } from './events.ts'
import { targetDue } from './targets.ts'

const hourly = under(levels({ name: 'x', calendar: 'always', firstResponse: '1h' }))
const changeAfter = (...events: TicketEvent[]) => {
  const ticket = story(hourly, [ticketOpened(), ...events]).state()
  return targetDue(ticket, hourly, 'first_response')?.notBefore
}
const at = after(hours(2))

describe('the change before which a target does not fall due', () => {
  it.each([
    ['priority', ticketEvent('PriorityChanged', { from: 'normal', to: 'high' }, { at })],
    ['category', ticketEvent('TicketCategorized', { to: 'technical' }, { at })],
    ['plan', ticketEvent('PlanChanged', { to: 'premium' }, { at })],
    ['team', ticketEvent('TicketEscalated', { team: 'engineers', reason: 'x' }, { at })],
    ['level', ticketEvent('TicketEscalated', { level: 2, fromLevel: 1, reason: 'x' }, { at })],
  ] as const)('is that of the %s', (change, event) => {
    expect(changeAfter(event)).toEqual({ at, change })
  })

  it('is the last of several', () => {
    const plan = ticketEvent('PlanChanged', { to: 'premium' }, { at: after(hours(3)) })
    const raised = ticketEvent('PriorityChanged', { from: 'normal', to: 'high' }, { at })
    expect(changeAfter(raised, plan)).toEqual({ at: after(hours(3)), change: 'plan' })
  })

  it('is the opening of a ticket whose customer had waited on another one', () => {
    const splitFrom = { ticketId: 'T0', messageId: 'm9', waitingSince: monday }
    const ticket = story(hourly, ticketOpened({ splitFrom }, { at })).state()
    expect(targetDue(ticket, hourly, 'first_response')).toMatchObject({ notBefore: { at, change: 'opening' } })
  })

  it('is the merge that brought a question which had waited for longer', () => {
    const ticket = story(hourly, [
      ticketOpened({}, { at }),
      ticketEvent('AbsorptionCompleted', { source: 'T0', waitingSince: monday }, { at: after(hours(2.5)) }),
    ]).state()
    const notBefore = { at: after(hours(2.5)), change: 'merge' }
    expect(targetDue(ticket, hourly, 'first_response')).toMatchObject({ notBefore })
  })

  it('is none when it is due later', () => {
    const raised = ticketEvent('PriorityChanged', { from: 'normal', to: 'high' }, { at: after(hours(0.5)) })
    expect(changeAfter(raised)).toBeUndefined()
    expect(targetDue(story(under(fourHours)).state(), under(fourHours), 'first_response')).not.toHaveProperty(
      'notBefore',
    )
  })
})
