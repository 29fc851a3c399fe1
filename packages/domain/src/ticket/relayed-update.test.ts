import { describe, expect, it } from 'vitest'
import { constantTerms } from '../configuration/terms.ts'
import type { Instant } from '../kernel/time.ts'
import { days, hours, later, minutes } from '../kernel/time.ts'
import { after, alex, byAlex, camille, monday, ticketOpened } from '../testing/examples.ts'
import { nothing, refused, specifyTicket } from '../testing/specification.ts'
import { levels, policyOf, story, under } from '../testing/target-story.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { TicketCommandInput } from './commands.ts'
import { isLate } from './ticket.ts'

const service = { kind: 'system', id: 'incident' } as const
const relayed = (postedAt: Instant): TicketCommandInput => ({ type: 'relayUpdate', incidentId: 'I1', postedAt })
const asks: TicketCommandInput = { type: 'customerReply', body: 'Alors ?' }
const promised = levels({ name: 'x', firstResponse: '8h', nextResponse: '8h', update: '30m' })
const everyHalfHour = under(promised)
const kinds = (ticket: ReturnType<typeof story>) => ticket.deadlines().map(({ kind }) => kind)

describe('an update of the incident of a ticket', () => {
  it('meets the update target, and begins the next one', () => {
    const ticket = story(everyHalfHour)
    expect(ticket.send(relayed(after(minutes(30))), after(minutes(30)), 'clock')).toMatchObject([
      { type: 'UpdateRelayed', incidentId: 'I1' },
      { type: 'TargetMet', target: 'update', cycle: 1, since: monday, dueAt: after(minutes(30)) },
    ])
    ticket.fire('update_warning')
    expect(ticket.due('update_breach')).toBe(later(after(hours(1)), 1))
  })

  it('makes up for a missed one, so that nobody is alerted to it', () => {
    const late = story(everyHalfHour)
    expect(late.send(relayed(after(hours(1))), after(hours(1)), 'clock')).toMatchObject([
      { type: 'TargetBreached', target: 'update', dueAt: after(minutes(30)), over: true },
      { type: 'UpdateRelayed' },
    ])
    const missed = story(everyHalfHour)
    missed.fire('update_warning')
    missed.fire('update_breach')
    expect(kinds(missed)).toContain('update_escalation')
    missed.send(relayed(after(hours(1))), after(hours(1)), 'clock')
    expect(kinds(missed)).not.toContain('update_escalation')
    expect(isLate(missed.state())).toBe(false)
  })

  it('is no answer: responses are still awaited, and no message, work or activity of an agent is recorded', () => {
    const ticket = story(everyHalfHour)
    const before = ticket.state()
    ticket.send(relayed(after(minutes(10))), after(minutes(10)), 'clock')
    const { clocks, messages, status, firstRespondedAt, lastAgentActivityAt, spells, attempts } = ticket.state()
    expect({ messages, status, firstRespondedAt, lastAgentActivityAt, spells, attempts }).toEqual({
      messages: before.messages,
      status: 'new',
      firstRespondedAt: undefined,
      lastAgentActivityAt: monday,
      spells: before.spells,
      attempts: before.attempts,
    })
    expect(clocks).toMatchObject({ ...before.clocks, targets: expect.anything(), updates: 2, ended: expect.anything() })
    expect(clocks.targets).toMatchObject({
      first_response: before.clocks.targets.first_response,
      resolution: before.clocks.targets.resolution,
    })
    ticket.send({ type: 'agentReply', body: 'Bonjour' }, after(minutes(11)))
    ticket.send(asks, after(minutes(12)), 'customer')
    const asked = ticket.state().clocks.targets.next_response
    ticket.send(relayed(after(minutes(13))), after(minutes(13)), 'clock')
    expect(ticket.state().clocks.targets.next_response).toEqual(asked)
  })

  it('leaves the whole time for the end of a wait, and the wait unchanged', () => {
    const ticket = story(everyHalfHour)
    ticket.send({ type: 'agentReply', body: 'Which one?' }, after(minutes(10)))
    ticket.send({ type: 'waitForCustomer' }, after(minutes(20)))
    expect(ticket.send(relayed(after(hours(1))), after(hours(1)), 'clock').map(({ type }) => type)).toEqual([
      'UpdateRelayed',
      'TargetMet',
    ])
    expect(kinds(ticket)).toEqual(['chase'])
    ticket.send(asks, after(days(1)), 'customer')
    ticket.fire('update_warning')
    expect(ticket.due('update_breach')).toBe(later(after(days(1) + minutes(30)), 1))
  })

  it('restarts the alert when nothing is promised', () => {
    const policy = policyOf(levels({ name: 'x', resolution: '10h' }))
    const urgent = story(constantTerms({ policy, wording: defaultWording }), ticketOpened({ priority: 'urgent' }))
    expect(urgent.due('update')).toBe(after(hours(2)))
    urgent.send(relayed(after(hours(1))), after(hours(1)), 'clock')
    expect(urgent.due('update')).toBe(after(hours(3)))
    urgent.fire('update')
    expect(urgent.state().updateOverdue).toBe(true)
    urgent.send(relayed(after(hours(4))), after(hours(4)), 'clock')
    expect(urgent.state().updateOverdue).toBe(false)
  })

  it('changes nothing when the desk has answered the customer since it was posted', () => {
    const ticket = story(everyHalfHour)
    ticket.send({ type: 'agentReply', body: 'Bonjour' }, after(minutes(10)))
    expect(ticket.send(relayed(after(minutes(9))), after(minutes(9)), 'clock')).toEqual([])
    expect(ticket.send(relayed(after(minutes(10))), after(minutes(20)), 'clock')).toEqual([])
    expect(ticket.send(relayed(after(minutes(11))), after(minutes(20)), 'clock')).toHaveLength(2)
    expect(ticket.send(relayed(after(minutes(11))), after(minutes(21)), 'clock')).toEqual([])
  })

  it('is relayed only by the engine, while the ticket is open', () => {
    const { given, when } = specifyTicket()
    const command = relayed(monday)
    const late = { at: after(hours(1)) }
    given(ticketOpened()).when(command, { by: alex }).then(refused('not_for_this_actor', 'by'))
    given(ticketOpened()).when(command, { by: camille }).then(refused('not_for_this_actor', 'by'))
    when(command, { by: service }).then(refused('ticket_not_found'))
    const resolved = { type: 'TicketResolved', ...byAlex } as const
    given(ticketOpened(), resolved)
      .when(command, { by: service, ...late })
      .then(refused('ticket_resolved'))
    const closed = { type: 'TicketClosed', from: 'new', reason: 'solved', ...byAlex } as const
    given(ticketOpened(), closed)
      .when(command, { by: service, ...late })
      .then(refused('ticket_closed'))
    given(ticketOpened())
      .when(command, { by: service, ...late })
      .then(nothing)
  })
})
