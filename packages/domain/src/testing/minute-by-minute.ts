import type { CalendarDefinition, PublicHolidays, Week } from '../calendar/calendar.ts'
import { days, minutes } from '../kernel/time.ts'

/** A calendar that was evaluated at each minute of a period; all instants in milliseconds since 1970. */
export type MinuteByMinute = {
  readonly isOpen: (at: number) => boolean
  readonly between: (from: number, to: number) => number
  /** Undefined when the time does not elapse before the last minute of the period. */
  readonly add: (from: number, milliseconds: number) => number | undefined
}

/**
 * A slow computation of business time, to check the fast one against: at each real minute it evaluates the calendar's
 * definition at the local date and time. A repeated minute of the clock counts as the last minute before the clock went
 * back.
 * @param from where the minutes start, in milliseconds since 1970: the start of a minute.
 * @param to where they end.
 * @param counts leaves a minute out, as a pause does; all count by default.
 */
export function minuteByMinute(
  definition: CalendarDefinition,
  publicHolidays: PublicHolidays,
  { from, to, counts = () => true }: { from: number; to: number; counts?: (minute: number) => boolean },
): MinuteByMinute {
  const isOpenAt = rulesOf(definition, publicHolidays)
  const open = localTimes(definition.timeZone, from, to).map(
    (local, index) => counts(from + minutes(index)) && isOpenAt(local),
  )
  const isOpen = (at: number): boolean => open[Math.floor((at - from) / minutes(1))] ?? false
  const step = (at: number): number => Math.floor(at / minutes(1)) * minutes(1) + minutes(1)
  return {
    isOpen,
    between: (start, end) => {
      let sum = 0
      for (let at = start; at < end; at = step(at)) if (isOpen(at)) sum += Math.min(step(at), end) - at
      return sum
    },
    add: (start, milliseconds) => {
      let left = milliseconds
      if (left === 0) return start
      for (let at = start; at < to; at = step(at)) {
        if (!isOpen(at)) continue
        if (left <= step(at) - at) return at + left
        left -= step(at) - at
      }
      return undefined
    },
  }
}

const shown = new Map<string, readonly string[]>()

/** The latest local date and time that the clock has shown up to each minute; kept, as they do not depend on hours. */
function localTimes(timeZone: string, from: number, to: number): readonly string[] {
  const key = `${timeZone} ${from} ${to}`
  const known = shown.get(key)
  if (known) return known
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  const times: string[] = []
  let reached = ''
  for (let minute = from - days(2); minute < to; minute += minutes(1)) {
    const now = clock.format(minute)
    if (now > reached) reached = now
    if (minute >= from) times.push(reached)
  }
  shown.set(key, times)
  return times
}

/** Whether it is open at a local date and time, such as `2026-03-29 14:00`. */
type Rules = (local: string) => boolean

type Range = { readonly start: string; readonly end: string }

function rulesOf({ hours, holidays, overrides, breaks, closures }: CalendarDefinition, tables: PublicHolidays): Rules {
  const usual = hours === 'always' ? { everyDay: ['00:00-24:00'] } : hours
  const rangesOn = (date: string): readonly string[] => {
    const own = holidays?.days?.find((day) => day.date === date)
    if (own) return own.hours ?? []
    const isPublic = holidays?.countries?.some((country) => tables[country]?.some((day) => day.date === date))
    if (isPublic) return holidays?.hours ?? []
    return onWeekday(overrides?.find(({ from, to }) => from <= date && date <= to)?.hours ?? usual, date)
  }
  const breaksOn = (date: string) => onWeekday(breaks ?? {}, date)
  const closed = (closures ?? []).map((closure) => ({
    from: closure.from.replace('T', ' '),
    to: closure.to.replace('T', ' '),
  }))
  const dates = new Map<string, { readonly hours: During; readonly breaks: During }>()
  return (local) => {
    if (closed.some(({ from, to }) => from <= local && local < to)) return false
    const [date, time] = [local.slice(0, 10), local.slice(11)]
    const on = dates.get(date) ?? { hours: during(rangesOn, date), breaks: during(breaksOn, date) }
    dates.set(date, on)
    return on.hours(time) && !on.breaks(time)
  }
}

type During = (time: string) => boolean

/** Whether a time of a date is in the ranges of that date, or in those that reach over from the date before. */
function during(rangesOn: (date: string) => readonly string[], date: string): During {
  const today = rangesOn(date).map(rangeOf)
  const yesterday = rangesOn(dayBefore(date)).map(rangeOf)
  return (time) => today.some((range) => holds(range, time)) || yesterday.some((range) => reachesOver(range, time))
}

function rangeOf(written: string): Range {
  const [start = '', end = ''] = written.split('-')
  return { start, end }
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

function onWeekday(week: Week, date: string): readonly string[] {
  const weekday = weekdays[new Date(date).getUTCDay()] ?? 'sunday'
  const shorthand = weekday === 'saturday' || weekday === 'sunday' ? week.weekends : week.weekdays
  return week[weekday] ?? shorthand ?? week.everyDay ?? []
}

/** Whether a time of a range's own date is in it. */
const holds = ({ start, end }: Range, time: string): boolean => start <= time && (time < end || end < start)

/** Whether a time of the next date is in a range. */
const reachesOver = ({ start, end }: Range, time: string): boolean => end < start && time < end

const dayBefore = (date: string): string => new Date(Date.parse(date) - days(1)).toISOString().slice(0, 10)
