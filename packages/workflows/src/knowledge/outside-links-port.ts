import type { Instant } from '@guichet/domain'

/**
 * What a check of a link has found: readers reach it; it has moved for good; they do not reach it; or the check cannot tell, since
 * the server wants to know who asks, is away, or is not of the public internet.
 */
export const linkOutcomes = ['reached', 'moved', 'broken', 'uncertain'] as const

/** Why a link has no answer. */
export const linkFaults = [
  'address_refused',
  'host_not_found',
  'no_connection',
  'no_answer_in_time',
  'certificate_invalid',
  'redirect_invalid',
  'too_many_redirects',
] as const

/** What a check of a link has found. */
export type LinkFinding = {
  readonly outcome: (typeof linkOutcomes)[number]
  /** The status of the last answer, as HTTP counts; undefined without one. */
  readonly status: number | undefined
  /** Where redirects have led to; undefined without any. */
  readonly redirectedTo: string | undefined
  readonly fault: (typeof linkFaults)[number] | undefined
}

/** A link, and what was found last. */
export type CheckedLink = LinkFinding & { readonly url: string; readonly checkedAt: Instant }

/**
 * The addresses of other sites that articles link to, and what was found there. It is no part of the history. All methods reject with
 * the errors of the database.
 */
export type OutsideLinks = {
  /** Remembers that articles have these links. */
  see(urls: readonly string[], at: Instant): Promise<void>
  /** Links that were not checked since an instant: those that never were first, then the longest ago. */
  due(before: Instant, limit: number): Promise<readonly string[]>
  store(link: CheckedLink): Promise<void>
  /** What was found, by the links that were ever checked, of these. */
  findingsOf(urls: readonly string[]): Promise<ReadonlyMap<string, CheckedLink>>
  /** Forgets those that no article has had since an instant. Returns how many there were. */
  forget(before: Instant): Promise<number>
  /**
   * Runs work while no other process does such work: undefined where one does. The database ends that when the process ends.
   */
  alone<T>(work: () => Promise<T>): Promise<T | undefined>
}
