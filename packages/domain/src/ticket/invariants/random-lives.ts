import fc from 'fast-check'
import type { Actor } from '../../kernel/actor.ts'
import type { Instant } from '../../kernel/instant.ts'
import { days, hours, later, latest } from '../../kernel/instant.ts'
import { alex, camille, monday, sacha } from '../../testing/ticket-events.ts'
import type { TicketCommandInput } from '../commands.ts'
import { ticketCommandSchema } from '../commands.ts'
import { ticketDeadlines } from '../deadlines.ts'
import { always } from '../policy-timeline.ts'
import { defaultTicketPolicy } from '../policy.ts'
import type { Given } from '../rule.ts'
import { sentBy } from '../senders.ts'
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

/** A random life: most begin with an opening, so that they get somewhere; some are lived under one policy, which keeps promises. */
export const lives: fc.Arbitrary<readonly Step[]> = fc
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
