import { describe, expect, it } from 'vitest'
import { fold } from '../kernel/decider.ts'
import type { Instant } from '../kernel/time.ts'
import { days, elapsed, hours, later, minutes } from '../kernel/time.ts'
import { after, monday, ticketEvent, ticketOpened } from '../testing/examples.ts'
import { fourHours, levels, pausedThroughout, story, under } from '../testing/target-story.ts'
import type { TicketCommandInput } from './commands.ts'
import type { TicketEvent } from './events.ts'
import { evolveTicket } from './state.ts'
import { targetStatuses } from './targets.ts'
import { ticketLimits } from './vocabulary.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }
const tick = (at: Instant | undefined): Instant => later(at ?? monday, 1)

/**
 * The `n`th wait for the customer of many: each lasts until a minute before the next one, but every fifth until an hour
 * before.
 */
const waitOf = (n: number) => [
  ticketEvent('CustomerWaitStarted', {}, { at: after(hours(2 * n)) }),
  ticketEvent(
    'CustomerWaitEnded',
    { reason: 'manual' },
    { at: after(hours(2 * n + 2) - (n % 5 === 0 ? hours(1) : minutes(1))) },
  ),
]

describe('a pause', () => {
  const wait = { type: 'waitForCustomer' } as const

  it('lets four hours from nine, paused 10–11 and 12–16:30, run out at 10:30 on the next business day', () => {
    const ticket = story(under(fourHours))
    ticket.send(wait, after(hours(1)))
    ticket.send({ type: 'start' }, after(hours(2)))
    ticket.send(wait, after(hours(3)))
    ticket.send({ type: 'start' }, after(hours(7.5)))
    ticket.fire('first_response_warning')
    expect(ticket.due('first_response_breach')).toBe(tick(after(days(1) + hours(1.5))))
  })

  it('outside opening hours adds nothing', () => {
    const ticket = story(under(fourHours), ticketOpened({}, { at: after(hours(6)) }))
    const before = ticket.due('first_response_warning')
    ticket.send(wait, after(hours(9)))
    ticket.send({ type: 'start' }, after(hours(20)))
    expect(ticket.due('first_response_warning')).toBe(before)
  })

  it('of a minute, twice in one minute, adds up', () => {
    const ticket = story(under(levels({ ...pausedThroughout, name: 'x', firstResponse: '1h' })))
    for (const seconds of [0, 20]) {
      ticket.send(wait, after(seconds * 1_000))
      ticket.send({ type: 'start' }, after((seconds + 10) * 1_000))
    }
    ticket.fire('first_response_warning')
    expect(ticket.due('first_response_breach')).toBe(tick(after(hours(1) + 20_000)))
  })

  it('leaves nothing due while it lasts, and an earlier breach unchanged', () => {
    const ticket = story(under(fourHours))
    expect(ticket.send(wait, after(hours(5)))).toMatchObject([
      { type: 'TargetBreached', target: 'first_response', dueAt: after(hours(4)) },
      { type: 'TicketStarted' },
      { type: 'CustomerWaitStarted' },
    ])
    expect(ticket.deadlines().map(({ kind }) => kind)).toEqual(['chase'])
  })

  it('that begins at the due instant of a target keeps it from being missed', () => {
    const ticket = story(under(fourHours))
    ticket.send(wait, after(hours(4)))
    ticket.send({ type: 'start' }, after(hours(6)))
    expect(ticket.send(reply, after(hours(6)))).toMatchObject([
      { type: 'AgentReplied' },
      { type: 'TargetMet', dueAt: after(hours(6)) },
    ])
  })

  it('in the same command as a resolution lets the resolution be met', () => {
    const ticket = story(under(fourHours))
    ticket.send(wait, after(hours(1)))
    expect(ticket.send({ type: 'resolve' }, after(hours(1)))).toMatchObject([
      { type: 'TicketResolved' },
      { type: 'TargetMet', target: 'resolution' },
    ])
  })

  it('is recorded separately up to a limit; beyond, those closest to one another are merged', () => {
    const waits = Array.from({ length: 700 }, (_, n) => waitOf(n)).flat()
    const worn = fold({ initial: evolveTicket({ status: 'absent' }, ticketOpened()), evolve: evolveTicket }, waits)
    const pauses = worn.status === 'absent' ? [] : worn.clocks.pauses
    expect(pauses.length).toBeLessThanOrEqual(ticketLimits.pauses)
    expect([pauses[0]?.from, pauses.at(-1)?.to]).toEqual([after(0), after(hours(1_400) - minutes(1))])
    const counted = hours(1_400) - pauses.reduce((sum, { from, to = from }) => sum + elapsed(from, to), 0)
    expect(counted).toBeGreaterThanOrEqual(140 * hours(1))
    expect(counted).toBeLessThan(140 * hours(1) + ticketLimits.pauses * minutes(1))
  })

  it('by a supervisor pauses the clocks until it is resumed, and keeps its reason', () => {
    const ticket = story(under(fourHours))
    expect(ticket.send({ type: 'pauseClocks', reason: 'Panne du fournisseur' }, after(hours(1)))).toMatchObject([
      { type: 'ClocksPaused', reason: 'Panne du fournisseur' },
    ])
    expect(ticket.deadlines()).toEqual([])
    expect(ticket.send({ type: 'pauseClocks', reason: 'Panne du fournisseur' }, after(hours(2)))).toEqual([])
    ticket.send({ type: 'resumeClocks' }, after(hours(3)))
    ticket.fire('first_response_warning')
    expect(ticket.due('first_response_breach')).toBe(tick(after(hours(6))))
  })

  it('by a supervisor lasts when the customer replies to a wait meanwhile', () => {
    const ticket = story(under(fourHours))
    ticket.send(wait, after(hours(1)))
    ticket.send({ type: 'pauseClocks', reason: 'x' }, after(hours(2)))
    ticket.send({ type: 'customerReply', body: 'Alors ?' }, after(hours(3)), 'customer')
    expect(ticket.due('first_response_warning')).toBeUndefined()
    ticket.send({ type: 'resumeClocks' }, after(hours(4)))
    ticket.fire('first_response_warning')
    expect(ticket.due('first_response_breach')).toBe(tick(after(hours(7))))
  })
})

describe('a wait for the customer', () => {
  const promised = levels({ name: 'x', firstResponse: '4h', nextResponse: '4h', resolution: '1d', update: '4h' })
  const wait = { type: 'waitForCustomer' } as const

  it('does not pause a first response that nobody has given', () => {
    const ticket = story(under(promised))
    ticket.send(wait, after(hours(1)))
    expect(ticket.deadlines().map(({ kind }) => kind)).toEqual(['first_response_warning', 'chase'])
    ticket.fire('first_response_warning')
    expect(ticket.fire('first_response_breach')).toMatchObject([
      { type: 'TargetBreached', target: 'first_response', dueAt: after(hours(4)) },
    ])
  })

  it('pauses the others, and all of them when the policy says so or is too old to say', () => {
    const ticket = story(under(promised))
    ticket.send(reply, after(hours(1)))
    ticket.send(wait, after(hours(2)))
    expect(ticket.deadlines().map(({ kind }) => kind)).toEqual(['chase'])
    const [policy] = promised.policies
    const older = { ...promised, policies: [{ ...policy, pausedWhileWaiting: undefined }] } as typeof promised
    for (const stopping of [older, levels({ ...pausedThroughout, name: 'x', firstResponse: '4h' })]) {
      const unanswered = story(under(stopping))
      unanswered.send(wait, after(hours(1)))
      expect(unanswered.deadlines().map(({ kind }) => kind)).toEqual(['chase'])
    }
  })

  it('pauses no target that the policy does not name', () => {
    const ticket = story(under(levels({ pausedWhileWaiting: [], name: 'x', firstResponse: '4h', resolution: '1d' })))
    ticket.send(reply, after(hours(1)))
    ticket.send(wait, after(hours(2)))
    expect(ticket.due('resolution_warning')).toBe(after(hours(18)))
  })

  it('overlapping an ordered pause leaves a first response paused for the order only', () => {
    const ticket = story(under(promised))
    ticket.send(wait, after(hours(1)))
    ticket.send({ type: 'pauseClocks', reason: 'Strike' }, after(hours(2)))
    ticket.send({ type: 'start' }, after(hours(2.5)))
    ticket.send({ type: 'resumeClocks' }, after(hours(5)))
    expect(ticket.due('first_response_warning')).toBe(after(hours(6)))
  })

  /** The ticket that a message of Monday is split off into. */
  const splitOff = (split: TicketEvent | undefined, at: Instant) => {
    if (split?.type !== 'TicketSplit') throw new Error(`not split: ${split?.type}`)
    const { messageId, waitingSince, pauses, responsePauses } = split
    return story(
      under(promised),
      ticketOpened({ splitFrom: { ticketId: 'T1', messageId, waitingSince, pauses, responsePauses } }, { at }),
    )
  }
  const split = { type: 'split', messageId: 'm-1', into: 'split-1', subject: 'Another' } as const

  it('takes no time off the first response of a message that is split off in it, but off its resolution', () => {
    const ticket = story(under(promised), ticketOpened({ messageId: 'm-1' }))
    ticket.send(wait, after(hours(1)))
    const at = after(hours(3))
    const [said] = ticket.send(split, at)
    expect(said).toMatchObject({ type: 'TicketSplit', waitingSince: monday })
    expect(targetStatuses(splitOff(said, at).state(), under(promised), at)).toMatchObject([
      { target: 'first_response', timeUsed: hours(3) },
      { target: 'resolution', timeUsed: hours(1) },
      { target: 'update', timeUsed: hours(1) },
    ])
  })

  it('and an order stay separate on the ticket that a message is split off into', () => {
    const ticket = story(under(promised), ticketOpened({ messageId: 'm-1' }))
    ticket.send(wait, after(hours(1)))
    ticket.send({ type: 'pauseClocks', reason: 'Strike' }, after(hours(2)))
    ticket.send({ type: 'resumeClocks' }, after(hours(3)))
    ticket.send({ type: 'start' }, after(hours(3.5)))
    const at = after(hours(3.75))
    const [said] = ticket.send(split, at)
    expect(targetStatuses(splitOff(said, at).state(), under(promised), at)).toMatchObject([
      { target: 'first_response', timeUsed: hours(2.75) },
      { target: 'resolution', timeUsed: hours(1.25) },
      { target: 'update', timeUsed: hours(1.25) },
    ])
  })

  it('applies to every target on a ticket that was split off before the two were recorded separately', () => {
    const pauses = [{ from: after(hours(1)), to: after(hours(2)) }]
    const splitFrom = { ticketId: 'T1', messageId: 'm-1', waitingSince: monday, pauses }
    const ticket = story(under(promised), ticketOpened({ splitFrom }, { at: after(hours(3)) }))
    const used = targetStatuses(ticket.state(), under(promised), after(hours(3))).map(({ timeUsed }) => timeUsed)
    expect(used).toEqual([hours(2), hours(2), hours(2)])
  })
})
