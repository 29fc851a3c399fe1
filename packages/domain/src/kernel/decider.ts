import type { Actor } from './actor.ts'
import type { ClockLabels, Deadline } from './deadline.ts'
import type { DomainEvent } from './event.ts'
import type { Instant } from './instant.ts'
import type { Refusal } from './refusal.ts'
import type { Result } from './result.ts'

/** What every command brings along: its id, the aggregate it is for, the moment it is decided for, and who sent it. */
export type Issued = {
  readonly commandId: string
  readonly aggregateId: string
  readonly at: Instant
  readonly by: Actor
}

/**
 * An aggregate as pure functions. `decide` must answer from its two arguments alone; a repeat of a command that has
 * already taken effect yields no events. `evolve` never refuses: what is in history has happened.
 */
export type Decider<C, E extends DomainEvent, S> = {
  readonly initial: S
  evolve(state: S, event: E): S
  decide(command: C & Issued, state: S): Result<readonly E[], Refusal>
}

/** A decider with the name its streams start with: `ticket` names the streams `ticket-<id>`. */
export type Aggregate<C, E extends DomainEvent, S> = Decider<C, E, S> & {
  readonly category: string
  /** Whether a command starts its stream, so that it can be decided without asking whether the stream exists. */
  creates?(command: C): boolean
  /** How often what the stream tells of has begun anew: a command id stands for another command in each generation. 0 without it. */
  generation?(state: S): number
  /**
   * What falls due in a state, earliest first. An aggregate that has this takes the command `fire` with a deadline's `kind`,
   * `cycle` and `dueAt`, and lets it take effect only if this very one still stands and has been reached.
   */
  deadlines?(state: S): readonly Deadline[]
  /** Comes with `deadlines`: what operators filter the clock of a stream by; undefined before anything has happened on it. */
  labels?(state: S): ClockLabels | undefined
}

/** The state that a history of events leads to. */
export function fold<E extends DomainEvent, S>(
  decider: Pick<Decider<never, E, S>, 'initial' | 'evolve'>,
  events: Iterable<E>,
): S {
  let state = decider.initial
  for (const event of events) state = decider.evolve(state, event)
  return state
}
