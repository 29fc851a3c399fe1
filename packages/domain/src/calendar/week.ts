import { z } from 'zod'
import { days } from '../kernel/instant.ts'
import type { Window } from './range.ts'
import { firstOverlap, isRange, rangesSchema, windowOf } from './range.ts'

/** In the order of the ISO week. */
export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

const ranges = rangesSchema.optional()

const weekShape = z.strictObject({
  everyDay: ranges,
  weekdays: ranges,
  weekends: ranges,
  monday: ranges,
  tuesday: ranges,
  wednesday: ranges,
  thursday: ranges,
  friday: ranges,
  saturday: ranges,
  sunday: ranges,
})

/**
 * Ranges by weekday. A weekday by its name goes before `weekdays` (Monday to Friday) and `weekends`, and these before
 * `everyDay`; a day that nothing names has no ranges, and neither has one with an empty list.
 */
export type Week = z.infer<typeof weekShape>

type Named = Window & { readonly range: string; readonly path: readonly [keyof Week, number] }

/** A week whose ranges do not overlap, not even those that run into the next day, or from Sunday into Monday. */
export const weekSchema = weekShape.superRefine((week, context) => {
  const all = weekdays.flatMap((_, day) => named(week, day))
  const intoMonday = all.filter(({ end }) => end > days(7)).map((late) => shifted(late, -days(7)))
  const fault = firstOverlap([...intoMonday, ...all])
  if (!fault || isOneDay(fault.first, fault.second)) return
  const { first, second } = fault
  const message = `overlaps ${first.range} of ${first.path[0]}: join them, or move one`
  context.addIssue({ code: 'custom', path: [...second.path], message })
})

/** Whether two ranges stand in the list of one day, which tells by itself that they overlap. */
const isOneDay = (first: Window, second: Window): boolean => dayOf(first) === dayOf(second)

const dayOf = ({ start }: Window): number => Math.floor(start / days(1))

/** The windows of a week, by the day they start on (0 is Monday), in milliseconds since that day's midnight. */
export const windowsByDay = (week: Week): readonly (readonly Window[])[] =>
  weekdays.map((_, day) => (named(week, day) as Window[]).map((window) => shifted(window, -days(day))))

function named(week: Week, day: number): Named[] {
  const key = keyOf(week, day)
  return (key === undefined ? [] : (week[key] ?? []))
    .map((range, place): [string, number] => [range, place])
    .filter(([range]) => isRange(range))
    .map(([range, place]) => ({ ...shifted(windowOf(range), days(day)), range, path: [key as keyof Week, place] }))
}

function keyOf(week: Week, day: number): keyof Week | undefined {
  const candidates = [weekdays[day], day < 5 ? 'weekdays' : 'weekends', 'everyDay'] as const
  return candidates.find((key) => key !== undefined && week[key] !== undefined)
}

const shifted = <W extends Window>(window: W, by: number): W => ({
  ...window,
  start: window.start + by,
  end: window.end + by,
})
