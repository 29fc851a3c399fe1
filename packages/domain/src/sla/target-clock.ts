import type { Instant } from '../kernel/instant.ts'
import type { CalendarOwner } from './calendar-for.ts'

/** What a desk promises to do in time. */
export const slaTargets = ['first_response', 'next_response', 'resolution', 'update'] as const
export type SlaTarget = (typeof slaTargets)[number]

/**
 * How a target stands: PENDING and IMMINENT_BREACH, of which the desk has been warned, while its time passes; PAUSED while it stands
 * still; BREACHED once it was due and not done; ACHIEVED when it was done in time; CANCELLED when it was given up before it was due.
 */
export const slaStates = ['PENDING', 'IMMINENT_BREACH', 'BREACHED', 'ACHIEVED', 'PAUSED', 'CANCELLED'] as const
export type SlaState = (typeof slaStates)[number]

/** How a target stands that is still to be done, in time or not. */
export const openSlaStates = ['PENDING', 'IMMINENT_BREACH', 'BREACHED', 'PAUSED'] as const satisfies readonly SlaState[]
export type OpenSlaState = (typeof openSlaStates)[number]

/** The SLA policy that promises a target, the calendar that its time is counted on, and the configuration that says so. */
export type PromisedBy = {
  readonly policy: string
  /** Around the clock without one. */
  readonly calendar?: string | undefined
  /** Whose calendar it is, unless it is the policy's own. */
  readonly calendarOf?: CalendarOwner | undefined
  readonly policyVersion: string
}

/** A target that runs: a ticket's customer waits for it. */
export type TargetClock = {
  /**
   * Which time this is: a reopened ticket's resolution is the second, a customer's later message waits anew, and with each answer the
   * next update begins.
   */
  readonly cycle: number
  readonly from: Instant
  /** When another ticket brought it along: no pause before that concerns it, and it is not due before. */
  readonly broughtInAt: Instant | undefined
  /** When it was due by the terms under which the desk was warned of it. */
  readonly warned: Instant | undefined
  /** When the desk was. */
  readonly warnedAt: Instant | undefined
  /** When it was due, once it was missed. */
  readonly breached: Instant | undefined
  /** When that was recorded. */
  readonly noticedAt: Instant | undefined
  /** What it was promised by then. */
  readonly missedBy: PromisedBy | undefined
  readonly escalated: boolean
}

export type TargetClocks = { readonly [T in SlaTarget]?: TargetClock | undefined }

/** The clock of a target that begins to run. */
export const startedClock = (cycle: number, from: Instant): TargetClock => ({
  cycle,
  from,
  broughtInAt: undefined,
  warned: undefined,
  warnedAt: undefined,
  breached: undefined,
  noticedAt: undefined,
  missedBy: undefined,
  escalated: false,
})
