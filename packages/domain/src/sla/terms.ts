import type { Calendar } from '../calendar/spans.ts'
import { covers, forCategory } from '../category.ts'
import type { Instant } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import { priorities } from '../kernel/values.ts'
import type { SupportLevel } from '../level.ts'
import type { BusinessTime } from './business-time.ts'
import { aroundTheClock, businessTimeOn } from './business-time.ts'
import type { ChosenCalendar, DeskHours, SlaPolicy, SlaTarget } from './settings.ts'
import { calendarFor } from './settings.ts'

/** The facts of a ticket that select its SLA policy. */
type Applicant = {
  readonly category: string | undefined
  readonly priority: Priority
  readonly plan: string | undefined
  /** The organisation that the customer belonged to when the ticket was opened. */
  readonly organisationId?: string | undefined
}

/** The facts of a ticket that select its SLA policy, and then the calendar that its time is counted on. */
export type SlaTerms = Applicant & { readonly team: string | undefined; readonly level: SupportLevel }

/** The promises of a desk: the first policy that applies to a ticket is used. */
export type ServiceLevels = DeskHours & {
  readonly policies: readonly SlaPolicy[]
  /** The calendars by name, as compiled by `compileCalendar`, or the business time on them. */
  readonly calendars: Readonly<Record<string, BusinessTime | Calendar>>
  /** The team that tickets of a category are escalated to, by the category's path; a category covers its subcategories. */
  readonly escalationTeams?: Readonly<Record<string, string>>
}

/** A policy as it applies to a ticket, with its calendar and the calendar's owner. */
export type SlaInForce = ChosenCalendar & {
  readonly policy: SlaPolicy
  readonly time: BusinessTime
  readonly escalateTo: string
}

/**
 * The policy that applies to a ticket on these terms: the first one in the table, undefined when none does.
 * @param target the target whose time is computed, which may have a calendar of its own.
 * @throws RangeError when its calendar is missing.
 */
export function slaFor(levels: ServiceLevels, terms: SlaTerms, target?: SlaTarget): SlaInForce | undefined {
  const policy = policyFor(levels.policies, terms)
  return policy && slaOn(levels, policy, calendarFor(levels, policy, terms, target), terms.category)
}

/**
 * A policy of the table as it applies to tickets of a category on a calendar, whether or not an earlier one applies
 * too.
 * @throws RangeError when the calendar is missing.
 */
export function slaOn(
  levels: ServiceLevels,
  policy: SlaPolicy,
  chosen: ChosenCalendar,
  category: string | undefined,
): SlaInForce {
  const { calendars } = levels
  const calendar = chosen.calendar === undefined ? aroundTheClock : calendars[chosen.calendar]
  if (!calendar) {
    throw new RangeError(
      `time of the SLA policy ${policy.name} passes on a calendar that is not there: ${chosen.calendar}`,
    )
  }
  const time = 'between' in calendar ? calendar : businessTimeOn(calendar)
  return { policy, ...chosen, time, escalateTo: escalationTeamOf(levels, category) ?? policy.escalateTo }
}

/** The team to which tickets of a category are escalated: that of the closest category which has one. */
export const escalationTeamOf = (
  { escalationTeams = {} }: Pick<ServiceLevels, 'escalationTeams'>,
  category: string | undefined,
): string | undefined => forCategory(escalationTeams, category)

/** The first policy of a table that applies on these terms. */
export const policyFor = <P extends Pick<SlaPolicy, 'applies'>>(
  policies: readonly P[],
  terms: Applicant,
): P | undefined => policies.find(({ applies }) => appliesTo(applies, terms))

function appliesTo(
  { categories, priorities, plans, organisations }: SlaPolicy['applies'],
  { category, priority, plan, organisationId }: Applicant,
): boolean {
  return (
    (priorities?.includes(priority) ?? true) &&
    (plans === undefined || (plan !== undefined && plans.includes(plan))) &&
    (organisations === undefined || (organisationId !== undefined && organisations.includes(organisationId))) &&
    (categories === undefined || (category !== undefined && categories.some((above) => covers(above, category))))
  )
}

/** A combination of the facts that select a policy. */
type Combination = {
  readonly category: string | undefined
  readonly priority: Priority
  readonly plan: string | undefined
}

/**
 * The combinations of category, priority and plan that no policy of a table applies to, in order; tickets without a
 * category or a plan are included.
 */
export function* uncoveredTerms(
  policies: readonly SlaPolicy[],
  categories: readonly string[],
  plans: readonly string[],
): Generator<Combination> {
  if (
    policies.some(
      ({ applies: { categories: some, priorities: pressing, plans: paying, organisations } }) =>
        !some && !pressing && !paying && !organisations,
    )
  )
    return
  for (const terms of combinations(categories, plans)) if (!policyFor(policies, terms)) yield terms
}

/**
 * The policies of a table that apply to some combination of category, priority and plan before which no earlier row
 * does; those of organisations, to one of them.
 */
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
  for (const policy of policies) {
    for (const organisationId of policy.applies.organisations ?? []) {
      for (const terms of combinations(categories, plans)) {
        if (policyFor(policies, { ...terms, organisationId }) !== policy) continue
        reached.add(policy)
        break
      }
      if (reached.has(policy)) break
    }
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

/**
 * The kinds of changes that a target may follow from: the ticket's own terms, the configuration, or the arrival of the
 * ticket or of a question at the desk after its customer began to wait.
 */
export const termsChanges = [
  'priority',
  'category',
  'classification',
  'plan',
  'team',
  'level',
  'split',
  'merge',
  'opening',
  'configuration',
] as const

/** A change before which nothing falls due under the terms in force since. */
export type TermsChange = { readonly at: Instant; readonly change: (typeof termsChanges)[number] }
