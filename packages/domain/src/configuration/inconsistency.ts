import type { SlaPolicy } from '../sla/settings.ts'

/** An inconsistency of a configuration, with its path. */
export type Inconsistency = { readonly path: readonly (string | number)[]; readonly message: string }

/** The message for an unknown name. */
export const missing = (what: string, name: string, names: readonly string[]): string =>
  `there is no ${what} ${name}${names.length === 0 ? '' : `; ${thereIs(names)}`}`

/** The known names, as a text. */
export const thereIs = (names: readonly string[]): string =>
  `there is ${names.slice(0, 10).join(', ')}${names.length > 10 ? ' …' : ''}`

/** The categories and plans that a row of a table of policies applies to, and that are missing. */
export function* missingTerms(
  { categories = [], plans = [] }: SlaPolicy['applies'],
  terms: { readonly categories: readonly string[]; readonly plans: readonly string[] },
  path: Inconsistency['path'],
): Iterable<Inconsistency> {
  for (const [index, category] of categories.entries()) {
    if (terms.categories.includes(category)) continue
    yield { path: [...path, 'categories', index], message: missing('category', category, terms.categories) }
  }
  for (const [index, plan] of plans.entries()) {
    if (terms.plans.includes(plan)) continue
    yield { path: [...path, 'plans', index], message: missing('plan', plan, terms.plans) }
  }
}
