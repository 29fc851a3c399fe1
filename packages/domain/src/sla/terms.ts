import type { Priority } from '../kernel/priority.ts'
import type { BusinessTime } from './business-time.ts'
import { aroundTheClock } from './business-time.ts'
import type { SlaPolicy } from './settings.ts'

/** What an SLA policy is chosen by. */
export type SlaTerms = {
  readonly category: string | undefined
  readonly priority: Priority
  readonly plan: string | undefined
}

/** The promises of a desk: the first policy that applies to a ticket is its own. */
export type ServiceLevels = {
  readonly policies: readonly SlaPolicy[]
  /** How time passes on each calendar that the policies name. */
  readonly calendars: Readonly<Record<string, BusinessTime>>
  /** The team that tickets of a category are escalated to, by the category's path; a category covers its subcategories. */
  readonly escalationTeams?: Readonly<Record<string, string>>
}

/** A policy as it applies to a ticket. */
export type SlaInForce = { readonly policy: SlaPolicy; readonly time: BusinessTime; readonly escalateTo: string }

/** The policy that applies to a ticket on these terms: the first one in the table, undefined when none does. */
export function slaFor(
  { policies, calendars, escalationTeams = {} }: ServiceLevels,
  terms: SlaTerms,
): SlaInForce | undefined {
  const policy = policies.find(({ applies }) => appliesTo(applies, terms))
  if (!policy) return undefined
  const time = policy.calendar === undefined ? aroundTheClock : calendars[policy.calendar]
  if (!time)
    throw new RangeError(`the SLA policy ${policy.name} names a calendar that is not there: ${policy.calendar}`)
  const team =
    terms.category === undefined ? undefined : ancestors(terms.category).find((path) => escalationTeams[path])
  return { policy, time, escalateTo: (team && escalationTeams[team]) ?? policy.escalateTo }
}

function appliesTo(
  { categories, priorities, plans }: SlaPolicy['applies'],
  { category, priority, plan }: SlaTerms,
): boolean {
  return (
    (priorities?.includes(priority) ?? true) &&
    (plans === undefined || (plan !== undefined && plans.includes(plan))) &&
    (categories === undefined ||
      (category !== undefined && ancestors(category).some((path) => categories.includes(path))))
  )
}

/** A category and those above it, the closest first. */
export function ancestors(path: string): readonly string[] {
  const cut = path.lastIndexOf('/')
  return cut < 0 ? [path] : [path, ...ancestors(path.slice(0, cut))]
}
