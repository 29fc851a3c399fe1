import { calendarSchema, weekdays } from '../calendar/calendar.ts'
import { compileCalendar } from '../calendar/compile.ts'
import { categoriesOf } from '../category.ts'
import type { BusinessDays } from '../kernel/time.ts'
import { businessDaysOf, formatDuration, hours } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import { priorities } from '../kernel/values.ts'
import type { BusinessTime } from '../sla/business-time.ts'
import { aroundTheClock, businessTimeOn } from '../sla/business-time.ts'
import type { SlaPolicy, SlaTarget } from '../sla/settings.ts'
import { calendarFor, pausesWhileWaiting, promiseNames, slaTargets } from '../sla/settings.ts'
import { policyFor } from '../sla/terms.ts'
import { targetTime } from '../ticket/targets.ts'
import type { Configuration } from './configuration.ts'
import type { Inconsistency } from './inconsistency.ts'
import { teamHoursOf } from './terms-of.ts'

/** Settings that are valid but probably unintended: where they are, and their consequence. */
export function configurationWarnings(configuration: Configuration): readonly Inconsistency[] {
  return [...lengthenedPromises(configuration), ...lostMinutes(configuration), ...idleSpecialities(configuration)]
}

/**
 * Targets that get more time, or disappear, when the priority of a ticket is raised: each against the nearest lower
 * priority, each pair of policies once.
 */
function* lengthenedPromises(configuration: Configuration): Iterable<Inconsistency> {
  const { categories, plans } = configuration
  const { policies } = configuration.sla
  const compare = comparison(configuration)
  const seen = new Set<string>()
  for (const category of [undefined, ...categoriesOf(categories).keys()]) {
    for (const plan of [undefined, ...plans]) {
      const rows = priorities.map((priority) => policyFor(policies, { category, priority, plan }))
      for (const [index, higher] of rows.entries()) {
        const below = rows.slice(0, index).reverse()
        for (const target of slaTargets) {
          const lower = below.find((row) => row && higher && compare(target, row, higher) !== undefined)
          const message = lower && higher && compare(target, lower, higher)
          const key = `${lower?.name}/${higher?.name}/${target}`
          if (message === undefined || seen.has(key)) continue
          seen.add(key)
          yield {
            path: ['sla', 'policies', policies.findIndex((policy) => policy === higher), promiseNames[target]],
            message: `${message}, for ${whose(category, plan, priorities[index] ?? 'urgent')}`,
          }
        }
      }
    }
  }
}

/** How raising the priority from one policy to another lengthens a target, if it does; each result is computed once. */
function comparison(configuration: Configuration) {
  const results = new Map<string, string | undefined>()
  const isLater = comparedOn(configuration.calendars)
  const deskHours = { teams: teamHoursOf(configuration) }
  const teams = [undefined, ...Object.keys(deskHours.teams)]

  const lengthens = (target: SlaTarget, lower: SlaPolicy, higher: SlaPolicy): string | undefined => {
    const [before, after] = [targetTime(lower, target), targetTime(higher, target)]
    if (before === undefined) return undefined
    const was = promiseInWords(target, lower, before)
    const raised = `a higher priority lengthens the promise: ${was} by ${lower.name}`
    if (after === undefined) return `${raised} becomes nothing by ${higher.name}`
    const becomes = promiseInWords(target, higher, after)
    const calendarsOf = (policy: SlaPolicy) =>
      teams.map((team) => calendarFor(deskHours, policy, { team, level: 1 }, target).calendar)
    const [ofLower, ofHigher] = [calendarsOf(lower), calendarsOf(higher)]
    const pairs = new Map(ofLower.map((calendar, index) => [`${calendar}/${ofHigher[index]}`, index]))
    for (const index of pairs.values()) {
      const [one, other] = [ofHigher[index], ofLower[index]]
      if (isLater({ length: after, calendar: one }, { length: before, calendar: other }))
        return `${raised} becomes ${becomes} by ${higher.name}`
    }
    return pausesWhileWaiting(higher, target) && !pausesWhileWaiting(lower, target)
      ? `${raised} runs on in a wait for the customer, ${becomes} by ${higher.name} does not`
      : undefined
  }

  return (target: SlaTarget, lower: SlaPolicy, higher: SlaPolicy): string | undefined => {
    if (lower === higher) return undefined
    const key = `${target}/${lower.name}/${higher.name}`
    if (!results.has(key)) results.set(key, lengthens(target, lower, higher))
    return results.get(key)
  }
}

/** The start instants for comparing times: each hour of a week of winter and of one of summer. */
const sampled = [Date.UTC(2026, 0, 5), Date.UTC(2026, 6, 6)].flatMap((monday) =>
  Array.from({ length: 7 * 24 }, (_, hour) => monday + hours(hour)),
)

/** From this many business days on, every twelfth instant is compared. */
const manyDays = 60

/** A time and the calendar that it is counted on; around the clock by default. */
type CountedTime = { readonly length: number | BusinessDays; readonly calendar: string | undefined }

/**
 * Whether one time is ever due later than another with the same start, on the usual hours of their calendars, ignoring
 * holidays and exceptions. A time on a calendar that opens on overrides alone counts as later than any on another.
 */
function comparedOn(calendars: Configuration['calendars']): (one: CountedTime, other: CountedTime) => boolean {
  const times = new Map<string, Required<BusinessTime> | undefined>()
  const timeOn = (name: string): Required<BusinessTime> | undefined => {
    if (times.has(name)) return times.get(name)
    const { timeZone, hours: usual, breaks } = calendars[name] ?? {}
    const { success, data } = calendarSchema.safeParse({ timeZone, hours: usual, breaks })
    const time = success ? businessTimeOn(compileCalendar(data)) : undefined
    times.set(name, time)
    return time
  }
  const dues = new Map<string, Map<number, number>>()
  const dueFrom = ({ length, calendar }: CountedTime): ((start: number) => number) => {
    const key = `${length}/${calendar ?? ''}`
    const dueByStart = dues.get(key) ?? new Map<number, number>()
    dues.set(key, dueByStart)
    const time = calendar === undefined ? aroundTheClock : timeOn(calendar)
    const due = (start: number): number =>
      time ? (typeof length === 'number' ? time.add(start, length) : time.addDays(start, daysIn(length))) : Infinity
    return (start) => {
      const dueAt = dueByStart.get(start) ?? due(start)
      dueByStart.set(start, dueAt)
      return dueAt
    }
  }
  return (one, other) => {
    if (one.calendar === other.calendar && typeof one.length === typeof other.length)
      return sizeOf(one.length) > sizeOf(other.length)
    const step = Math.max(daysIn(one.length), daysIn(other.length)) >= manyDays ? 12 : 1
    const [later, sooner] = [dueFrom(one), dueFrom(other)]
    return sampled.some((start, index) => index % step === 0 && later(start) > sooner(start))
  }
}

const daysIn = (length: number | BusinessDays): number => businessDaysOf(length) ?? 0
const sizeOf = (length: number | BusinessDays): number => businessDaysOf(length) ?? Number(length)

/** The text for a policy's promise of a target. */
function promiseInWords(target: SlaTarget, policy: SlaPolicy, time: number | BusinessDays): string {
  const { calendar, calendarOf, calendars } = policy
  const ofTarget = calendars?.[promiseNames[target]]
  const name = ofTarget ?? calendar
  const owned = ofTarget === undefined && calendarOf ? `that of the ${calendarOf}` : undefined
  const on = [name, owned].filter((each) => each !== undefined).join(', or ')
  return `${formatDuration(time)} ${on === '' ? 'around the clock' : `on the calendar ${on}`}`
}

const whose = (category: string | undefined, plan: string | undefined, priority: Priority): string =>
  [category ?? 'tickets without a category', plan && `plan ${plan}`, `priority ${priority}`].filter(Boolean).join(', ')

const weekNames = ['everyDay', 'weekdays', 'weekends', ...weekdays] as const

/** Ranges that end at 23:59, a minute before the day does. */
function* lostMinutes({ calendars }: Pick<Configuration, 'calendars'>): Iterable<Inconsistency> {
  for (const [name, { hours, overrides = [], holidays }] of Object.entries(calendars)) {
    const weeks = [
      { week: hours === 'always' ? {} : hours, path: ['hours'] as readonly (string | number)[] },
      ...overrides.map((override, index) => ({ week: override.hours, path: ['overrides', index, 'hours'] })),
    ]
    const days = weeks.flatMap(({ week, path }) =>
      weekNames.map((day) => ({ ranges: week[day] ?? [], path: [...path, day] as readonly (string | number)[] })),
    )
    days.push({ ranges: holidays?.hours ?? [], path: ['holidays', 'hours'] })
    for (const [index, { hours: ranges = [] }] of (holidays?.days ?? []).entries())
      days.push({ ranges, path: ['holidays', 'days', index, 'hours'] })
    for (const { ranges, path } of days) {
      for (const [index, range] of ranges.entries()) {
        if (!range.endsWith('-23:59')) continue
        const message = `${range} leaves out the last minute of the day: write ${range.slice(0, 6)}24:00`
        yield { path: ['calendars', name, ...path, index], message }
      }
    }
  }
}

/** Specialities of centres that are not categories, so that they match no ticket. */
function* idleSpecialities({
  followTheSun: { centres },
  categories,
}: Pick<Configuration, 'followTheSun' | 'categories'>): Iterable<Inconsistency> {
  const paths = categoriesOf(categories)
  if (paths.size === 0) return
  for (const [index, { specialities }] of centres.entries()) {
    for (const [specialityIndex, speciality] of specialities.entries()) {
      if (paths.has(speciality)) continue
      const path = ['followTheSun', 'centres', index, 'specialities', specialityIndex]
      yield { path, message: `there is no category ${speciality}: no ticket is the speciality's` }
    }
  }
}
