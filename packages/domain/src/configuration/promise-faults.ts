import { covers } from '../category/path.ts'
import { categoriesOf } from '../category/tree.ts'
import { reachedPolicies, uncoveredTerms } from '../sla/coverage.ts'
import type { SlaPolicy } from '../sla/settings.ts'
import { promiseNames } from '../sla/settings.ts'
import type { SlaTarget } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { Configuration } from './configuration.ts'
import type { Inconsistency } from './consistency.ts'

/** Policies that promise nothing without saying so, and categories without any policy. */
export function* unsaidPromises({
  sla,
  categories,
}: Pick<Configuration, 'sla' | 'categories'>): Iterable<Inconsistency> {
  if (sla.policies.length === 0 && categories.length > 0) {
    const message =
      'no policy applies to the categories: end the table with one for all, though it say promises: nothing'
    yield { path: ['sla', 'policies'], message }
  }
  for (const [index, policy] of sla.policies.entries()) {
    if (promisesAnything(policy) === (policy.promises === undefined)) continue
    const message = policy.promises
      ? 'says nothing, but there are promises beside it: leave one of them out'
      : 'promises nothing: give it a firstResponse, nextResponse, resolution or update, or say promises: nothing'
    yield { path: ['sla', 'policies', index, ...(policy.promises ? ['promises'] : [])], message }
  }
}

/** A promise around the clock, of a desk with centres of which none is said to be there around the clock. */
export function* unmannedClocks({
  sla,
  calendars,
  followTheSun: { centres, aroundTheClock },
}: Pick<Configuration, 'sla' | 'calendars' | 'followTheSun'>): Iterable<Inconsistency> {
  if (centres.length === 0 || aroundTheClock.length > 0) return
  const policy = sla.policies.find((each) =>
    promisedTargets(each).some((target) => countsAroundTheClock(each, calendars, target)),
  )
  if (!policy) return
  const message =
    `names no centre, but the time of the SLA policy ${policy.name} passes around the clock: ` +
    'name the centres that are there at every hour together, or give the policy a calendar'
  yield { path: ['followTheSun', 'aroundTheClock'], message }
}

/** Tickets that no policy applies to, and policies that apply to none. */
export function* coverage({
  sla,
  categories,
  plans,
}: Pick<Configuration, 'sla' | 'categories' | 'plans'>): Iterable<Inconsistency> {
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
  const named = (names: readonly string[], by: 'categories' | 'plans'): readonly string[] => [
    ...new Set([...names, ...sla.policies.flatMap(({ applies }) => applies[by] ?? [])]),
  ]
  const all = named([...categoriesOf(categories).keys()], 'categories')
  const reached = reachedPolicies(sla.policies, all, named(plans, 'plans'))
  for (const [index, policy] of sla.policies.entries()) {
    const before = sla.policies.slice(0, index).find((earlier) => appliesToAllOf(earlier.applies, policy.applies))
    if (!before && (reached.has(policy) || appliesToAllOf(policy.applies, {}))) continue
    const whose = before ? `${before.name} above it applies to all of it` : 'the policies above it take all its tickets'
    yield { path: ['sla', 'policies', index], message: `${policy.name} can never apply: ${whose}` }
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

const promisedTargets = (policy: SlaPolicy): readonly SlaTarget[] =>
  slaTargets.filter((target) => policy[promiseNames[target]] !== undefined)

const promisesAnything = (policy: SlaPolicy): boolean => promisedTargets(policy).length > 0

/** Whether a target's time passes around the clock under a policy: on no calendar, or on one that is always open. */
export function countsAroundTheClock(
  { calendar: ofPolicy, calendarOf, calendars: own }: SlaPolicy,
  calendars: Configuration['calendars'],
  target: SlaTarget,
): boolean {
  const ofTarget = own?.[promiseNames[target]]
  if (ofTarget === undefined && calendarOf !== undefined) return false
  const calendar = ofTarget ?? ofPolicy
  if (calendar === undefined) return true
  const { hours, timeZone: _, ...exceptions } = calendars[calendar] ?? {}
  return hours === 'always' && Object.values(exceptions).every((each) => each === undefined)
}
