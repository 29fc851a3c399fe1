import type { Priority, SupportLevel } from '@guichet/domain'

/**
 * What a ticket, or a target of it, is told apart by: one meaning in every list and on the dashboard. All conditions given must hold;
 * a list holds when one of its values does, and `null` among them finds what has none.
 */
export type TermsFilter = {
  /** Each with all its subcategories. */
  readonly category?: readonly (string | null)[] | undefined
  readonly priority?: readonly Priority[] | undefined
  readonly plan?: readonly (string | null)[] | undefined
  readonly team?: readonly (string | null)[] | undefined
  /** The support level of the ticket. */
  readonly level?: readonly SupportLevel[] | undefined
  /** That of the agent who has the ticket. */
  readonly centre?: readonly (string | null)[] | undefined
}
