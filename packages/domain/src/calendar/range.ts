import { z } from 'zod'
import { hours, minutes } from '../kernel/instant.ts'

/** Local time between two wall times, half open, in milliseconds; what they count from is said where one is used. */
export type Window = { readonly start: number; readonly end: number }

const pattern = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/

/** A range of local time: `08:00-12:00`; `21:00-02:00` ends on the next day, `00:00-24:00` is the whole day. */
const rangeSchema = z
  .string()
  .max(20)
  .regex(pattern, 'must be a range of local time such as 08:00-12:00, or 21:00-02:00 into the next day')
  .refine(
    (range) => range.slice(0, 5) !== range.slice(6),
    'ends when it starts: write 00:00-24:00 for the whole day, or leave the range out',
  )

/** The windows of one date, each of which starts on it. They do not overlap. */
export const rangesSchema = z
  .array(rangeSchema)
  .refine((ranges) => ranges.length <= 24, 'must have 24 ranges at most')
  .superRefine((ranges, context) => {
    const fault = firstOverlap(ranges.filter(isRange).map((range) => ({ range, ...windowOf(range) })))
    if (!fault) return
    const path = [ranges.indexOf(fault.second.range)]
    context.addIssue({ code: 'custom', path, message: `overlaps ${fault.first.range}: join them, or move one` })
  })

/** Whether a text is a range, in form at least. */
export const isRange = (text: string): boolean => pattern.test(text)

/** A range as a window, in milliseconds since the midnight that its day begins with. */
export function windowOf(range: string): Window {
  const [start, end] = [sinceMidnight(range.slice(0, 5)), sinceMidnight(range.slice(6))]
  return { start, end: end > start ? end : end + hours(24) }
}

/** The first two windows that overlap, by their starts. */
export function firstOverlap<W extends Window>(windows: readonly W[]): { first: W; second: W } | undefined {
  const sorted = [...windows].sort((a, b) => a.start - b.start)
  for (const [place, second] of sorted.entries()) {
    const first = sorted[place - 1]
    if (first && first.end > second.start) return { first, second }
  }
  return undefined
}

/** `08:30` in milliseconds since midnight. */
const sinceMidnight = (time: string): number => hours(Number(time.slice(0, 2))) + minutes(Number(time.slice(3, 5)))
