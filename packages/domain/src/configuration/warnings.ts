import { categoriesOf } from '../category/tree.ts'
import { weekdays } from '../calendar/week.ts'
import type { Priority } from '../kernel/priority.ts'
import { priorities } from '../kernel/priority.ts'
import { businessDaysOf, formatDuration } from '../kernel/duration.ts'
import { days } from '../kernel/instant.ts'
import type { SlaPolicy } from '../sla/settings.ts'
import { promiseNames } from '../sla/settings.ts'
import type { SlaTarget } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import { policyFor } from '../sla/terms.ts'
import { targetTime } from '../ticket/target-deadlines.ts'
import type { Configuration } from './configuration.ts'
import type { Inconsistency } from './consistency.ts'
import { countsAroundTheClock } from './promise-faults.ts'

/** What can be applied and is hardly meant: where a configuration says it, and what comes of it. */
export function configurationWarnings(configuration: Configuration): readonly Inconsistency[] {
  return [...lengthenedPromises(configuration), ...lostMinutes(configuration), ...idleSpecialities(configuration)]
}

/** Targets that a ticket is given more time for, or loses, when its priority is raised; each pair of policies once. */
function* lengthenedPromises({
  sla: { policies },
  categories,
  plans,
  calendars,
}: Pick<Configuration, 'sla' | 'categories' | 'plans' | 'calendars'>): Iterable<Inconsistency> {
  const seen = new Set<string>()
  for (const category of [undefined, ...categoriesOf(categories).keys()]) {
    for (const plan of [undefined, ...plans]) {
      const inTurn = priorities.map((priority) => ({
        priority,
        policy: policyFor(policies, { category, priority, plan }),
      }))
      for (const [index, higher] of inTurn.entries()) {
        const lower = inTurn[index - 1]
        if (!lower?.policy || !higher.policy || lower.policy === higher.policy) continue
        for (const target of slaTargets) {
          const message = lengthened(target, lower.policy, higher.policy, calendars)
          const key = `${lower.policy.name}/${higher.policy.name}/${target}`
          if (message === undefined || seen.has(key)) continue
          seen.add(key)
          yield {
            path: ['sla', 'policies', policies.findIndex((policy) => policy === higher.policy), promiseNames[target]],
            message: `${message}, for ${whose(category, plan, higher.priority)}`,
          }
        }
      }
    }
  }
}

/** How a raise of the priority lengthens a target, if it does at any hour; business days are told from hours around the clock alone. */
function lengthened(
  target: SlaTarget,
  lower: SlaPolicy,
  higher: SlaPolicy,
  calendars: Configuration['calendars'],
): string | undefined {
  const before = promiseOn(target, lower, calendars)
  const after = promiseOn(target, higher, calendars)
  if (!before) return undefined
  const longer =
    !after || (before.unit === after.unit && after.length > before.length) || (before.always && !after.always)
  return longer
    ? `a higher priority lengthens the promise: ${before.text} by ${lower.name} becomes ${after?.text ?? 'nothing'} by ${higher.name}`
    : undefined
}

/** What a policy promises of a target, as far as promises can be compared. */
function promiseOn(target: SlaTarget, policy: SlaPolicy, calendars: Configuration['calendars']) {
  const time = targetTime(policy, target)
  if (time === undefined) return undefined
  const always = countsAroundTheClock(policy, calendars, target)
  const inDays = businessDaysOf(time)
  const length = typeof time === 'number' ? time : always ? days(inDays ?? 0) : (inDays ?? 0)
  const { calendar, calendarOf } = policy
  const on = policy.calendars?.[promiseNames[target]] ?? calendar ?? (calendarOf && `that of the ${calendarOf}`)
  const text = `${formatDuration(time)} ${on === undefined ? 'around the clock' : `on the calendar ${on}`}`
  return { always, length, unit: inDays === undefined || always ? 'ms' : 'days', text }
}

const whose = (category: string | undefined, plan: string | undefined, priority: Priority): string =>
  [category ?? 'tickets without a category', plan && `plan ${plan}`, `priority ${priority}`].filter(Boolean).join(', ')

/** Ranges that end at 23:59, a minute before the day does. */
function* lostMinutes({ calendars }: Pick<Configuration, 'calendars'>): Iterable<Inconsistency> {
  for (const [name, { hours, overrides = [] }] of Object.entries(calendars)) {
    const weeks = [
      { week: hours === 'always' ? {} : hours, path: ['hours'] as readonly (string | number)[] },
      ...overrides.map((override, index) => ({ week: override.hours, path: ['overrides', index, 'hours'] })),
    ]
    for (const { week, path } of weeks) {
      for (const day of ['everyDay', 'weekdays', 'weekends', ...weekdays] as const) {
        for (const [place, range] of (week[day] ?? []).entries()) {
          if (!range.endsWith('-23:59')) continue
          const message = `${range} leaves out the last minute of the day: write ${range.slice(0, 6)}24:00`
          yield { path: ['calendars', name, ...path, day, place], message }
        }
      }
    }
  }
}

/** Specialities of centres that are no categories, so that no ticket is theirs. */
function* idleSpecialities({
  followTheSun: { centres },
  categories,
}: Pick<Configuration, 'followTheSun' | 'categories'>): Iterable<Inconsistency> {
  const paths = categoriesOf(categories)
  if (paths.size === 0) return
  for (const [index, { specialities }] of centres.entries()) {
    for (const [place, speciality] of specialities.entries()) {
      if (paths.has(speciality)) continue
      const path = ['followTheSun', 'centres', index, 'specialities', place]
      yield { path, message: `there is no category ${speciality}: no ticket is the speciality's` }
    }
  }
}
