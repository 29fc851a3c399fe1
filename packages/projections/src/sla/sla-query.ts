import type { CalendarOwner, Instant, Priority, SlaState, SlaTarget, SupportLevel, TermsChange } from '@guichet/domain'
import type { Page, Slice, TimeRange } from '../reading/reader.ts'
import type { TermsFilter } from '../reading/terms.ts'

/** One target of a ticket, what became of it, and what its deadline follows from. */
export type SlaTargetRow = {
  /** Unique among all targets. */
  readonly id: string
  readonly ticketId: string
  readonly target: SlaTarget
  /**
   * Which time it ran: a reopened ticket's resolution is the second, a customer's later message waits anew, and with each answer the
   * next update begins.
   */
  readonly cycle: number
  /** At the instant that is asked about: overdue is BREACHED, whether or not anybody has recorded it yet. */
  readonly state: SlaState
  /** Whether the customer still waits for it, in time or not. */
  readonly open: boolean
  /** Whether the ticket's history is still being imported, so that no time passes for it. */
  readonly held: boolean
  readonly since: Instant
  /** When it is or was due; undefined while its clock stands still. */
  readonly dueAt: Instant | undefined
  /** Milliseconds of business time that it still has while its clock stands still. */
  readonly timeLeft: number | undefined
  /** When its clock stood still. */
  readonly pauses: readonly PausedSpan[]
  readonly pausedSince: Instant | undefined
  readonly warnedAt: Instant | undefined
  /** When it was due, if it was missed, whenever that was recorded. */
  readonly breachedAt: Instant | undefined
  /** When it was done in time. */
  readonly metAt: Instant | undefined
  /** When it was done after all, if it was missed. */
  readonly answeredAt: Instant | undefined
  /** When nobody waited for it any more though it had not been done: the ticket was closed, as spam say. */
  readonly cancelledAt: Instant | undefined
  readonly policy: string
  readonly policyVersion: string
  /** What its time is counted on; around the clock without one. */
  readonly calendar: string | undefined
  /** Whose calendar that is, unless it is the policy's own. */
  readonly calendarOf: CalendarOwner | undefined
  /** The change before which it would have been due, and was not. */
  readonly notBefore: TermsChange | undefined
  /** This and what follows are the ticket's own, and its agent's, as they were when the target ended. */
  readonly category: string | undefined
  readonly priority: Priority
  readonly plan: string | undefined
  readonly team: string | undefined
  readonly level: SupportLevel
  readonly centre: string | undefined
  readonly assigneeId: string | undefined
}

/** All conditions given must hold. Targets whose ticket is held by an import are left out while they are open. */
export type SlaFilter = TermsFilter & {
  readonly target?: readonly SlaTarget[] | undefined
  readonly policy?: readonly string[] | undefined
}

/** All conditions given must hold. */
export type SlaTargetFilter = SlaFilter & {
  readonly state?: readonly SlaState[] | undefined
  readonly open?: boolean | undefined
  readonly assigneeId?: readonly string[] | undefined
  /** When it is or was due; targets whose clock stands still are due at no instant. */
  readonly dueAt?: TimeRange | undefined
}

/** What the figures of a dashboard can be told apart by. */
export const slaDimensions = ['category', 'team', 'level', 'centre', 'priority', 'plan', 'policy', 'target'] as const

export type SlaDimension = (typeof slaDimensions)[number]

/** How many targets there are of each kind. */
export type SlaFigures = {
  /** Open ones with time left, not warned of. */
  readonly onTime: number
  readonly aboutToBreach: number
  /** Open ones that are overdue. */
  readonly breached: number
  /** Open ones whose clock stands still. */
  readonly paused: number
  /** Kept within the period. */
  readonly met: number
  /** Due within the period and not done by then, open ones included. */
  readonly missed: number
  /** Given up within the period before they were due. */
  readonly cancelled: number
  /** The met ones among those met and missed; null when there are none. */
  readonly share: number | null
}

export type SlaDashboard = {
  readonly total: SlaFigures
  /** By the values of the dimension, in their order; null stands for those without one. */
  readonly groups: readonly { readonly key: string | null; readonly figures: SlaFigures }[]
}

export type SlaQueries = {
  /**
   * How open targets stand at an instant, which is now, and how those of a period ended. Categories are told apart one level below
   * the one of the filter's that holds them, whose own group is what is in none of its subcategories; at the top without one.
   */
  dashboard(
    question: { readonly filter: SlaFilter; readonly period: TimeRange; readonly by: SlaDimension },
    now: Instant,
  ): Promise<SlaDashboard>
  /** A page of targets, by when they are or were due; those whose clock stands still come last. */
  list(filter: SlaTargetFilter, page: Page, now: Instant): Promise<Slice<SlaTargetRow>>
  /**
   * The targets of several tickets, in the order in which they began: all that are open, and of those that are over so many of each
   * ticket, the latest by when they were.
   * @param ended how many; all of them without it, which may be as many as the ticket has messages.
   */
  ofTickets(
    ticketIds: readonly string[],
    now: Instant,
    ended?: number,
  ): Promise<ReadonlyMap<string, readonly SlaTargetRow[]>>
}

/** A stretch during which a clock stood still; without an end it still does. */
export type PausedSpan = { readonly from: Instant; readonly to?: Instant | undefined }
