import type { Instant } from '@guichet/domain'
import type { ArticleFilter, ArticleReaders, ArticleRow, Page, Slice } from '@guichet/projections'
import type { DeflectionSessions } from './deflection-port.ts'
import type { OutsideLinks } from './outside-links-port.ts'
import type { ReadershipPeriod } from './readership-period.ts'
import type { SearchRecord } from './search-record-port.ts'

/** An article in a language. */
type ArticleText = { readonly articleId: string; readonly language: string }

/** That somebody has opened an article. */
export type ArticleView = ArticleText & { readonly personId: string; readonly at: Instant }

/** Who rates an article: a customer or a visitor, or somebody at the desk. */
export type Rater = { readonly kind: 'customer' | 'agent'; readonly id: string; readonly name?: string | undefined }

/** What somebody says of an article in a language. */
export type ArticleRating = ArticleText & {
  readonly rater: Rater
  readonly isHelpful: boolean
  /** From 1 to 5, of people of the desk. */
  readonly stars: number | undefined
  readonly comment: string | undefined
  readonly ratedAt: Instant
}

/** What readers made of articles in a period. */
export type ReadershipFigures = {
  /** How many people have opened them, each counted once a day, article and language. */
  readonly views: number
  /** How many ratings of these days found them helpful, or not. */
  readonly helpful: number
  readonly unhelpful: number
  /** The mean of the stars; undefined for none. */
  readonly stars: number | undefined
}

/**
 * Who has read articles, and what they say of them. It is no part of the history: it is stored in tables, a rating until
 * its person is erased. All methods reject with the errors of the database.
 */
export type Readership = {
  /** What they search, and which articles these searches lead to. */
  readonly searches: SearchRecord
  /**
   * Counts that somebody has opened an article: once a day for each person, article and language. Views are gathered
   * and stored once a minute, so that a process that is killed loses those of a minute at most. It never fails: a view
   * is dropped while thousands wait for a database that is away.
   */
  view(view: ArticleView): void
  /** Stores a rating, in place of what the same person has said of the article in the language before. */
  rate(rating: ArticleRating): Promise<void>
  /** What somebody says of an article in a language; undefined where they say nothing. */
  find(articleId: string, language: string, rater: Rater): Promise<ArticleRating | undefined>
  /** The ratings of an article, in a language if one is given, the latest first. */
  ratingsOf(articleId: string, language: string | undefined, page: Page): Promise<Slice<ArticleRating>>
  /** What readers made of each of some articles. */
  figuresOf(articleIds: readonly string[], period: ReadershipPeriod): Promise<readonly ReadershipFigures[]>
  /** After how many of the messages of a period that each of some articles was sent in its customer has opened it. */
  openedOf(articleIds: readonly string[], period: ReadershipPeriod): Promise<readonly number[]>
  /** What readers made of all articles that meet a filter. */
  figures(filter: ArticleFilter, period: ReadershipPeriod): Promise<ReadershipFigures>
  /** The articles in use that were opened in a period and that a reader sees, the most read ones first. */
  mostRead(
    filter: ArticleFilter,
    readers: ArticleReaders,
    period: ReadershipPeriod,
    page: Page,
  ): Promise<Slice<ArticleRow>>
  /** What their links to other sites lead to. */
  readonly outsideLinks: OutsideLinks
  /** The sessions in which people write to the desk, and articles are suggested. */
  readonly deflection: DeflectionSessions
  /**
   * Removes all ratings of customers, and takes them out of the counts; and all of their searches and sessions, and what they
   * have opened of what was sent to them. Returns how
   * many ratings there were.
   */
  erase(customerIds: readonly string[]): Promise<number>
  /**
   * Makes the ratings of a customer those of another one, who they turn out to be. Where both have rated the same text,
   * the later rating stays, and the other one is taken out of the counts.
   */
  moveRatings(from: string, to: Pick<Rater, 'id' | 'name'>): Promise<void>
  /** Removes what is stored of an article, for good: neither views that were gathered before nor ratings come back. */
  removeArticle(articleId: string): Promise<void>
  /** Stores the views and searches that were gathered. */
  flush(): Promise<void>
}
