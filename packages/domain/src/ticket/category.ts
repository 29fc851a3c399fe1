import type { Issued } from '../kernel/decider.ts'
import { refusal } from '../kernel/refusal.ts'
import { deny } from '../kernel/result.ts'
import type { TicketPolicy } from './policy.ts'
import type { Decision } from './rule.ts'

/**
 * The refusal of a category that the desk does not have. What acts for others, such as an import of another helpdesk's history, may
 * bring its own; a desk without categories takes any.
 */
export function refuseUnknownCategory(
  category: string | undefined,
  { by }: Pick<Issued, 'by'>,
  { categories }: TicketPolicy,
): Decision | undefined {
  if (category === undefined || by.kind === 'system' || !categories?.size || categories.has(category)) return undefined
  const message = `the desk has no category ${category}`
  return deny(refusal('category_unknown', { message, field: 'category' }))
}
