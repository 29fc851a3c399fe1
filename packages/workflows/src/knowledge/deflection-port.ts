import type { DeflectionStep, Instant } from '@guichet/domain'
import type { ReadershipPeriod } from './readership-period.ts'

/** What happens in a session in which somebody writes to the desk. */
export type DeflectionRecord = {
  /** The session, under an id that its page chooses: sessions of two people are never the same. */
  readonly sessionId: string
  /** Whose it is: as whom they are signed in, and the customer who they are. */
  readonly viewerId: string
  readonly personId: string
  readonly step: DeflectionStep
  /** The language of what was suggested. */
  readonly language: string
  /** The article that was opened, or has solved the question. */
  readonly articleId?: string | undefined
  /** Whether the session is in the holdout: nothing was suggested in it. */
  readonly isHeldBack: boolean
  readonly at: Instant
}

/** Sessions, one of each person within 72 hours, and the tickets and chats that began in them, five of a person at most. */
type MeasuredSessions = { readonly sessions: number; readonly contacts: number }

/** What became of the sessions of a group. Each is counted under one of `solved`, `silent`, `sent`, `left` and `pending`. */
export type DeflectionGroup = {
  readonly sessions: number
  /** Those in which an article was opened. */
  readonly opened: number
  /** Whoever wrote has said that an article solves it, and has begun no ticket and no chat. */
  readonly solved: number
  /** An article was opened, and no ticket and no chat of its person has begun for 72 hours. */
  readonly silent: number
  /** A ticket or chat was sent, or begun by its person within 72 hours. */
  readonly sent: number
  /** No article was opened, and no ticket and no chat of its person has begun for 72 hours. */
  readonly left: number
  /** Those whose 72 hours are not over and of which nothing was said. */
  readonly pending: number
  /** Those whose 72 hours are over. */
  readonly settled: number
  /** Of the settled ones, the first of each identified customer, and of each visitor: the effect is measured by them. */
  readonly ofCustomers: MeasuredSessions
  readonly ofVisitors: MeasuredSessions
  /** Of the settled ones, those in which an article was opened, and of these, those that count under `sent`. */
  readonly settledOpened: number
  readonly settledOpenedSent: number
}

/** What became of the sessions of a period: of those with suggestions, and of the holdout. */
export type DeflectionFigures = { readonly suggested: DeflectionGroup; readonly heldBack: DeflectionGroup }

/**
 * The sessions in which people write to the desk and articles are suggested. They are no part of the history: a session is
 * stored until its 72 hours are over, and then counted by day, without its person. All methods reject with the errors of
 * the database.
 */
export type DeflectionSessions = {
  /**
   * Stores what happens in a session. Returns false where it is not: a person has `mostSessions` sessions at most within 72
   * hours, others do not count.
   */
  record(record: DeflectionRecord): Promise<boolean>
  /** What became of the sessions that began in a period, of those whose last article is a given one if it is given. */
  figures(period: ReadershipPeriod, articleId?: string): Promise<DeflectionFigures>
  /**
   * Counts the sessions whose 72 hours are over by day, and forgets them.
   * @param isUpToDate whether the read models of tickets, chats and customers show all that has happened until now: without that no
   * session is counted, for the ticket that followed it may be missing. It is asked only where a session waits.
   */
  settle(isUpToDate: () => Promise<boolean>): Promise<void>
  /** Removes the sessions of people; those that are counted already are of nobody. */
  erase(customerIds: readonly string[]): Promise<void>
}
