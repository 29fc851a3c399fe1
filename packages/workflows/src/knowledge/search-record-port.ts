import type { Instant } from '@guichet/domain'
import type { ArticleReaders } from '@guichet/projections'
import type { ReadershipPeriod } from './readership-period.ts'

/** Who searches: a customer or a visitor, or somebody at the desk. */
type Searcher = { readonly kind: 'customer' | 'agent'; readonly id: string }

/** That somebody has searched. */
export type RecordedSearch = {
  readonly searcher: Searcher
  /** What they looked for, as they have written it. */
  readonly query: string
  /** The language that was searched in. */
  readonly language: string
  /** The articles that it has found, the best first; none for a search without result. */
  readonly articleIds: readonly string[]
  readonly at: Instant
}

/** That a customer has opened an article. */
export type ArticleOpening = { readonly articleId: string; readonly personId: string; readonly at: Instant }

/** That somebody of the desk has answered a ticket with a link to an article. */
type ArticleAnswer = {
  readonly customerId: string
  readonly ticketId: string
  /** The subject of the ticket. */
  readonly subject: string
  readonly articleId: string
  readonly language: string
  readonly at: Instant
}

/** What several people have looked for: how many of them, and how often, a person once a day. */
export type CommonSearch = {
  /** The text, folded. */
  readonly query: string
  readonly language: string
  readonly people: number
  readonly searches: number
  readonly lastSearchedAt: Instant
}

/** Words in which several people have asked for an article. */
export type AskedPhrase = {
  readonly articleId: string
  readonly language: string
  /** The text, folded. */
  readonly phrase: string
  /** How many people have searched for it, opened the article, and found it helpful or needed no ticket and no chat afterwards. */
  readonly searches: number
  /** How many people have written it as the subject of a ticket that was answered with a link to the article. */
  readonly tickets: number
}

/** How many people must have written a text before anybody is shown it: what fewer have written may be about one of them. */
export const fewestPeople = 3

/** For how many days searches are stored. */
export const searchDays = 30

/**
 * What people look for among articles, and what becomes of it, for 30 days. It is no part of the history. Methods that return a promise
 * reject with the errors of the database.
 */
export type SearchRecord = {
  /**
   * Records a search. It is gathered in memory and stored with others once a minute; it never fails, and is dropped while
   * thousands wait, or too many of one person. What somebody goes on to type stands for the beginning.
   */
  add(search: RecordedSearch): void
  /** Records that a customer has opened an article: their last search that has found it, in the half hour before, has led there. */
  open(opening: ArticleOpening): void
  /** Records that a ticket was answered with an article; a repeat changes nothing. */
  answer(answer: ArticleAnswer): Promise<void>
  /** Removes the subject of a ticket: it was redacted. */
  forgetTicket(ticketId: string): Promise<void>
  /** What at least three people have searched in a period without any result, what most people have searched first. */
  withoutResult(period: ReadershipPeriod, limit: number): Promise<readonly CommonSearch[]>
  /**
   * What at least three identified people have searched in a period with a result that the reader may read, what most people have
   * searched first, 20 at most. Customers are shown what customers have searched. An answer is shared for a minute.
   */
  popular(period: ReadershipPeriod, readers: ArticleReaders): Promise<readonly CommonSearch[]>
  /**
   * The texts by which at least three customers have come to an article that nobody has found for them yet, the most frequent first; a
   * person counts once after merges. They are read piece by piece, for as long as the caller goes on.
   */
  phrases(): AsyncIterable<AskedPhrase>
  /** Removes all searches of customers. Returns how many there were. */
  erase(customerIds: readonly string[]): Promise<number>
  /** Removes an article from what searches have found. */
  removeArticle(articleId: string): Promise<void>
  /** Stores what was gathered, and removes what is older than it is stored. */
  flush(): Promise<void>
}
