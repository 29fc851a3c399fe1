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
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: definition.timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  })
  const rules = rulesOf(definition, publicHolidays)
  const open: boolean[] = []
  let reached = ''
  for (let minute = from - days(2); minute < to; minute += minutes(1)) {
    const shown = clock.format(minute)
    if (shown > reached) reached = shown
    if (minute >= from) open.push(counts(minute) && rules(reached.slice(0, 10), reached.slice(11)))
  }
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

type Rules = (date: string, time: string) => boolean

function rulesOf({ hours, holidays, overrides, breaks, closures }: CalendarDefinition, tables: PublicHolidays): Rules {
  const usual = hours === 'always' ? { everyDay: ['00:00-24:00'] } : hours
  const rangesOn = (date: string): readonly string[] => {
    const own = holidays?.days?.find((day) => day.date === date)
    if (own) return own.hours ?? []
    const isPublic = holidays?.countries?.some((country) => tables[country]?.some((day) => day.date === date))
    if (isPublic) return holidays?.hours ?? []
    return onWeekday(overrides?.find(({ from, to }) => from <= date && date <= to)?.hours ?? usual, date)
  }
  return (date, time) => {
    if (closures?.some(({ from, to }) => from <= `${date}T${time}` && `${date}T${time}` < to)) return false
    const during = (ranges: (date: string) => readonly string[]) =>
      ranges(date).some((range) => holds(range, time)) ||
      ranges(dayBefore(date)).some((range) => reachesOver(range, time))
    return during(rangesOn) && !during((day) => onWeekday(breaks ?? {}, day))
  }
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

function onWeekday(week: Week, date: string): readonly string[] {
  const weekday = weekdays[new Date(date).getUTCDay()] ?? 'sunday'
  const shorthand = weekday === 'saturday' || weekday === 'sunday' ? week.weekends : week.weekdays
  return week[weekday] ?? shorthand ?? week.everyDay ?? []
}

/** Whether a time of a range's own date is in it. */
const holds = (range: string, time: string): boolean => {
  const [start = '', end = ''] = range.split('-')
  return start <= time && (time < end || end < start)
}

/** Whether a time of the next date is in a range. */
const reachesOver = (range: string, time: string): boolean => {
  const [start = '', end = ''] = range.split('-')
  return end < start && time < end
}

const dayBefore = (date: string): string => new Date(Date.parse(date) - days(1)).toISOString().slice(0, 10)
