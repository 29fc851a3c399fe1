import type { CalendarOwner, Instant, Priority, SlaState, SlaTarget, SupportLevel, TermsChange } from '@guichet/domain'
import type { Page, Slice, TimeRange } from '../reading/reader.ts'
import type { TermsFilter } from '../reading/terms.ts'

/** One target of a ticket, its outcome, and what its deadline is computed from. */
export type SlaTargetRow = {
  /** Unique among all targets. */
  readonly id: string
  readonly ticketId: string
  readonly target: SlaTarget
  /**
   * Which run of the target this is: a reopened ticket's resolution is its second, each later wait of the customer
   * begins another, and each answer begins the next update.
   */
  readonly cycle: number
  /** The state at the requested instant: an overdue target is BREACHED, even if no breach is recorded yet. */
  readonly state: SlaState
  /** Whether the target is not fulfilled yet, in time or not. */
  readonly open: boolean
  /** Whether the ticket's history is still being imported, so that no time passes for it. */
  readonly held: boolean
  readonly since: Instant
  /** When it is or was due; undefined while its clock is paused. */
  readonly dueAt: Instant | undefined
  /** The remaining milliseconds of business time while its clock is paused. */
  readonly timeLeft: number | undefined
  /** When its clock was paused. */
  readonly pauses: readonly PausedSpan[]
  readonly pausedSince: Instant | undefined
  readonly warnedAt: Instant | undefined
  /** When it was due, if it was missed, whenever that was recorded. */
  readonly breachedAt: Instant | undefined
  /** When it was done in time. */
  readonly metAt: Instant | undefined
  /** When it was fulfilled late, if it was missed. */
  readonly answeredAt: Instant | undefined
  /** When it ended unfulfilled, because the ticket was closed as spam, for instance. */
  readonly cancelledAt: Instant | undefined
  readonly policy: string
  readonly policyVersion: string
  /** The calendar that its time is counted on; around the clock without one. */
  readonly calendar: string | undefined
  /** Whose calendar that is, unless it is the policy's own. */
  readonly calendarOf: CalendarOwner | undefined
  /** The change that its due instant may not precede: it would have been due before that change. */
  readonly notBefore: TermsChange | undefined
  /** This and the following fields are those of the ticket and its agent as of the target's end. */
  readonly category: string | undefined
  readonly priority: Priority
  readonly plan: string | undefined
  readonly team: string | undefined
  readonly level: SupportLevel
  readonly centre: string | undefined
  readonly assigneeId: string | undefined
}

/** All given conditions must hold. Excludes open targets whose ticket is held by an import. */
export type SlaFilter = TermsFilter & {
  readonly target?: readonly SlaTarget[] | undefined
  readonly policy?: readonly string[] | undefined
}

/** All conditions given must hold. */
export type SlaTargetFilter = SlaFilter & {
  readonly state?: readonly SlaState[] | undefined
  readonly open?: boolean | undefined
  readonly assigneeId?: readonly string[] | undefined
  /** When it is or was due; a target whose clock is paused has no due instant. */
  readonly dueAt?: TimeRange | undefined
}

/** The dimensions by which the figures of a dashboard can be grouped. */
export const slaDimensions = ['category', 'team', 'level', 'centre', 'priority', 'plan', 'policy', 'target'] as const

/** By what the SLA dashboard is grouped. */
export type SlaDimension = (typeof slaDimensions)[number]

/** The number of targets of each kind. */
export type SlaFigures = {
  /** Open ones with time left, not warned of. */
  readonly onTime: number
  readonly aboutToBreach: number
  /** Open ones that are overdue. */
  readonly breached: number
  /** Open ones whose clock is paused. */
  readonly paused: number
  /** Met within the period. */
  readonly met: number
  /** Due within the period and not fulfilled by then, open ones included. */
  readonly missed: number
  /** Cancelled within the period before they were due. */
  readonly cancelled: number
  /** The share of met ones among those met and missed; null when there are none. */
  readonly share: number | null
}

/** The SLA targets of a period, counted by outcome. */
export type SlaDashboard = {
  readonly total: SlaFigures
  /** The groups by the values of the dimension, in their order; null is the group of targets without a value. */
  readonly groups: readonly { readonly key: string | null; readonly figures: SlaFigures }[]
}

/** The queries on SLA targets. */
export type SlaQueries = {
  /**
   * The state of open targets at an instant, by default the current one, and the outcomes of a period. Categories are
   * grouped one level below the filter's category that contains them, or at the top level without one; that category's
   * own group contains what is in none of its subcategories.
   */
  dashboard(
    question: { readonly filter: SlaFilter; readonly period: TimeRange; readonly by: SlaDimension },
    now: Instant,
  ): Promise<SlaDashboard>
  /** A page of targets, by when they are or were due; those whose clock is paused come last. */
  list(filter: SlaTargetFilter, page: Page, now: Instant): Promise<Slice<SlaTargetRow>>
  /** All targets of several tickets, in the order in which they began: as many as the tickets have messages, if updates are promised. */
  ofTickets(ticketIds: readonly string[], now: Instant): Promise<ReadonlyMap<string, readonly SlaTargetRow[]>>
  /**
   * The same page of the targets of several tickets, in one statement: open ones first, in the order in which they began, then ended ones,
   * the latest first.
   * @throws RangeError when the page begins or ends at no place of such a list.
   */
  pagesOf(ticketIds: readonly string[], page: Page, now: Instant): Promise<ReadonlyMap<string, Slice<SlaTargetRow>>>
  /** The targets with these ids, in no order. */
  byIds(ids: readonly string[], now: Instant): Promise<readonly SlaTargetRow[]>
}

/** An interval during which a clock was paused; without an end it still is. */
export type PausedSpan = { readonly from: Instant; readonly to?: Instant | undefined }
