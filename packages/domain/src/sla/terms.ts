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

/** What an SLA policy is chosen by. */
type Applicant = {
  readonly category: string | undefined
  readonly priority: Priority
  readonly plan: string | undefined
}

/** What an SLA policy is chosen by, and then the calendar that its time passes on. */
export type SlaTerms = Applicant & { readonly team: string | undefined; readonly level: SupportLevel }

/** The promises of a desk: the first policy that applies to a ticket is its own. */
export type ServiceLevels = DeskHours & {
  readonly policies: readonly SlaPolicy[]
  /** The calendars by name, as `compileCalendar` makes them, or how time passes on them. */
  readonly calendars: Readonly<Record<string, BusinessTime | Calendar>>
  /** The team that tickets of a category are escalated to, by the category's path; a category covers its subcategories. */
  readonly escalationTeams?: Readonly<Record<string, string>>
}

/** A policy as it applies to a ticket: on which calendar, and whose that is. */
export type SlaInForce = ChosenCalendar & {
  readonly policy: SlaPolicy
  readonly time: BusinessTime
  readonly escalateTo: string
}

/**
 * The policy that applies to a ticket on these terms: the first one in the table, undefined when none does.
 * @param target the one whose time it is asked for, which may have a calendar of its own.
 * @throws RangeError when the calendar that counts is not there.
 */
export function slaFor(levels: ServiceLevels, terms: SlaTerms, target?: SlaTarget): SlaInForce | undefined {
  const policy = policyFor(levels.policies, terms)
  return policy && slaOn(levels, policy, calendarFor(levels, policy, terms, target), terms.category)
}

/**
 * A policy of the table as it applies to tickets of a category on a calendar, whether or not another stands above it.
 * @throws RangeError when the calendar is not there.
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

/** The team that tickets of a category are escalated to: that of the closest category which has one. */
export const escalationTeamOf = (
  { escalationTeams = {} }: Pick<ServiceLevels, 'escalationTeams'>,
  category: string | undefined,
): string | undefined => forCategory(escalationTeams, category)

/** The first policy of a table that applies on these terms. */
export const policyFor = (policies: readonly SlaPolicy[], terms: Applicant): SlaPolicy | undefined =>
  policies.find(({ applies }) => appliesTo(applies, terms))

function appliesTo(
  { categories, priorities, plans }: SlaPolicy['applies'],
  { category, priority, plan }: Applicant,
): boolean {
  return (
    (priorities?.includes(priority) ?? true) &&
    (plans === undefined || (plan !== undefined && plans.includes(plan))) &&
    (categories === undefined || (category !== undefined && categories.some((above) => covers(above, category))))
  )
}

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

/**
 * What may have changed that a target follows from: the ticket's own terms, the configuration, or that the ticket, or the question that
 * is to be answered, has come to the desk later than its customer has waited.
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

/** A change before which nothing falls due by what holds since. */
export type TermsChange = { readonly at: Instant; readonly change: (typeof termsChanges)[number] }
