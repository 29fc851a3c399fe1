import { categoriesOf } from '../category/tree.ts'
import { weekdays } from '../calendar/week.ts'
import type { Priority } from '../kernel/priority.ts'
import { priorities } from '../kernel/priority.ts'
import { formatDuration } from '../kernel/duration.ts'
import type { SlaPolicy } from '../sla/settings.ts'
import { policyFor } from '../sla/terms.ts'
import type { Configuration } from './configuration.ts'
import type { Inconsistency } from './consistency.ts'

const targets = ['firstResponse', 'nextResponse', 'resolution', 'update'] as const
type Target = (typeof targets)[number]

/** What can be applied and is hardly meant: where a configuration says it, and what comes of it. */
export function configurationWarnings(configuration: Configuration): readonly Inconsistency[] {
  return [...lengthenedPromises(configuration), ...lostMinutes(configuration)]
}

/** Targets that a ticket is given more time for, or loses, when its priority is raised; each pair of policies once. */
function* lengthenedPromises({
  sla: { policies },
  categories,
  plans,
}: Pick<Configuration, 'sla' | 'categories' | 'plans'>): Iterable<Inconsistency> {
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
        for (const target of targets) {
          const message = lengthened(target, lower.policy, higher.policy)
          const key = `${lower.policy.name}/${higher.policy.name}/${target}`
          if (message === undefined || seen.has(key)) continue
          seen.add(key)
          yield {
            path: ['sla', 'policies', policies.findIndex((policy) => policy === higher.policy), target],
            message: `${message}, for ${whose(category, plan, higher.priority)}`,
          }
        }
      }
    }
  }
}

/** How a raise of the priority lengthens a target, if it does at any hour. */
function lengthened(target: Target, lower: SlaPolicy, higher: SlaPolicy): string | undefined {
  const [before, after] = [lower[target], higher[target]]
  if (before === undefined) return undefined
  const [was, is] = [said(before, lower), after === undefined ? 'nothing' : said(after, higher)]
  const longer = after === undefined || after > before || (countsAlways(lower) && !countsAlways(higher))
  return longer
    ? `a higher priority lengthens the promise: ${was} by ${lower.name} becomes ${is} by ${higher.name}`
    : undefined
}

const countsAlways = ({ calendar, calendarOf }: SlaPolicy): boolean =>
  calendar === undefined && calendarOf === undefined

const said = (duration: number, { calendar, calendarOf }: SlaPolicy): string => {
  const on = calendar ?? (calendarOf && `that of the ${calendarOf}`)
  return `${formatDuration(duration)} ${on === undefined ? 'around the clock' : `on the calendar ${on}`}`
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
