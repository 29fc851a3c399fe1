import type { Issued } from '../kernel/decider.ts'
import { refusal } from '../kernel/refusal.ts'
import { deny } from '../kernel/result.ts'
import type { TicketPolicy } from './policy.ts'
import type { Decision } from './rule.ts'

/**
 * The refusal of a category that the desk does not have. What acts for others may bring its own, and so may the history of
 * another helpdesk; a desk without categories takes any.
 */
export function refuseUnknownCategory(
  {
    category,
    anyCategory,
    by,
  }: Pick<Issued, 'by'> & { readonly category?: string | undefined; readonly anyCategory?: true | undefined },
  { categories }: TicketPolicy,
): Decision | undefined {
  if (category === undefined || anyCategory || by.kind === 'system') return undefined
  if (!categories?.size || categories.has(category)) return undefined
  const message = `the desk has no category ${category}`
  return deny(refusal('category_unknown', { message, field: 'category' }))
}
