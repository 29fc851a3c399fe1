import type { Actor } from './actor.ts'
import type { DomainEvent } from './event.ts'
import type { Refusal, Result } from './refusal.ts'
import type { Instant } from './time.ts'

/** What every command brings along: its id, the aggregate it is for, the moment it is decided for, and who sent it. */
export type CommandMetadata = {
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
  decide(command: C & CommandMetadata, state: S): Result<readonly E[], Refusal>
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

/** Something that falls due at an instant unless something else happens first. `cycle` tells a deadline from its elder twins. */
export type Deadline<K extends string = string> = {
  readonly kind: K
  readonly dueAt: Instant
  readonly cycle: number
}

/** What operators filter clocks by, beside what falls due. No personal data. */
export type ClockLabels = {
  readonly status?: string | undefined
  readonly priority?: string | undefined
  readonly category?: string | undefined
  /** Whether somebody is late with something on the stream as it stands. */
  readonly late: boolean
  /** Whether operators look for the stream also while nothing falls due on it: somebody is late, or a promise runs or stands still. */
  readonly outstanding: boolean
  /** How the promises stand that were made on it, where there are any: the worst of them, as far as it is recorded, or what became of the last. */
  readonly sla?: 'BREACHED' | 'IMMINENT_BREACH' | 'PENDING' | 'PAUSED' | 'ACHIEVED' | 'CANCELLED' | undefined
  /** Since when they stand so: the first of them, if several do. */
  readonly slaSince?: Instant | undefined
  /** When the first of them is due that has not been missed. */
  readonly breachAt?: Instant | undefined
}

/** What stands on a stream at a version of it: its deadlines, earliest first, and its labels. */
export type ClockState = {
  readonly version: number
  readonly deadlines: readonly Deadline[]
  /** Undefined on a stream that nothing has happened on, or whose category has no clocks. */
  readonly labels: ClockLabels | undefined
}

/** Deadlines in the order in which they fall due; those of one instant keep theirs. */
export const earliestFirst = (one: Deadline, other: Deadline): number =>
  one.dueAt === other.dueAt ? 0 : one.dueAt < other.dueAt ? -1 : 1
