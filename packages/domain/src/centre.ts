import { z } from 'zod'
import { uncovered } from './calendar/outlook.ts'
import type { Calendar } from './calendar/spans.ts'
import type { Instant } from './kernel/time.ts'
import { days, later } from './kernel/time.ts'
import { language, line, nameSchema, priorities } from './kernel/values.ts'

/** The limits of a centre; what exceeds them is refused. */
export const centreLimits = {
  centres: 100,
  shifts: 100,
  name: 200,
  languages: 20,
  specialities: 100,
  priority: 1_000,
} as const

/** The number of agents who must be at work. */
const crew = z.int().min(1).max(10_000)

const centreSchema = z.strictObject({
  id: nameSchema,
  name: line(centreLimits.name),
  /** The name of the calendar of its hours. */
  calendar: nameSchema,
  languages: z.array(language).min(1).max(centreLimits.languages),
  /** Specialities of all its agents besides their own: paths of categories, which cover those below them. */
  specialities: z.array(line(centreLimits.name)).max(centreLimits.specialities).default([]),
  /**
   * How many of its agents must be at work while it is on shift (000, « Support Centers »); with fewer the desk is
   * warned.
   */
  minimumCrew: crew.optional(),
  /** Of several centres on shift the one with the lowest number takes over conversations. */
  priority: z.int().min(1).max(centreLimits.priority),
})

/** A place where agents work in shifts (000, « Support Centers »). */
export type Centre = Readonly<z.infer<typeof centreSchema>>

/** Which open conversations are handed over when the shift of their agent ends. */
const handOverSettingsSchema = z.strictObject({
  enabled: z.boolean().default(true),
  /** Those that wait for the customer stay with their agent until the customer has replied. */
  statuses: z
    .array(z.enum(['new', 'in_progress', 'waiting_customer']))
    .min(1)
    .default(['new', 'in_progress']),
  priorities: z
    .array(z.enum(priorities))
    .min(1)
    .default([...priorities]),
})

/** How conversations are handed over at a change of shift. */
export type HandOverSettings = Readonly<z.infer<typeof handOverSettingsSchema>>

/** The statuses in which the desk owes an answer. */
export const defaultHandOver: HandOverSettings = handOverSettingsSchema.parse({})

/** The centres of a desk, and those that have promised to cover the clock together. */
export const centreSettingsSchema = z
  .strictObject({
    centres: z.array(centreSchema).max(centreLimits.centres).default([]),
    /** Centres that leave no hour of a 24/7 contract uncovered; `centreFaults` checks this. */
    aroundTheClock: z.array(nameSchema).max(centreLimits.centres).default([]),
    /** Calendars that agents work by instead of their centre's, in their order of succession. */
    shifts: z.array(nameSchema).max(centreLimits.shifts).default([]),
    /** The minimum crews of shifts, by their calendars (000, « SUPPORT NIVEAU 1 (24/7) »: 10, 8 and 6 agents). */
    shiftCrews: z.record(nameSchema, crew).optional(),
    handOver: handOverSettingsSchema.prefault({}),
  })
  .superRefine(({ centres, aroundTheClock, shifts, shiftCrews = {} }, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    const ids = centres.map((centre) => centre.id)
    for (const [index, each] of ids.entries()) {
      if (ids.indexOf(each) < index) fault(['centres', index, 'id'], `is the id of another centre too: ${each}`)
    }
    for (const [index, each] of aroundTheClock.entries()) {
      if (!ids.includes(each)) fault(['aroundTheClock', index], `names no centre: ${each}`)
    }
    for (const each of Object.keys(shiftCrews)) {
      if (!shifts.includes(each)) fault(['shiftCrews', each], `names no shift: ${each}`)
    }
    for (const [index, each] of shifts.entries()) {
      if (shifts.indexOf(each) < index) fault(['shifts', index], `occurs twice: ${each}`)
    }
  })

/** The centres of a desk. */
export type CentreSettings = z.infer<typeof centreSettingsSchema>

/** A fault in settings, with its path. */
type Fault = { readonly path: readonly (string | number)[]; readonly message: string }

/**
 * The faults of centres in view of the calendars: a calendar that does not exist, or an hour of the next two years,
 * including every change of the clocks, at which none of the centres is on shift that have promised to cover the clock.
 * @param calendars by the names that centres give.
 * @param from where the two years start.
 */
export function centreFaults(
  { centres, aroundTheClock }: CentreSettings,
  calendars: ReadonlyMap<string, Calendar>,
  from: Instant,
): readonly Fault[] {
  const unknown = centres.flatMap(({ calendar }, index) =>
    calendars.has(calendar)
      ? []
      : [{ path: ['centres', index, 'calendar'], message: `names no calendar: ${calendar}` }],
  )
  if (unknown.length > 0 || aroundTheClock.length === 0) return unknown
  const together = centres
    .filter(({ id }) => aroundTheClock.includes(id))
    .flatMap(({ calendar }) => calendars.get(calendar) ?? [])
  const [gap] = uncovered(together, from, later(from, days(731)))
  const message = `leaves hours uncovered, the first from ${gap?.from} to ${gap?.to}: extend the hours of a centre, or add one`
  return gap ? [{ path: ['aroundTheClock'], message }] : []
}
