import fc from 'fast-check'
import type { TermsTimeline } from '../../configuration/terms.ts'
import { constantTerms } from '../../configuration/terms.ts'
import type { Actor } from '../../kernel/actor.ts'
import type { Instant } from '../../kernel/time.ts'
import { days, hours, later, latest } from '../../kernel/time.ts'
import { priorities } from '../../kernel/values.ts'
import { slaPolicySchema } from '../../sla/settings.ts'
import { alex, camille, monday, sacha } from '../../testing/examples.ts'
import { defaultWording } from '../../wording/default-wording.ts'
import type { TicketCommandInput } from '../commands.ts'
import { ticketDeadlines } from '../deadlines.ts'
import type { TicketPolicy } from '../policy.ts'
import { defaultTicketPolicy } from '../policy.ts'
import type { CommandEnvelope } from '../rule.ts'
import { ticketAggregate } from '../ticket.ts'
import { relations } from '../vocabulary.ts'
import type { Step } from './step.ts'
import { fire, take, ticket } from './step.ts'

const autoresponder: Actor = { kind: 'system', id: 'autoresponder' }

const pick = fc.constantFrom('a', 'b', 'c')
const person = fc.constantFrom('camille', 'alex', 'sacha').map((id) => ({ id }))
const body = fc.constantFrom('Bonjour', 'Bonjour [Prénom]', 'voir [1]', '[X jours]')
const message = { body, messageId: fc.option(pick, { nil: undefined }) }

const of = <T extends string, R>(type: T, model: { [K in keyof R]: fc.Arbitrary<R[K]> }) =>
  fc.record<R>(model).map((rest) => ({ type, ...rest }))

/** Any command of a ticket, with few ids, so that ids coincide. */
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
  of('relayUpdate', { incidentId: pick, postedAt: fc.nat(days(40)).map((after) => later(monday, after)) }),
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
  of('chase', {}),
)

/** Policies that alternate within one life; the first one more often. */
const policies = [[days(3), days(5)], [days(3)], [], [days(1), days(2), days(4), days(6)]].map((chaseAfter) => ({
  ...defaultTicketPolicy,
  chaseAfter,
}))

const promises = [
  {
    name: 'premium',
    applies: { plans: ['premium'] },
    firstResponse: '1h',
    nextResponse: '30m',
    resolution: '5h',
    update: '3h',
  },
  { name: 'urgent', applies: { priorities: ['urgent'] }, firstResponse: '2h', resolution: '1d', update: '2h' },
  { name: 'patient', applies: { priorities: ['low'] }, firstResponse: '8h', escalateAfter: '2h' },
  {
    name: 'standard',
    firstResponse: '8h',
    nextResponse: '1d',
    resolution: '1d',
    update: '12h',
    escalateAfter: '2d',
    escalateToLevel: 2 as const,
  },
].map((row) => slaPolicySchema.parse(row))

/** A policy that promises something on most tickets. */
export const keepingPromises = { ...defaultTicketPolicy, serviceLevels: { policies: promises, calendars: {} } }

/** A move: a command, or the firing of the next deadline; after a pause (the clock of a sender may even be behind). */
const moves = fc.record({
  command: fc.oneof({ weight: 3, arbitrary: commands }, { weight: 2, arbitrary: fc.constant(undefined) }),
  pause: fc.oneof(fc.constant(0), fc.integer({ min: -hours(1), max: days(4) })),
  by: fc.constantFrom<Actor>(camille, alex, sacha, autoresponder),
  policy: fc.constantFrom(defaultTicketPolicy, keepingPromises, keepingPromises, ...policies),
})

/**
 * How policies follow one another: there is only one; each applies retroactively; each comes into force when it is
 * applied, or later.
 */
const changes = fc.constantFrom('steady', 'retroactive', 'in time', 'announced')

/** A random life: most begin with an opening, so that they reach deeper states; some have one policy, with promises. */
export const lives: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.option(fc.constantFrom(...priorities)), fc.array(moves, { minLength: 1, maxLength: 30 }), changes)
  .map(([priority, moved, change]) => {
    const sequence = change === 'steady' ? moved.map((move) => ({ ...move, policy: keepingPromises })) : moved
    if (priority === null) return live(sequence, change)
    const customer = { id: 'camille', firstName: 'Camille' }
    const command: TicketCommandInput = { type: 'open', subject: 'x', body: 'x', priority, customer }
    return live([{ command, pause: 0, by: camille, policy: defaultTicketPolicy }, ...sequence], change)
  })

type Change = typeof changes extends fc.Arbitrary<infer C> ? C : never
type Move = { command: TicketCommandInput | undefined; pause: number; by: Actor; policy: TicketPolicy }

function live(sequence: readonly Move[], change: Change): Step[] {
  const steps: Step[] = []
  let [state, now] = [ticket.initial, monday]
  let timeline = constantTerms({ policy: sequence[0]?.policy ?? defaultTicketPolicy, wording: defaultWording })
  for (const [index, { command: input, pause, by, policy }] of sequence.entries()) {
    now = later(now, pause)
    timeline = applied(timeline, policy, now, change)
    const [due] = ticketDeadlines(state, timeline)
    if (input === undefined && due === undefined) continue
    const command =
      input === undefined && due
        ? fire(due, latest(now, due.dueAt), `c${index}`)
        : sent(input, now, mostly(by, input), `c${index}`)
    const step = take(state, command, timeline)
    steps.push(step)
    state = step.after
    now = latest(now, command.at)
  }
  return steps
}

/** The timeline after a policy has been applied. */
function applied(timeline: TermsTimeline, policy: TicketPolicy, now: Instant, change: Change): TermsTimeline {
  const last = timeline.at(-1)
  if (last?.policy === policy) return timeline
  if (change === 'retroactive') return constantTerms({ policy, wording: defaultWording })
  const from = latest(last?.from ?? now, change === 'announced' ? later(now, hours(5)) : now)
  const [first, ...rest] = timeline
  return [first, ...rest.filter((each) => each.from !== from), { from, policy, wording: defaultWording }]
}

/** Usually an actor who may send the command; sometimes another one, who is refused. */
function mostly(by: Actor, input: TicketCommandInput | undefined): Actor {
  if (input === undefined || ticketAggregate.sentBy[input.type][by.kind] || by === sacha) return by
  return by.kind !== 'customer' ? camille : ticketAggregate.sentBy[input.type].agent ? alex : autoresponder
}

function sent(input: TicketCommandInput | undefined, at: Instant, by: Actor, commandId: string): CommandEnvelope {
  return { ...ticketAggregate.schema.parse(input), at, by, commandId, aggregateId: 'T1' }
}
