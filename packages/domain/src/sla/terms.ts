import { covers, forCategory } from '../category/path.ts'
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
export function slaFor(levels: ServiceLevels, terms: SlaTerms): SlaInForce | undefined {
  const { policies, calendars } = levels
  const policy = policies.find(({ applies }) => appliesTo(applies, terms))
  if (!policy) return undefined
  const time = policy.calendar === undefined ? aroundTheClock : calendars[policy.calendar]
  if (!time)
    throw new RangeError(`the SLA policy ${policy.name} names a calendar that is not there: ${policy.calendar}`)
  return { policy, time, escalateTo: escalationTeamOf(levels, terms.category) ?? policy.escalateTo }
}

/** The team that tickets of a category are escalated to: that of the closest category which has one. */
export const escalationTeamOf = (
  { escalationTeams = {} }: Pick<ServiceLevels, 'escalationTeams'>,
  category: string | undefined,
): string | undefined => forCategory(escalationTeams, category)

function appliesTo(
  { categories, priorities, plans }: SlaPolicy['applies'],
  { category, priority, plan }: SlaTerms,
): boolean {
  return (
    (priorities?.includes(priority) ?? true) &&
    (plans === undefined || (plan !== undefined && plans.includes(plan))) &&
    (categories === undefined || (category !== undefined && categories.some((above) => covers(above, category))))
  )
}
