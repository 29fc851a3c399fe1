import { covers } from '../category/path.ts'
import { categoriesOf } from '../category/tree.ts'
import { uncoveredTerms } from '../sla/coverage.ts'
import type { Configuration } from './configuration.ts'
import type { Inconsistency, Sections } from './consistency.ts'

/** The tickets that no SLA policy applies to, and the policies that never apply. */
export function* coverage(configuration: Sections<'sla' | 'categories' | 'plans'>): Iterable<Inconsistency> {
  const { sla, categories, plans } = configuration
  if (sla.policies.length === 0) return
  const paths = [...categoriesOf(categories).values()].filter(({ leaf }) => leaf).map(({ path }) => path)
  const [first] = uncoveredTerms(sla.policies, paths, plans)
  if (first) {
    const { category = 'a ticket without a category', priority, plan = 'no plan' } = first
    yield {
      path: ['sla', 'policies'],
      message: `no policy applies to ${category}, priority ${priority}, ${plan}: end the table with a policy that applies to all`,
    }
  }
  for (const [index, { name }] of sla.policies.entries()) {
    const before = sla.policies
      .slice(0, index)
      .find((earlier) => appliesToAllOf(earlier.applies, sla.policies[index]?.applies ?? {}))
    if (before) {
      yield {
        path: ['sla', 'policies', index],
        message: `${name} can never apply: ${before.name} above it applies to all of it`,
      }
    }
  }
}

type Applies = Configuration['sla']['policies'][number]['applies']

/** Whether every ticket that the second table row would apply to is the first one's. */
function appliesToAllOf(wide: Applies, narrow: Applies): boolean {
  const holds = <T>(
    all: readonly T[] | undefined,
    some: readonly T[] | undefined,
    within: (a: T, b: T) => boolean,
  ): boolean =>
    all === undefined || (some !== undefined && some.every((one) => all.some((other) => within(one, other))))
  const same = <T>(a: T, b: T): boolean => a === b
  return (
    holds(wide.priorities, narrow.priorities, same) &&
    holds(wide.plans, narrow.plans, same) &&
    holds(wide.categories, narrow.categories, (below, above) => covers(above, below))
  )
}
