import { describe, expect, it } from 'vitest'
import type { Instant } from '../kernel/time.ts'
import { days, hours, later, minutes } from '../kernel/time.ts'
import { after, monday } from '../testing/examples.ts'
import { fourHours, levels, policyOf, story, under } from '../testing/target-story.ts'
import { defaultWording } from '../wording/default-wording.ts'
import type { TicketCommandInput } from './commands.ts'
import { targetStatuses } from './targets.ts'
import { ticketLabels } from './ticket.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }
const tick = (at: Instant | undefined): Instant => later(at ?? monday, 1)

describe('a target that was missed under a policy, and that no policy promises any more', () => {
  const table = levels(
    { name: 'patient', applies: { priorities: ['low'] }, firstResponse: '1d', escalateAfter: '2h' },
    { name: 'standard', calendar: 'office', resolution: '2h' },
  )
  const missed = () => {
    const ticket = story(under(table))
    ticket.fire('resolution_warning')
    ticket.fire('resolution_breach')
    ticket.send({ type: 'changePriority', priority: 'low' }, after(hours(3)))
    return ticket
  }

  it('is escalated under the policy that applies now', () => {
    const ticket = missed()
    expect(ticket.due('resolution_escalation')).toBe(after(hours(4)))
    expect(ticket.fire('resolution_escalation')).toMatchObject([
      { type: 'TicketEscalated', missed: { target: 'resolution', cycle: 1 } },
    ])
    expect(ticket.due('resolution_escalation')).toBeUndefined()
  })

  it('has been breached since it was due', () => {
    const state = missed().state()
    const breached = { state: 'BREACHED', dueAt: after(hours(2)) }
    expect(targetStatuses(state, under(table), after(hours(3)))).toMatchObject([
      { target: 'first_response', state: 'PENDING' },
      { target: 'resolution', ...breached },
    ])
    expect(ticketLabels(state, under(table))).toMatchObject({ sla: 'BREACHED' })
    const nowhere = under(levels())
    expect(targetStatuses(state, nowhere, after(hours(3)))).toMatchObject([breached])
    expect(ticketLabels(state, nowhere)).toMatchObject({ sla: 'BREACHED' })
  })
})

describe('a ticket without running targets', () => {
  const sla = (...commands: readonly (readonly [TicketCommandInput, number])[]) => {
    const ticket = story(under(fourHours))
    for (const [command, hour] of commands)
      ticket.send(command, after(hours(hour)), command.type === 'confirm' ? 'customer' : 'agent')
    return ticketLabels(ticket.state(), under(fourHours))?.sla
  }

  it('is labelled with their outcome', () => {
    expect(sla([reply, 1], [{ type: 'resolve' }, 2])).toBe('ACHIEVED')
    expect(sla([{ type: 'resolve' }, 2])).toBe('ACHIEVED')
    expect(sla([{ type: 'markSpam' }, 2])).toBe('CANCELLED')
    expect(sla([reply, 5], [{ type: 'markSpam' }, 6])).toBe('CANCELLED')
    expect(sla([{ type: 'markSpam' }, 30])).toBe('BREACHED')
    expect(sla([reply, 1], [{ type: 'resolve' }, 24 * 30])).toBe('BREACHED')
    expect(sla([{ type: 'resolve' }, 2], [{ type: 'confirm' }, 3])).toBe('ACHIEVED')
    expect(sla([{ type: 'resolve' }, 2], [{ type: 'reopen' }, 3])).toBe('PENDING')
  })

  const labelOf = (ticket: ReturnType<typeof story>, ...policies: object[]) => {
    const { sla, slaSince } = ticketLabels(ticket.state(), under(levels(...policies))) ?? {}
    return [sla, slaSince]
  }

  it.each([
    [1, 'ACHIEVED', 1],
    [3, 'BREACHED', 2],
  ] as const)(
    'keeps its label with each further answer that nothing was promised of: after %i h',
    (hour, sla, since) => {
      const promise = { name: 'x', firstResponse: '2h' }
      const ticket = story(under(levels(promise)))
      for (const later of [0, 0.5, 1]) {
        ticket.send(reply, after(hours(hour + later)))
        expect(labelOf(ticket, promise)).toEqual([sla, after(hours(since))])
      }
    },
  )

  it('is labelled with the promise that was met when the ticket ended at the same moment', () => {
    for (const promise of [
      { name: 'x', firstResponse: '2h' },
      { name: 'x', update: '2h' },
    ]) {
      const ticket = story(under(levels(promise)))
      ticket.send({ ...reply, then: 'resolved' }, after(hours(1)))
      expect(labelOf(ticket, promise)).toEqual(['ACHIEVED', after(hours(1))])
    }
  })

  it('is labelled with a missed target beside a met one', () => {
    const promise = { name: 'x', firstResponse: '2h', resolution: '8h' }
    const ticket = story(under(levels(promise)))
    ticket.send({ ...reply, then: 'resolved' }, after(hours(3)))
    expect(labelOf(ticket, promise)).toEqual(['BREACHED', after(hours(2))])
  })

  it('has no such label when nothing was promised', () => {
    const nothing = under(levels({ name: 'x', applies: { plans: ['gold'] }, firstResponse: '1h' }))
    const ticket = story(nothing)
    ticket.send({ type: 'resolve' }, after(hours(1)))
    expect(ticketLabels(ticket.state(), nothing)).not.toHaveProperty('sla')
  })
})

describe('the status of a ticket’s promises', () => {
  const labelsOf = (ticket: ReturnType<typeof story>) => {
    const { sla, slaSince } = ticketLabels(ticket.state(), under(fourHours)) ?? {}
    return [sla, slaSince]
  }

  it('has the instant since which it applies', () => {
    const ticket = story(under(fourHours))
    expect(labelsOf(ticket)).toEqual(['PENDING', monday])
    ticket.fire('first_response_warning', minutes(1))
    expect(labelsOf(ticket)).toEqual(['IMMINENT_BREACH', after(hours(3) + minutes(1))])
    ticket.fire('first_response_breach', days(1))
    expect(labelsOf(ticket)).toEqual(['BREACHED', after(hours(4))])
    ticket.send({ ...reply, then: 'waiting_customer' }, after(hours(30)))
    expect(labelsOf(ticket)).toEqual(['PAUSED', after(hours(30))])
    ticket.send({ type: 'customerReply', body: 'Et ?' }, after(hours(50)), 'customer')
    expect(labelsOf(ticket)).toEqual(['PENDING', after(hours(50))])
    ticket.send({ type: 'resolve' }, after(hours(51)))
    expect(labelsOf(ticket)).toEqual(['ACHIEVED', after(hours(51))])
  })

  it('counts a breach from the first broken promise, and an ordered pause from the order', () => {
    const ticket = story(under(fourHours))
    ticket.send({ type: 'pauseClocks', reason: 'x' }, after(hours(1)))
    expect(labelsOf(ticket)).toEqual(['PAUSED', after(hours(1))])
    ticket.send({ type: 'customerReply', body: 'Et ?' }, after(hours(2)), 'customer')
    expect(labelsOf(ticket)).toEqual(['PAUSED', after(hours(1))])
    ticket.send({ type: 'resumeClocks' }, after(hours(3)))
    expect(labelsOf(ticket)).toEqual(['PENDING', after(hours(3))])
    ticket.fire('first_response_warning')
    ticket.fire('first_response_breach')
    ticket.fire('resolution_warning')
    ticket.fire('resolution_breach')
    expect(labelsOf(ticket)).toEqual(['BREACHED', after(hours(6))])
    ticket.send(reply, after(days(12)))
    const [, resolutionMissed] = labelsOf(ticket)
    ticket.send({ type: 'resolve' }, after(days(13)))
    expect(labelsOf(ticket)).toEqual(['BREACHED', resolutionMissed])
  })

  it('counts a promise given up from then', () => {
    const ticket = story(under(fourHours))
    ticket.send({ type: 'markSpam' }, after(hours(2)))
    expect(labelsOf(ticket)).toEqual(['CANCELLED', after(hours(2))])
  })
})

describe('a ticket that was ended by mistake', () => {
  const ends: TicketCommandInput[] = [{ type: 'markSpam' }, { type: 'close', reason: 'other' }, { type: 'resolve' }]

  it.each(ends)(
    'has a first response of a new cycle when it is reopened after $type without ever being answered',
    (end) => {
      const ticket = story(under(fourHours))
      ticket.send(end, after(hours(1)))
      ticket.send({ type: 'reopen' }, after(hours(2)))
      expect(ticket.deadlines()).toContainEqual({ kind: 'first_response_warning', cycle: 2, dueAt: after(hours(5)) })
      ticket.send(end, after(hours(3)))
      ticket.send({ type: 'customerReply', body: 'Allô ?' }, after(hours(4)), 'customer')
      expect(ticket.deadlines()).toContainEqual({ kind: 'first_response_warning', cycle: 3, dueAt: after(hours(7)) })
      expect(ticket.due('next_response_warning')).toBeUndefined()
    },
  )

  it('has a next response when a later question waited', () => {
    const ticket = story(under(fourHours))
    ticket.send(reply, after(hours(0.5)))
    ticket.send({ type: 'customerReply', body: 'Et ?' }, after(hours(1)), 'customer')
    ticket.send({ type: 'close', reason: 'other' }, after(hours(2)))
    ticket.send({ type: 'reopen' }, after(hours(3)))
    expect(ticket.deadlines()).toContainEqual({ kind: 'next_response_warning', cycle: 2, dueAt: after(hours(4.5)) })
  })

  it('has none of them when all had been answered', () => {
    const ticket = story(under(fourHours))
    ticket.send(reply, after(hours(0.5)))
    ticket.send({ type: 'close', reason: 'other' }, after(hours(2)))
    ticket.send({ type: 'reopen' }, after(hours(3)))
    expect(ticket.deadlines().map(({ kind }) => kind)).toEqual(['resolution_warning', 'stagnation'])
  })
})

describe('a warning', () => {
  const table = levels(
    { name: 'urgent', applies: { priorities: ['urgent'] }, firstResponse: '1h' },
    { name: 'standard', firstResponse: '40h' },
  )
  const to = (priority: 'urgent' | 'normal'): TicketCommandInput => ({ type: 'changePriority', priority })

  it('is given again under terms that leave more time', () => {
    const ticket = story(under(table))
    ticket.send(to('urgent'), after(minutes(1)))
    ticket.fire('first_response_warning')
    expect(targetStatuses(ticket.state(), under(table))).toMatchObject([{ state: 'IMMINENT_BREACH' }])
    ticket.send(to('normal'), after(minutes(50)))
    expect(targetStatuses(ticket.state(), under(table))).toMatchObject([{ state: 'PENDING' }])
    expect(ticket.due('first_response_warning')).toBe(after(hours(30)))
    expect(ticket.fire('first_response_warning')).toMatchObject([{ type: 'TargetWarned', dueAt: after(hours(40)) }])
    expect(targetStatuses(ticket.state(), under(table))).toMatchObject([{ state: 'IMMINENT_BREACH' }])
  })

  it('is not given twice when a pause delays the target', () => {
    const ticket = story(under(table))
    ticket.fire('first_response_warning')
    ticket.send({ type: 'pauseClocks', reason: 'x' }, after(hours(31)))
    ticket.send({ type: 'resumeClocks' }, after(hours(41)))
    expect(ticket.due('first_response_breach')).toBe(tick(after(hours(50))))
  })
})

describe('the status of a target', () => {
  const promised = levels({ name: 'x', calendar: 'office', firstResponse: '10h', resolution: '20h' })
  const first = (ticket: ReturnType<typeof story>, at: Instant) =>
    targetStatuses(ticket.state(), under(promised), at).find(({ target }) => target === 'first_response')

  it('has the business time used and left at an instant, and none without one', () => {
    const ticket = story(under(promised))
    ticket.send({ type: 'pauseClocks', reason: 'Strike' }, after(hours(2)))
    expect(first(ticket, after(hours(4)))).toMatchObject({ state: 'PAUSED', timeUsed: hours(2), timeLeft: hours(8) })
    ticket.send({ type: 'resumeClocks' }, after(hours(5)))
    const tuesday = { state: 'PENDING', timeUsed: hours(6), timeLeft: hours(4) }
    expect(first(ticket, after(days(1) + hours(1)))).toMatchObject(tuesday)
    expect(first(ticket, after(days(9)))).toMatchObject({ state: 'BREACHED', timeUsed: hours(10), timeLeft: 0 })
    expect(targetStatuses(ticket.state(), under(promised))[0]).not.toHaveProperty('timeUsed')
  })

  it('is that at the requested instant, however it is written', () => {
    const ticket = story(under(promised))
    const due = after(days(1) + hours(2))
    expect(due).toBe('2026-03-03T11:00:00.000Z')
    for (const text of ['2026-03-03T12:00:00+01:00', '2026-03-03T11:00:00Z', '2026-03-03T05:00:00.000-06:00']) {
      expect(first(ticket, text as Instant)).toMatchObject({ state: 'PENDING', dueAt: due, timeLeft: 0 })
    }
    expect(first(ticket, '2026-03-03T12:00:00.001+01:00' as Instant)).toMatchObject({ state: 'BREACHED' })
    expect(() => first(ticket, '2026-03-03T11:00' as Instant)).toThrow('not an instant')
  })
})

describe('a version that is not in force yet', () => {
  const version = (name: string, from: Instant | undefined, more: object) => ({
    from,
    policy: policyOf(levels({ name, resolution: '20h', ...more }), name),
    wording: defaultWording,
  })
  const waits = version('now', undefined, { pausedWhileWaiting: ['resolution'] })
  const runs = version('later', after(hours(9)), { calendar: 'office', pausedWhileWaiting: [] })

  it('changes neither that a target is paused, nor the time it has used', () => {
    const ticket = story([waits, runs])
    ticket.send({ type: 'waitForCustomer' }, after(hours(2)))
    const [now] = targetStatuses(ticket.state(), [waits, runs], after(hours(3)))
    expect(now).toMatchObject({ state: 'PAUSED', since: after(hours(2)), timeUsed: hours(2), timeLeft: hours(18) })
    const [then] = targetStatuses(ticket.state(), [waits, runs], after(hours(9)))
    expect(then).toMatchObject({ state: 'PENDING', timeUsed: hours(8) })
    expect(ticket.due('resolution_warning')).toBeDefined()
  })

  it('decides no target that is met before it is in force', () => {
    const ticket = story([waits, runs])
    ticket.send({ type: 'waitForCustomer' }, after(hours(2)))
    expect(ticket.send({ type: 'resolve' }, after(hours(3))).at(-1)).toMatchObject({
      type: 'TargetMet',
      policyVersion: 'now',
      dueAt: after(hours(21)),
      timeUsed: hours(2),
      timeLeft: hours(18),
    })
    const late = story([waits, runs])
    late.send({ type: 'waitForCustomer' }, after(hours(2)))
    expect(late.send({ type: 'resolve' }, after(hours(9))).at(-1)).toMatchObject({ policyVersion: 'later' })
  })
})
