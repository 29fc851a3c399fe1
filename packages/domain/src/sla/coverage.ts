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

/** The policies of a table to which some combination of category, priority and plan comes, past the rows above them. */
export function reachedPolicies(
  policies: readonly SlaPolicy[],
  categories: readonly string[],
  plans: readonly string[],
): ReadonlySet<SlaPolicy> {
  const reached = new Set<SlaPolicy>()
  for (const terms of combinations(categories, plans)) {
    const policy = policyFor(policies, terms)
    if (policy) reached.add(policy)
    if (reached.size === policies.length) break
  }
  return reached
}

function* combinations(categories: readonly string[], plans: readonly string[]): Generator<Combination> {
  for (const category of [...categories, undefined]) {
    for (const priority of priorities) {
      for (const plan of [undefined, ...plans]) yield { category, priority, plan }
    }
  }
}
