import { describe, expect, it } from 'vitest'
import { clockActor } from '../kernel/actor.ts'
import type { Instant } from '../kernel/time.ts'
import { hours, later } from '../kernel/time.ts'
import { after, monday } from '../testing/examples.ts'
import { levels, story, under } from '../testing/target-story.ts'
import type { TicketCommandInput } from './commands.ts'
import type { TicketDeadline } from './targets.ts'

const reply: TicketCommandInput = { type: 'agentReply', body: 'Voilà' }
const asks: TicketCommandInput = { type: 'customerReply', body: 'Alors ?' }
const wait: TicketCommandInput = { type: 'waitForCustomer' }
const promises = levels({
  name: 'standard',
  calendar: 'office',
  firstResponse: '4h',
  nextResponse: '2h',
  resolution: '6h',
  update: '5h',
})

type Story = ReturnType<typeof story>
type Target = 'first_response' | 'next_response' | 'resolution' | 'update'

/** For each target, the events before, and the command that meets it. */
const cases: readonly (readonly [Target, readonly TicketCommandInput[], TicketCommandInput])[] = [
  ['first_response', [], reply],
  ['next_response', [reply, asks], reply],
  ['resolution', [reply], { type: 'resolve' }],
  ['update', [reply], reply],
]

function begun(before: readonly TicketCommandInput[]): Story {
  const ticket = story(under(promises))
  for (const command of before) ticket.send(command, monday, command.type === 'customerReply' ? 'customer' : 'agent')
  return ticket
}

/** The next step of a target, once earlier steps of others have been taken. */
function nextOf(ticket: Story, kind: TicketDeadline['kind']): TicketDeadline {
  for (let steps = 0; steps < 9; steps++) {
    const [next] = ticket.deadlines()
    if (!next) break
    if (next.kind === kind) return next
    ticket.fire(next.kind)
  }
  throw new Error(`${kind} never comes: ${JSON.stringify(ticket.deadlines())}`)
}

const timer = (ticket: Story, due: TicketDeadline, at: Instant) => ticket.send({ type: 'fire', ...due }, at, 'clock')

/** The outcome of a target in one of its cycles according to its events, and what is still running. */
const outcome = (ticket: Story, target: Target, time: number) => ({
  recorded: ticket.events
    .filter((event) => event.type === 'TargetMet' || event.type === 'TargetBreached')
    .filter((event) => event.target === target && event.cycle === time)
    .map(({ type, dueAt }) => [type, dueAt]),
  status: ticket.state().status,
  targets: ticket.state().clocks.targets,
  deadlines: ticket.deadlines(),
})

describe.each(cases)('a %s that is met at the very instant of its timer', (target, before, meets) => {
  /** The same ticket twice: the command that meets the target before the timer, and after it; both at one instant. */
  const inBothOrders = (kind: TicketDeadline['kind'], early: number) => {
    const [first, second] = [begun(before), begun(before)]
    const due = nextOf(first, kind)
    expect(nextOf(second, kind)).toEqual(due)
    const at = later(due.dueAt, -early)
    const met = first.send(meets, at)
    const stale = timer(first, due, at)
    const fired = timer(second, due, at)
    second.send(meets, at)
    return { first, second, due, met, stale, fired }
  }

  it('is met whether the warning or the command comes first', () => {
    const { first, second, due, stale, fired } = inBothOrders(`${target}_warning`, 0)
    expect(stale).toEqual([])
    expect(fired).toMatchObject([{ type: 'TargetWarned', target }])
    expect(outcome(first, target, due.cycle)).toEqual(outcome(second, target, due.cycle))
    expect(outcome(first, target, due.cycle).recorded.map(([type]) => type)).toEqual(['TargetMet'])
  })

  it('is breached once, at its due instant, whether the breach or the late command comes first', () => {
    const { first, second, due, met, stale, fired } = inBothOrders(`${target}_breach`, 0)
    const breach = { type: 'TargetBreached', target, dueAt: later(due.dueAt, -1), by: clockActor }
    expect(met[0]).toMatchObject({ ...breach, over: true })
    expect(stale).toEqual([])
    expect(fired).toMatchObject([breach])
    expect(outcome(first, target, due.cycle)).toEqual(outcome(second, target, due.cycle))
    expect(outcome(first, target, due.cycle).recorded).toEqual([['TargetBreached', breach.dueAt]])
  })

  it('is met in both orders at the due instant itself, for which the timer of the breach is early', () => {
    const { first, second, due, stale, fired } = inBothOrders(`${target}_breach`, 1)
    expect([stale, fired]).toEqual([[], []])
    expect(outcome(first, target, due.cycle)).toEqual(outcome(second, target, due.cycle))
    expect(outcome(first, target, due.cycle).recorded).toEqual([['TargetMet', later(due.dueAt, -1)]])
  })
})

describe('a reply of the customer at the very instant of a step of the wait for them', () => {
  it.each(['chase', 'close_unanswered'] as const)('leaves the ticket in progress, before or after the %s', (kind) => {
    const waiting = () => begun([reply, wait])
    const [first, second] = [waiting(), waiting()]
    const due = nextOf(first, kind)
    expect(nextOf(second, kind)).toEqual(due)
    first.send(asks, due.dueAt, 'customer')
    expect(timer(first, due, due.dueAt)).toEqual([])
    expect(timer(second, due, due.dueAt)).toHaveLength(1)
    second.send(asks, due.dueAt, 'customer')
    for (const ticket of [first, second]) {
      expect(ticket.state().status).toBe('in_progress')
      expect(ticket.deadlines().map((one) => one.kind)).not.toContain(kind)
    }
    expect(first.due('next_response_warning')).toBeDefined()
    expect(first.due('next_response_warning')).toBe(second.due('next_response_warning'))
  })
})

describe('a reply of the customer at the very instant at which a next response is breached', () => {
  it('changes nothing, before or after it', () => {
    const [first, second] = [begun([reply, asks]), begun([reply, asks])]
    const due = nextOf(first, 'next_response_breach')
    expect(due.dueAt).toBe(later(after(hours(2)), 1))
    nextOf(second, 'next_response_breach')
    first.send({ ...asks, body: 'Encore' }, due.dueAt, 'customer')
    expect(timer(first, due, due.dueAt)).toEqual([])
    timer(second, due, due.dueAt)
    second.send({ ...asks, body: 'Encore' }, due.dueAt, 'customer')
    expect(outcome(first, 'next_response', 1)).toEqual(outcome(second, 'next_response', 1))
    expect(outcome(first, 'next_response', 1).recorded).toEqual([['TargetBreached', after(hours(2))]])
  })
})
