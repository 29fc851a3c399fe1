import fc from 'fast-check'
import type { Actor } from '../../kernel/actor.ts'
import type { Instant } from '../../kernel/instant.ts'
import { days, hours, later, latest } from '../../kernel/instant.ts'
import { defaultWording } from '../../wording/index.ts'
import { alex, camille, monday, sacha } from '../../testing/ticket-events.ts'
import type { TicketCommandInput } from '../commands.ts'
import { ticketCommandSchema } from '../commands.ts'
import { ticketDeadlines } from '../deadlines.ts'
import type { TicketPolicy } from '../policy.ts'
import { defaultTicketPolicy } from '../policy.ts'
import type { Given } from '../rule.ts'
import { sentBy } from '../senders.ts'
import type { TermsTimeline } from '../terms.ts'
import { unchanging } from '../terms.ts'
import { priorities } from '../vocabulary.ts'
import { keepingPromises, policies } from './policies.ts'
import { commands } from './random-commands.ts'
import type { Step } from './step.ts'
import { fire, take, ticket } from './step.ts'

const autoresponder: Actor = { kind: 'system', id: 'autoresponder' }

/** A move: a command, or the firing of whatever is due next; after a pause (the clock of a sender may even be behind). */
const moves = fc.record({
  command: fc.oneof({ weight: 3, arbitrary: commands }, { weight: 2, arbitrary: fc.constant(undefined) }),
  pause: fc.oneof(fc.constant(0), fc.integer({ min: -hours(1), max: days(4) })),
  by: fc.constantFrom<Actor>(camille, alex, sacha, autoresponder),
  policy: fc.constantFrom(defaultTicketPolicy, keepingPromises, keepingPromises, ...policies),
})

/** How policies follow one another: there is one; each has been in force since ever; each comes into force when it is applied, or later. */
const changes = fc.constantFrom('steady', 'retroactive', 'in time', 'announced')

/** A random life: most begin with an opening, so that they get somewhere; some are lived under one policy, which keeps promises. */
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
  let timeline = unchanging({ policy: sequence[0]?.policy ?? defaultTicketPolicy, wording: defaultWording })
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

/** The terms that are known once a policy has been applied. */
function applied(timeline: TermsTimeline, policy: TicketPolicy, now: Instant, change: Change): TermsTimeline {
  const last = timeline.at(-1)
  if (last?.policy === policy) return timeline
  if (change === 'retroactive') return unchanging({ policy, wording: defaultWording })
  const from = latest(last?.from ?? now, change === 'announced' ? later(now, hours(5)) : now)
  const [first, ...rest] = timeline
  return [first, ...rest.filter((each) => each.from !== from), { from, policy, wording: defaultWording }]
}

/** Somebody who may send the command; now and then somebody else, who is refused. */
function mostly(by: Actor, input: TicketCommandInput | undefined): Actor {
  if (input === undefined || sentBy[input.type][by.kind] || by === sacha) return by
  return by.kind !== 'customer' ? camille : sentBy[input.type].agent ? alex : autoresponder
}

function sent(input: TicketCommandInput | undefined, at: Instant, by: Actor, commandId: string): Given {
  return { ...ticketCommandSchema.parse(input), at, by, commandId, aggregateId: 'T1' }
}
