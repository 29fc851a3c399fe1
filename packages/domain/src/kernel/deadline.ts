import type { Instant } from './instant.ts'

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
export type Standing = {
  readonly version: number
  readonly deadlines: readonly Deadline[]
  /** Undefined on a stream that nothing has happened on, or whose category has no clocks. */
  readonly labels: ClockLabels | undefined
}

/** Deadlines in the order in which they fall due; those of one instant keep theirs. */
export const earliestFirst = (one: Deadline, other: Deadline): number =>
  one.dueAt === other.dueAt ? 0 : one.dueAt < other.dueAt ? -1 : 1
