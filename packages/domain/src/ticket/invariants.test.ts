import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guichetEvents } from '../desk/events.ts'
import type { Actor } from '../kernel/actor.ts'
import { clockActor } from '../kernel/actor.ts'
import { decodeEvent, encodeEvent } from '../kernel/catalogue.ts'
import { fold } from '../kernel/decider.ts'
import type { Position } from '../kernel/event.ts'
import type { Instant } from '../kernel/instant.ts'
import { days, elapsed, hours, later, latest } from '../kernel/instant.ts'
import { notificationsFor } from '../notification/notifications-for.ts'
import { slaPolicySchema } from '../sla/settings.ts'
import { slaTargets } from '../sla/target-clock.ts'
import { alex, camille, monday, sacha } from '../testing/ticket-events.ts'
import { defaultWording } from '../wording/index.ts'
import { always } from './policy-timeline.ts'
import type { TicketCommand, TicketCommandInput, TicketCommandOf } from './commands.ts'
import { ticketCommandSchema } from './commands.ts'
import type { TicketDeadline } from './deadlines.ts'
import { deadlineKinds, ticketDeadlines } from './deadlines.ts'
import type { TicketEvent } from './events.ts'
import { lifecycle, takenWhenMerged } from './lifecycle.ts'
import { messageOf } from './messages.ts'
import { defaultTicketPolicy, type TicketPolicy } from './policy.ts'
import type { Decision, Given } from './rule.ts'
import { sentBy } from './senders.ts'
import type { Ticket, TicketState } from './state.ts'
import { targetDue } from './target-deadlines.ts'
import { unchanging } from './terms.ts'
import { ticketAggregate } from './ticket.ts'
import { priorities, relations, ticketStatuses } from './vocabulary.ts'

/** Policies that take turns within one life; the first one more often. */
const policies = [[days(3), days(5)], [days(3)], [], [days(1), days(2), days(4), days(6)]].map((chaseAfter) => ({
  ...defaultTicketPolicy,
  chaseAfter,
}))
const promises = [
  { name: 'premium', applies: { plans: ['premium'] }, firstResponse: '1h', nextResponse: '30m', resolution: '5h' },
  { name: 'urgent', applies: { priorities: ['urgent'] }, firstResponse: '2h', resolution: '1d', update: '2h' },
  { name: 'patient', applies: { priorities: ['low'] }, firstResponse: '8h', escalateAfter: '2h' },
  {
    name: 'standard',
    firstResponse: '8h',
    nextResponse: '1d',
    resolution: '1d',
    escalateAfter: '2d',
    escalateToLevel: 2 as const,
  },
].map((row) => slaPolicySchema.parse(row))
const keepingPromises = { ...defaultTicketPolicy, serviceLevels: { policies: promises, calendars: {} } }
const ticket = ticketAggregate(() => unchanging({ policy: defaultTicketPolicy, wording: defaultWording }))

/** One command of a random life, and what it led to. */
type Step = {
  readonly policy: TicketPolicy
  readonly command: Given
  readonly before: TicketState
  readonly decision: Decision
  readonly events: readonly TicketEvent[]
  readonly after: TicketState
}

const autoresponder: Actor = { kind: 'system', id: 'autoresponder' }
const pick = fc.constantFrom('a', 'b', 'c')
const person = fc.constantFrom('camille', 'alex', 'sacha').map((id) => ({ id }))
const body = fc.constantFrom('Bonjour', 'Bonjour [Prénom]', 'voir [1]', '[X jours]')
const message = { body, messageId: fc.option(pick, { nil: undefined }) }
const of = <T extends string, R>(type: T, model: { [K in keyof R]: fc.Arbitrary<R[K]> }) =>
  fc.record<R>(model).map((rest) => ({ type, ...rest }))

const commands: fc.Arbitrary<TicketCommandInput> = fc.oneof(
  of('open', { subject: pick, body, customer: fc.constant({ id: 'camille', name: 'Camille Durand' }) }),
  ...(['start', 'waitForCustomer', 'resolve', 'confirm', 'reopen', 'markSpam', 'unassign'] as const).map((type) =>
    fc.constant({ type }),
  ),
  of('agentReply', {
    ...message,
    then: fc.constantFrom(undefined, 'in_progress' as const, 'waiting_customer' as const, 'resolved' as const),
  }),
  of('customerReply', message),
  of('addNote', message),
  of('close', { reason: fc.constantFrom('solved' as const, 'other' as const) }),
  of('changePriority', { priority: fc.constantFrom(...priorities) }),
  of('assign', { assignee: person }),
  of('tag', { tag: pick }),
  of('untag', { tag: pick }),
  of('rename', { subject: pick }),
  of('categorize', { category: pick }),
  of('classify', {
    category: fc.option(pick, { nil: undefined }),
    priority: fc.option(fc.constantFrom(...priorities), { nil: undefined }),
    tags: fc.array(pick, { maxLength: 2 }),
    confidence: fc.constant(0.9),
    classifier: fc.constant('model'),
    version: pick,
  }),
  of('attach', {
    attachmentId: pick,
    messageId: fc.option(pick, { nil: undefined }),
    name: pick,
    mediaType: fc.constant('text/plain'),
    bytes: fc.nat(100),
  }),
  of('addWatcher', { watcher: person }),
  of('removeWatcher', { watcherId: pick }),
  of('absorb', { source: pick, sourceCustomerId: fc.constant('camille') }),
  of('revertAbsorption', { source: pick, reason: pick }),
  of('completeAbsorption', {
    source: pick,
    waitingSince: fc.option(fc.constantFrom(monday, later(monday, -days(1)), later(monday, days(30))), {
      nil: undefined,
    }),
  }),
  of('mergeInto', { target: pick }),
  of('declineMerge', { target: pick, merge: pick, reason: pick }),
  of('link', { to: pick, relation: fc.constantFrom(...relations) }),
  of('unlink', { to: pick, relation: fc.constantFrom(...relations) }),
  of('escalate', { team: pick, reason: pick }),
  of('escalate', {
    team: fc.option(pick, { nil: undefined }),
    level: fc.constantFrom(2 as const, 3 as const),
    reason: pick,
  }),
  of('deescalate', { level: fc.constantFrom(1 as const, 2 as const), reason: pick }),
  of('handOverToProduct', {}),
  of('changePlan', { plan: fc.constantFrom('premium', null) }),
  of('pauseClocks', { reason: pick }),
  of('resumeClocks', {}),
)

/** A move: a command, or the firing of whatever is due next; after a pause (the clock of a sender may even be behind). */
const moves = fc.record({
  command: fc.oneof({ weight: 3, arbitrary: commands }, { weight: 2, arbitrary: fc.constant(undefined) }),
  pause: fc.oneof(fc.constant(0), fc.integer({ min: -hours(1), max: days(4) })),
  by: fc.constantFrom<Actor>(camille, alex, sacha, autoresponder),
  policy: fc.constantFrom(defaultTicketPolicy, keepingPromises, keepingPromises, ...policies),
})

/** A random life: most begin with an opening, so that they get somewhere; some are lived under one policy, which keeps promises. */
const lives: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.option(fc.constantFrom(...priorities)), fc.array(moves, { minLength: 1, maxLength: 30 }), fc.boolean())
  .map(([priority, moved, steady]) => {
    const sequence = steady ? moved.map((move) => ({ ...move, policy: keepingPromises })) : moved
    if (priority === null) return live(sequence)
    const customer = { id: 'camille', firstName: 'Camille' }
    const command: TicketCommandInput = { type: 'open', subject: 'x', body: 'x', priority, customer }
    return live([{ command, pause: 0, by: camille, policy: defaultTicketPolicy }, ...sequence])
  })

type Move = Pick<Step, 'policy'> & { command: TicketCommandInput | undefined; pause: number; by: Actor }

function live(sequence: readonly Move[]): Step[] {
  const steps: Step[] = []
  let [state, now] = [ticket.initial, monday]
  for (const [index, { command: input, pause, by, policy }] of sequence.entries()) {
    now = later(now, pause)
    const [due] = ticketDeadlines(state, always(policy))
    if (input === undefined && due === undefined) continue
    const command =
      input === undefined && due
        ? fire(due, latest(now, due.dueAt), `c${index}`)
        : sent(input, now, mostly(by, input), `c${index}`)
    const step = take(state, command, policy)
    steps.push(step)
    state = step.after
    now = latest(now, command.at)
  }
  return steps
}

/** Somebody who may send the command; now and then somebody else, who is refused. */
function mostly(by: Actor, input: TicketCommandInput | undefined): Actor {
  if (input === undefined || sentBy[input.type][by.kind] || by === sacha) return by
  return by.kind !== 'customer' ? camille : sentBy[input.type].agent ? alex : autoresponder
}

function sent(input: TicketCommandInput | undefined, at: Instant, by: Actor, commandId: string): Given {
  return { ...ticketCommandSchema.parse(input), at, by, commandId, aggregateId: 'T1' }
}

function fire({ kind, cycle, dueAt }: TicketDeadline, at: Instant, commandId: string): Given<TicketCommand> {
  return { type: 'fire', kind, cycle, dueAt, at, by: clockActor, commandId, aggregateId: 'T1' }
}

function take(before: TicketState, command: Given, policy: TicketPolicy): Step {
  const decision = ticketAggregate(() => unchanging({ policy, wording: defaultWording })).decide(command, before)
  const events = decision.ok ? decision.value : []
  return { policy, command, before, decision, events, after: events.reduce(ticket.evolve, before) }
}

const anyTarget = new RegExp(`^(${slaTargets.join('|')})`)
const isAboutATarget = ({ kind }: TicketDeadline): boolean => anyTarget.test(kind)

/** Whether a target has been missed that a policy applies to which does not promise it. */
function isMissedUnpromised(ticket: Ticket, policy: TicketPolicy, target: (typeof slaTargets)[number]): boolean {
  const breached = ticket.clocks.targets[target]?.breached !== undefined
  return breached && policy === keepingPromises && !targetDue(ticket, always(policy), target)
}

const historyOf = (life: readonly Step[]): TicketEvent[] => life.flatMap(({ events }) => events)
const isReply = (command: Given): command is Given<TicketCommandOf<'agentReply' | 'customerReply'>> =>
  command.type === 'agentReply' || command.type === 'customerReply'
const isTicket = (state: TicketState): state is Ticket => state.status !== 'absent'

/** How many notifications a step sends, event by event. */
function notified({ before, events, command, policy }: Step): number {
  let state = before
  return events.reduce((count, event, index) => {
    const after = ticket.evolve(state, event)
    const envelope = {
      event,
      id: `${command.commandId}/${index}`,
      stream: 'ticket-T1',
      version: 1,
      position: '1' as Position,
      recordedAt: event.at,
      commandId: command.commandId,
      correlationId: command.commandId,
      causationId: command.commandId,
      schemaVersion: 1,
    }
    const sent = notificationsFor(envelope, state, after, {
      policy,
      wording: defaultWording,
      recipientOf: () => undefined,
    }).length
    state = after
    return count + sent
  }, 0)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}

/** One property per number of docs/lifecycle.md; each is checked on every random life. */
const invariants: Readonly<Record<string, (life: readonly Step[]) => void>> = {
  L1: (life) => {
    for (const { command, before, events, after } of life) {
      const cell = lifecycle[command.type][before.status]
      if (events.length > 0) expect('to' in cell ? cell.to : []).toContain(after.status)
      else expect(after).toBe(before)
    }
  },
  L2: (life) => {
    for (const { after } of life.filter(({ after }) => isTicket(after))) {
      if (!isTicket(after)) continue
      expect(ticketStatuses).toContain(after.status)
      expect(after.waitingSince !== undefined).toBe(after.status === 'waiting_customer')
      expect(after.closed !== undefined).toBe(after.status === 'closed')
      if (after.mergedInto !== undefined) expect(after.closed?.reason).toBe('merged')
      if (after.status === 'resolved') expect(after.resolutions).toBeGreaterThan(0)
    }
  },
  L3: (life) => {
    const history = historyOf(life)
    const whole = fold(ticket, history)
    expect(fold(ticket, history)).toEqual(whole)
    expect(life.at(-1)?.after ?? ticket.initial).toEqual(whole)
    const half = Math.floor(history.length / 2)
    expect(history.slice(half).reduce(ticket.evolve, fold(ticket, history.slice(0, half)))).toEqual(whole)
  },
  L4: (life) => {
    for (const { command, events, after, policy } of life) {
      if (events.length > 0) expect(take(after, command, policy).events).toEqual([])
    }
  },
  L5: (life) => {
    for (const { command, before, decision, after, policy } of life) {
      expect(take(deepFreeze(before), deepFreeze(command), policy).decision).toEqual(decision)
      expect(take(before, command, policy).after).toEqual(after)
    }
  },
  L6: (life) => {
    for (const step of life) {
      if (step.before.status === 'closed' && step.after.status === 'closed') expect(notified(step)).toBe(0)
    }
  },
  L7: (life) => {
    for (const step of life) {
      if (step.command.type === 'markSpam' || step.command.type === 'mergeInto') expect(notified(step)).toBe(0)
    }
  },
  L8: (life) => {
    const history = historyOf(life)
    const at = (type: TicketEvent['type']) => history.filter((event) => event.type === type).map((event) => event.at)
    const { after } = life.at(-1) ?? { after: ticket.initial }
    if (!isTicket(after)) return
    expect(after.resolutions).toBe(at('TicketResolved').length)
    expect(after.lastResolvedAt).toBe(at('TicketResolved').at(-1))
    expect(after.reopenings).toBe(at('TicketReopened').length)
    expect([after.openedAt]).toEqual(at('TicketOpened'))
    const first = history.find((event) => event.type === 'AgentReplied' && event.by.kind === 'agent')
    expect(after.firstRespondedAt).toBe(first?.at)
  },
  L9: (life) => {
    const instants = historyOf(life).map(({ at }) => at)
    expect(instants).toEqual(instants.toSorted())
  },
  L10: (life) => {
    const seen = new Set<string>()
    for (const { command, events, after, policy } of life) {
      if (command.type !== 'fire' || events.length === 0) continue
      const deadline = `${command.kind}/${command.cycle}/${command.dueAt}`
      expect(seen).not.toContain(deadline)
      seen.add(deadline)
      const standing = ticketDeadlines(after, always(policy)).map((d) => `${d.kind}/${d.cycle}/${d.dueAt}`)
      for (const fired of seen) expect(standing).not.toContain(fired)
    }
  },
  L11: (life) => {
    for (const { after, policy } of life) {
      for (const due of ticketDeadlines(after, always(policy))) {
        const early = later(due.dueAt, -1)
        if (isTicket(after) && after.updatedAt <= early)
          expect(take(after, fire(due, early, 'early'), policy).events).toEqual([])
        const { events } = take(after, fire(due, due.dueAt, 'due'), policy)
        expect(events).not.toEqual([])
        if (!isAboutATarget(due)) expect(events.filter(({ type }) => type !== 'TargetBreached')).toHaveLength(1)
      }
    }
  },
  L12: (life) => {
    let before: Instant | undefined
    for (const { events, policy } of life) {
      const steps = [0, ...policy.chaseAfter, policy.closeUnansweredAfter]
      for (const event of events) {
        if (event.type === 'CustomerWaitStarted') before = undefined
        const closing = event.type === 'TicketClosed' && event.reason === 'no_reply'
        if (event.type !== 'ChaseSent' && !closing) continue
        const step = event.type === 'ChaseSent' ? event.step : steps.length - 1
        const distance = (steps[step] ?? 0) - (steps[step - 1] ?? 0)
        if (before) expect(elapsed(before, event.at)).toBeGreaterThanOrEqual(distance)
        before = event.at
      }
    }
  },
  L13: (life) => {
    for (const { command, decision, after } of life) {
      if (command.type !== 'customerReply' || !decision.ok || decision.value.length === 0) continue
      expect(['new', 'in_progress']).toContain(after.status)
    }
  },
  L14: (life) => {
    for (const { command, before, decision } of life) {
      if (before.status === 'absent' || before.mergedInto === undefined || takenWhenMerged.has(command.type)) continue
      if (!sentBy[command.type][command.by.kind]) continue
      if (isReply(command) && command.messageId !== undefined && messageOf(before.messages, command.messageId)) {
        expect(decision.ok ? decision.value : decision.refusal.code).toEqual(decision.ok ? [] : expect.any(String))
        continue
      }
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'ticket_merged', movedTo: before.mergedInto } })
    }
  },
  L15: (life) => {
    for (const event of historyOf(life)) {
      const stored = JSON.parse(JSON.stringify(encodeEvent(guichetEvents, event))) as ReturnType<typeof encodeEvent>
      expect(decodeEvent(guichetEvents, stored)).toEqual(event)
    }
  },
  L16: (life) => {
    for (const { command, decision } of life) {
      if (sentBy[command.type][command.by.kind]) continue
      expect(decision).toMatchObject({ ok: false, refusal: { code: 'not_for_this_actor' } })
    }
  },
  L17: (life) => {
    for (const { command, before, events, after, policy } of life) {
      if (events.some(({ type }) => type === 'TargetBreached')) continue
      if (command.type !== 'agentReply' || command.by.kind !== 'system' || command.then !== undefined) continue
      expect(after.status).toBe(before.status)
      expect(ticketDeadlines(after, always(policy))).toEqual(ticketDeadlines(before, always(policy)))
    }
  },
  L18: (life) => {
    const ended = new Map<string, string>()
    for (const event of historyOf(life)) {
      if (event.type !== 'TargetMet' && event.type !== 'TargetBreached') continue
      const clock = `${event.target}/${event.cycle}`
      expect(ended.get(clock)).toBeUndefined()
      ended.set(clock, event.type)
      if (event.type === 'TargetMet') expect(event.at <= event.dueAt).toBe(true)
      else expect(event.at > event.dueAt).toBe(true)
    }
  },
  L19: (life) => {
    for (const { command, before, events, policy } of life) {
      if (!isTicket(before) || events.length === 0) continue
      for (const target of slaTargets) {
        const due = targetDue(before, always(policy), target)?.dueAt
        if (due === undefined || before.clocks.targets[target]?.breached !== undefined) continue
        const missed = events.some((event) => event.type === 'TargetBreached' && event.target === target)
        expect(missed).toBe(due < Date.parse(latest(command.at, before.updatedAt)))
      }
    }
  },
  L20: (life) => {
    let classifications = 0
    let given = false
    for (const { before, events } of life) {
      for (const event of events) {
        if (event.type === 'TicketOpened') given = event.priorityGiven ?? false
        if (event.type === 'PriorityChanged') given = true
        if (event.type !== 'TicketClassified') continue
        expect(++classifications).toBe(1)
        if (event.category !== undefined) expect(isTicket(before) && before.category).toBeUndefined()
        if (event.priority !== undefined) expect(given).toBe(false)
      }
    }
  },
  L21: (life) => {
    const said: string[] = []
    for (const { before, events, after } of life) {
      const moves = events.filter(({ type }) => type === 'TicketEscalated' || type === 'TicketDeescalated')
      const level = isTicket(before) ? before.level : 1
      for (const event of moves) {
        if (event.type === 'TicketDeescalated') expect(event.level).toBeLessThan(event.fromLevel)
        if (event.type !== 'TicketEscalated') continue
        expect(event.level).toBeGreaterThanOrEqual(event.fromLevel ?? 4)
        const { tried = [], triedBefore } = event.briefing ?? {}
        expect(tried.map(({ line }) => line)).toEqual(said.slice(-8))
        expect(triedBefore).toBe(Math.max(0, said.length - 8))
      }
      for (const event of events)
        if (event.type === 'AgentReplied' || event.type === 'InternalNoteAdded')
          said.push(event.body.split('\n')[0] ?? '')
      if (!isTicket(after) || after.level === level) continue
      expect(moves).toHaveLength(1)
      expect(after.assignee).toBeUndefined()
      expect(after.routing.offer).toBeUndefined()
    }
  },
  L22: (life) => {
    let noted = false
    for (const { events, after } of life) {
      for (const { type } of events) {
        if (type === 'TicketReopened') noted = false
        if (type !== 'FeatureRequestNoted') continue
        expect(noted).toBe(false)
        noted = true
        expect(events.map((event) => event.type)).toContain('AgentReplied')
        expect(after.status).toBe('resolved')
      }
    }
  },
}

const document = readFileSync(new URL('../../../../docs/lifecycle.md', import.meta.url), 'utf8')

describe('every random life of a ticket keeps', () => {
  it.each(Object.entries(invariants))('%s', (_number, holds) => {
    fc.assert(fc.property(lives, holds), { numRuns: 100 })
  })

  it('every invariant that docs/lifecycle.md numbers, and no other', () => {
    const numbered = [...document.matchAll(/^- \*\*(L\d+)\*\*/gm)].map(([, number]) => number)
    expect(numbered).toEqual(Object.keys(invariants))
  })
})

describe('random lives', () => {
  it('reach every status, fire every kind of deadline, are classified, change levels and are wishes', () => {
    const statuses = new Set<string>()
    const fired = new Set<string>()
    let [classifications, raised, lowered, wishes, unpromised] = [0, 0, 0, 0, 0]
    for (const life of fc.sample(lives, { numRuns: 2_000, seed: 1 })) {
      for (const { command, events, after, policy } of life) {
        statuses.add(after.status)
        if (isTicket(after) && slaTargets.some((target) => isMissedUnpromised(after, policy, target))) unpromised++
        if (command.type === 'fire' && events.length > 0) fired.add(command.kind.replace(anyTarget, 'target'))
        if (command.type === 'classify') classifications += events.length
        for (const event of events) {
          if (event.type === 'TicketEscalated' && event.level !== event.fromLevel) raised++
          if (event.type === 'TicketDeescalated') lowered++
          if (event.type === 'FeatureRequestNoted') wishes++
        }
      }
    }
    expect(classifications).toBeGreaterThan(10)
    expect(unpromised).toBeGreaterThan(20)
    for (const count of [raised, lowered, wishes]) expect(count).toBeGreaterThan(3)
    expect(statuses).toEqual(new Set(['absent', ...ticketStatuses]))
    expect(fired).toEqual(new Set(deadlineKinds.map((kind) => kind.replace(anyTarget, 'target'))))
  })
})
