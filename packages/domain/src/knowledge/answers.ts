/** What somebody has written so far, for which articles are looked for. */
export type WrittenText = {
  readonly text: string
  /** The language to search in: one in which there are articles. */
  readonly language: string
  /** A category of articles that it is about: those in it, and in what lies in it, answer alone where any does. */
  readonly categoryId?: string | undefined
  /** The page on which it is written: its words change the order, not the confidence. */
  readonly page?: string | undefined
}

/** An article that may answer what somebody has written. */
export type ArticleAnswer = {
  readonly articleId: string
  readonly language: string
  /** The published revision. */
  readonly revision: number
  readonly title: string
  /** The part of its text that fits best. */
  readonly excerpt: string
  /** How likely it is that the article answers the text, from 0 to 1. */
  readonly confidence: number
}

/**
 * The port by which articles are suggested and replies are written automatically: the articles that answer a text best, the
 * best first, `mostAnswers` at most; none where nothing is good enough.
 */
export type ArticleAnswers = (text: WrittenText) => Promise<readonly ArticleAnswer[]>

/** The most articles that answer a text. */
export const mostAnswers = 3

/** The least confidence of the best article: below it, none is suggested. */
export const leastConfidence = 0.15

/** The least confidence of those beside it. */
export const leastOfOthers = 0.05

/** A logistic regression on the answers to 30 questions about a real help centre, and to 15 that it has no article for. */
const regression = { constant: -4.35, share: 1.8, lead: 1.9 } as const

/** A lead beyond this says no more; so many times is one article alone ahead. */
const mostLead = 3

/**
 * How likely it is that an article answers a text, from 0 to 1.
 * @param share how much of the meaning of the text the article has: its score as a share of the most that one could have.
 * @param next the share of the best other article; 0 for none.
 */
export function confidenceOf(share: number, next: number): number {
  const lead = next > 0 ? Math.min(share / next, mostLead) : mostLead
  const logit = regression.constant + regression.share * share + regression.lead * lead
  return Math.round(100 / (1 + Math.exp(-logit))) / 100
}
