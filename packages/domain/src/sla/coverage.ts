import type { Priority } from '../kernel/priority.ts'
import { priorities } from '../kernel/priority.ts'
import type { SlaPolicy } from './settings.ts'
import { policyFor } from './terms.ts'

/** What a ticket may be chosen a policy by. */
type Combination = {
  readonly category: string | undefined
  readonly priority: Priority
  readonly plan: string | undefined
}

/** The combinations of category, priority and plan that no policy of a table applies to, in order: tickets without a category or a plan too. */
export function* uncoveredTerms(
  policies: readonly SlaPolicy[],
  categories: readonly string[],
  plans: readonly string[],
): Generator<Combination> {
  if (
    policies.some(
      ({ applies: { categories: some, priorities: pressing, plans: paying } }) => !some && !pressing && !paying,
    )
  )
    return
  for (const terms of combinations(categories, plans)) if (!policyFor(policies, terms)) yield terms
}

/** Whether some combination of category, priority and plan comes to a policy of a table, past the rows above it. */
export function isReached(
  policy: SlaPolicy,
  policies: readonly SlaPolicy[],
  categories: readonly string[],
  plans: readonly string[],
): boolean {
  for (const terms of combinations(categories, plans)) if (policyFor(policies, terms) === policy) return true
  return false
}

function* combinations(categories: readonly string[], plans: readonly string[]): Generator<Combination> {
  for (const category of [...categories, undefined]) {
    for (const priority of priorities) {
      for (const plan of [undefined, ...plans]) yield { category, priority, plan }
    }
  }
}
