import type { Actor } from './actor.ts'
import type { DomainEvent } from './event.ts'
import type { Refusal, Result } from './refusal.ts'
import type { Instant } from './time.ts'

/**
 * What every command carries beside its data: its id, the aggregate it is for, the moment it is decided for, and its
 * sender.
 */
export type CommandMetadata = {
  readonly commandId: string
  readonly aggregateId: string
  readonly at: Instant
  readonly by: Actor
}

/**
 * An aggregate as pure functions. `decide` depends on its two arguments alone; a repeated command that has already
 * taken effect yields no events. `evolve` never refuses: events in the history have happened.
 */
export type Decider<C, E extends DomainEvent, S> = {
  readonly initial: S
  evolve(state: S, event: E): S
  decide(command: C & CommandMetadata, state: S): Result<readonly E[], Refusal>
}

/** What an aggregate says of its snapshots, if its streams may become long. */
type SnapshotTerms = {
  /** After how many events, at least, the next snapshot is stored. */
  readonly every: number
  /**
   * Names the aggregate's fold and the shape of its state. It changes whenever the same events lead to another state:
   * snapshots of another fold are not read.
   */
  readonly fold: string
}

/** A decider with its category, which begins the names of its streams: `ticket` gives `ticket-<id>`. */
export type Aggregate<C, E extends DomainEvent, S> = Decider<C, E, S> & {
  readonly category: string
  /** Whether a command starts its stream, so that it can be decided without asking whether the stream exists. */
  creates?(command: C): boolean
  /**
   * How many times the content of the stream has started over. A command id stands for another command in each
   * generation. 0 by default.
   */
  generation?(state: S): number
  /** Comes with streams that may become long: their state, plain JSON, is stored from time to time. */
  readonly snapshots?: SnapshotTerms
  /**
   * The deadlines of a state, earliest first. An aggregate that has this takes the command `fire` with a deadline's
   * `kind`, `cycle` and `dueAt`, which takes effect only if exactly this deadline is still outstanding and has been
   * reached.
   */
  deadlines?(state: S): readonly Deadline[]
  /** Comes with `deadlines`: their kinds. */
  readonly deadlineKinds?: readonly string[]
  /**
   * Comes with `deadlines`: the labels by which operators filter the clock of a stream; undefined before its first
   * event.
   */
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

/**
 * Something that falls due at an instant unless something else happens first. `cycle` distinguishes a deadline from
 * earlier ones of the same kind.
 */
export type Deadline<K extends string = string> = {
  readonly kind: K
  readonly dueAt: Instant
  readonly cycle: number
}

/** The labels by which operators filter clocks, beside the deadlines themselves. No personal data. */
export type ClockLabels = {
  readonly status?: string | undefined
  readonly priority?: string | undefined
  readonly category?: string | undefined
  /** Whether somebody is late with something on the stream now. */
  readonly late: boolean
  /**
   * Whether operators look for the stream even while no deadline is outstanding: somebody is late, or a promise is
   * running or paused.
   */
  readonly outstanding: boolean
  /**
   * The status of the promises made on it, if any: the worst of them, as far as it is recorded, or the outcome of the
   * last.
   */
  readonly sla?: 'BREACHED' | 'IMMINENT_BREACH' | 'PENDING' | 'PAUSED' | 'ACHIEVED' | 'CANCELLED' | undefined
  /** Since when they have this status: the first of them, if several do. */
  readonly slaSince?: Instant | undefined
  /** When the first promise falls due that has not been missed. */
  readonly breachAt?: Instant | undefined
  /** The promises that have been missed and not made up for, the first missed first; omitted where there are none. */
  readonly missed?: readonly { readonly target: string; readonly since: Instant }[]
}

/** The clock state of a stream at a version: its deadlines, earliest first, and its labels. */
export type ClockState = {
  readonly version: number
  readonly deadlines: readonly Deadline[]
  /** Undefined on a stream without events, or whose category has no clocks. */
  readonly labels: ClockLabels | undefined
}

/** Whether two are the same deadline, at the same instant. */
export const isSameDeadline = (one: Deadline, other: Deadline): boolean =>
  one.kind === other.kind && one.cycle === other.cycle && one.dueAt === other.dueAt

/**
 * The deadline that a command `fire` is about, if exactly this one is still outstanding and has been reached: a timer that
 * is stale, doubled or early changes nothing.
 */
export const reachedBy = <D extends Deadline>(
  { at, ...fired }: Deadline & Pick<CommandMetadata, 'at'>,
  outstanding: readonly D[],
): D | undefined => outstanding.find((each) => each.dueAt <= at && isSameDeadline(each, fired))

/** Orders deadlines by when they fall due; those of one instant keep their order. */
export const earliestFirst = (one: Deadline, other: Deadline): number =>
  one.dueAt === other.dueAt ? 0 : one.dueAt < other.dueAt ? -1 : 1
