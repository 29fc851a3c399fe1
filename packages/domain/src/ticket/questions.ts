import type { Instant } from '../kernel/instant.ts'

/** A message of the customer that waits for an answer. */
export type Question = {
  readonly since: Instant
  /** Its id, which it is split off by; one that was merged in has none here. */
  readonly messageId?: string
}

/** How many are kept: the oldest, which everything is counted from. */
const most = 20

/** The questions that wait, and one more, the oldest first. */
export function withQuestion(waiting: readonly Question[], question: Question): readonly Question[] {
  const place = waiting.findLastIndex(({ since }) => since <= question.since) + 1
  return [...waiting.slice(0, place), question, ...waiting.slice(place)].slice(0, most)
}

/** The questions that wait without one that goes on elsewhere. */
export const withoutQuestion = (waiting: readonly Question[], messageId: string): readonly Question[] =>
  waiting.filter((question) => question.messageId !== messageId)

/** The question of a message, while it waits. */
export const questionOf = (waiting: readonly Question[], messageId: string): Question | undefined =>
  waiting.find((question) => question.messageId === messageId)
