import type { Instant, LevelSettings, SupportLevel } from '@guichet/domain'
import type { Page, Slice, TimeRange } from '../reading/page.ts'
import type { Call } from './level-state.ts'

/** Whether an escalation waits for somebody, has somebody, or is over: the ticket was solved, closed, or moved on. */
export const escalationStates = ['waiting', 'taken', 'over'] as const
export type EscalationState = (typeof escalationStates)[number]

export type EscalationRow = Call & {
  readonly id: string
  readonly ticketId: string
  readonly state: EscalationState
  /**
   * While it waits, when somebody is likely to be there: after the median wait of the latest twenty escalations that the level has
   * taken or, where it has taken none, when the configuration says. Never in the past.
   */
  readonly arrival?: { readonly at: Instant; readonly from: 'measured' | 'configured' } | undefined
}

export type EscalationFilter = {
  readonly id?: string | undefined
  readonly states?: readonly EscalationState[] | undefined
  readonly level?: SupportLevel | undefined
}

/** A figure beside its aim: `met` is null where there is no aim, or nothing to compare. */
export type Aimed = { readonly value: number | null; readonly aim: number | null; readonly met: boolean | null }

/** How one level has done with the tickets that came to it in a period. Durations in milliseconds, shares from 0 to 1. */
export type LevelReport = {
  readonly level: SupportLevel
  /** How many tickets came to it, and what became of them; those closed without a solution count in no share. */
  readonly handled: number
  readonly solved: number
  readonly escalated: number
  readonly handedDown: number
  readonly open: number
  readonly closed: number
  readonly averageResponse: Aimed
  readonly averageSolution: Aimed
  /** Of what was solved, handed up or handed down. */
  readonly solvedShare: Aimed
  readonly escalatedShare: Aimed
  readonly solvedInTimeShare: Aimed
  /** The time that `solvedInTimeShare` allows. */
  readonly solveWithin: number
}

export type EscalationsQueries = {
  /** Escalations, the latest first. */
  list(filter: EscalationFilter, page: Page, now: Instant): Promise<Slice<EscalationRow>>
  /** Each level's figures, for tickets that came to it in a range. */
  report(range: TimeRange, settings: LevelSettings): Promise<readonly LevelReport[]>
}
