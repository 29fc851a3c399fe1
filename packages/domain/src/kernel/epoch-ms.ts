import type { Instant } from './instant.ts'

/** What `Date` does too, at several times the speed: deadlines are computed in numbers and written as text. */

const dayMs = 86_400_000
/** In the calendar's arithmetic a year starts with March, and 400 of them with day 0, the first of March of the year 0. */
const daysOf400Years = 146_097
const daysUntil1970 = 719_468

/** The milliseconds since 1970 of a canonical instant; of any other text they mean nothing. */
export function toEpochMs(at: Instant): number {
  const month = two(at, 5)
  const year = two(at, 0) * 100 + two(at, 2) - (month > 2 ? 0 : 1)
  const monthsSinceMarch = month > 2 ? month - 3 : month + 9
  const dayOfYear = ((153 * monthsSinceMarch + 2) / 5) | 0
  const leapDays = ((year / 4) | 0) - ((year / 100) | 0) + ((year / 400) | 0)
  const day = year * 365 + leapDays + dayOfYear + two(at, 8) - 1 - daysUntil1970
  const seconds = (two(at, 11) * 60 + two(at, 14)) * 60 + two(at, 17)
  return day * dayMs + seconds * 1_000 + two(at, 20) * 10 + at.charCodeAt(22) - zero
}

/** The instant of milliseconds since 1970 in the years 1000 to 8999; fractions are dropped. */
export function fromEpochMs(ms: number): Instant {
  const day = Math.floor(ms / dayMs)
  const dayOf400 = (day + daysUntil1970) % daysOf400Years
  const yearOf400 =
    ((dayOf400 - ((dayOf400 / 1_460) | 0) + ((dayOf400 / 36_524) | 0) - ((dayOf400 / 146_096) | 0)) / 365) | 0
  const dayOfYear = dayOf400 - (365 * yearOf400 + ((yearOf400 / 4) | 0) - ((yearOf400 / 100) | 0))
  const monthsSinceMarch = ((5 * dayOfYear + 2) / 153) | 0
  const date = dayOfYear - (((153 * monthsSinceMarch + 2) / 5) | 0) + 1
  const month = monthsSinceMarch < 10 ? monthsSinceMarch + 3 : monthsSinceMarch - 9
  const year = yearOf400 + (((day + daysUntil1970) / daysOf400Years) | 0) * 400 + (month < 3 ? 1 : 0)
  return digits(year, month, date, (ms - day * dayMs) | 0)
}

function digits(year: number, month: number, date: number, msOfDay: number): Instant {
  const [century, yy] = [(year / 100) | 0, year % 100]
  const seconds = (msOfDay / 1_000) | 0
  const [minutes, ss, ms] = [(seconds / 60) | 0, seconds % 60, msOfDay % 1_000]
  const [hh, mm, cs] = [(minutes / 60) | 0, minutes % 60, (ms / 10) | 0]
  // prettier-ignore
  return String.fromCharCode(
    ten(century), one(century), ten(yy), one(yy), 45, ten(month), one(month), 45, ten(date), one(date), 84,
    ten(hh), one(hh), 58, ten(mm), one(mm), 58, ten(ss), one(ss), 46, ten(cs), one(cs), one(ms), 90,
  ) as Instant
}

const zero = 48
const ten = (n: number): number => zero + ((n / 10) | 0)
const one = (n: number): number => zero + (n % 10)
const two = (text: string, place: number): number =>
  (text.charCodeAt(place) - zero) * 10 + text.charCodeAt(place + 1) - zero
