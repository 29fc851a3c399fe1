import { days } from '../kernel/instant.ts'
import type { CalendarDefinition, PublicHolidays } from './calendar.ts'
import { datesOf, wallTime, wholeWeek } from './calendar.ts'
import type { Window } from './range.ts'
import { windowOf } from './range.ts'
import { windowsByDay } from './week.ts'

/** The windows that start on a date, which is counted in days since 1970, in milliseconds since its midnight. */
export type WindowsOn = (date: number) => readonly Window[]

/** The usual hours, the overrides before them, public holidays before these, and holidays of one's own before all. */
export function hoursOn(definition: CalendarDefinition, publicHolidays: PublicHolidays): WindowsOn {
  const { hours, holidays, overrides = [] } = definition
  const usual = onWeekdays(hours === 'always' ? wholeWeek : hours)
  const replaced = overrides.map((each) => ({ ...datesOf(each), windowsOn: onWeekdays(each.hours) }))
  const holiday = new Map<number, readonly Window[]>()
  const limited = (holidays?.hours ?? []).map(windowOf)
  for (const country of holidays?.countries ?? []) {
    for (const { date } of tableOf(country, publicHolidays)) holiday.set(dayOf(date), limited)
  }
  for (const { date, hours = [] } of holidays?.days ?? []) holiday.set(dayOf(date), hours.map(windowOf))
  return (date) => {
    const inForce = replaced.find(({ start, end }) => days(date) >= start && days(date) < end)?.windowsOn ?? usual
    return holiday.get(date) ?? inForce(date)
  }
}

/** The windows of each date by its weekday. */
export function onWeekdays(week: Parameters<typeof windowsByDay>[0]): WindowsOn {
  const byDay = windowsByDay(week)
  return (date) => byDay[(((date + daysFromMondayTo1970) % 7) + 7) % 7] ?? []
}

const daysFromMondayTo1970 = 3

/** The end of the last date that a calendar names, or that a table of its countries does; in milliseconds since 1970. */
export function lastNamedDate(definition: CalendarDefinition, publicHolidays: PublicHolidays): number {
  const { holidays, overrides = [], closures = [] } = definition
  const dates = [
    ...(holidays?.countries ?? []).flatMap((country) => tableOf(country, publicHolidays)),
    ...(holidays?.days ?? []),
  ].map(({ date }) => date)
  const last = [...dates, ...overrides.map(({ to }) => to), ...closures.map(({ to }) => to.slice(0, 10))].sort().at(-1)
  return last === undefined ? 0 : wallTime(`${last}T00:00`) + days(1)
}

function tableOf(country: string, publicHolidays: PublicHolidays) {
  const table = publicHolidays[country]
  if (!table) throw new RangeError(`no table of the public holidays of ${country}`)
  return table
}

const dayOf = (date: string): number => wallTime(`${date}T00:00`) / days(1)
