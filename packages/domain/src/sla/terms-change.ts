import type { Instant } from '../kernel/instant.ts'

/**
 * What may have changed that a target follows from: the ticket's own terms, the configuration, or that the ticket, or the question that
 * is to be answered, has come to the desk later than its customer has waited.
 */
export const termsChanges = [
  'priority',
  'category',
  'classification',
  'plan',
  'team',
  'level',
  'split',
  'merge',
  'opening',
  'configuration',
] as const

/** A change before which nothing falls due by what holds since. */
export type TermsChange = { readonly at: Instant; readonly change: (typeof termsChanges)[number] }
