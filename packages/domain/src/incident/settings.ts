import { z } from 'zod'
import { days, durationSchema, hours, minutes } from '../kernel/time.ts'
import { isOnce, personId } from '../kernel/values.ts'
import type { Person } from '../person.ts'
import { personSchema } from '../person.ts'
import { incidentLimits } from './commands.ts'

/** Elapsed time, in milliseconds: a critical incident does not wait for business hours. */
const defaults = {
  rota: [] as Person[],
  briefed: [] as Person[],
  acknowledgeWithin: minutes(10),
  respondWithin: hours(2),
  callbackWithin: minutes(10),
  warRoomWithin: hours(1),
  onSiteWithin: hours(24),
  updateEvery: minutes(30),
  postMortemWithin: days(5),
  escalateToLevel: 3,
} as const

/** An id, or a person: notifications by e-mail need an address. */
const person = z.union([personId.transform((id): Person => ({ id })), z.strictObject(personSchema.shape)])
const people = z
  .array(person)
  .max(incidentLimits.rota)
  .refine((named) => isOnce(named, ({ id }) => id), 'must name everybody once')

/**
 * How critical incidents are handled: a section of the configuration. Durations are in milliseconds, `10m` as users write
 * them (source: 000, « Mobilisation Critique »).
 */
export const incidentSettingsSchema = z.strictObject({
  /** The agents on call, in the order in which they are paged; if empty, everybody at the desk is paged. */
  rota: people.default(defaults.rota),
  /** Users who are also notified of every step, such as executives. */
  briefed: people.default(defaults.briefed),
  /** How long a page waits for an answer before the next agent of the rota is paged. */
  acknowledgeWithin: durationSchema.default(defaults.acknowledgeWithin),
  /** Within how long somebody must acknowledge the incident. */
  respondWithin: durationSchema.default(defaults.respondWithin),
  /** Within how long an expert calls back the person who requested it. */
  callbackWithin: durationSchema.default(defaults.callbackWithin),
  /** Within how long the war room is open, counted from the declaration. */
  warRoomWithin: durationSchema.default(defaults.warRoomWithin),
  /** Within how long a technician is on site, counted from the request. */
  onSiteWithin: durationSchema.default(defaults.onSiteWithin),
  /** How often the affected customers must receive an update. */
  updateEvery: durationSchema.default(defaults.updateEvery),
  /** Within how long the post-mortem is written, counted from the resolution. */
  postMortemWithin: durationSchema.default(defaults.postMortemWithin),
  /**
   * The support level that the urgent ticket is handed up to immediately (source: 000, `handleCriticalIncident`); `none` leaves
   * it at its level.
   */
  escalateToLevel: z.literal([2, 3, 'none']).default(defaults.escalateToLevel),
})

/** The settings of an incident; one that was declared before tickets were handed up has no level. */
export type IncidentSettings = Readonly<Omit<z.infer<typeof incidentSettingsSchema>, 'escalateToLevel'>> & {
  readonly escalateToLevel?: 2 | 3 | 'none' | undefined
}

/**
 * The settings as users write them: ids may replace people, `10m` is a duration, and fields with a default may be left
 * out.
 */
export type IncidentSettingsInput = Readonly<z.input<typeof incidentSettingsSchema>>

/** The product's own times, with nobody on call (source: 000, « Mobilisation Critique », `handleCriticalIncident`). */
export const defaultIncidentSettings: IncidentSettings = incidentSettingsSchema.parse({})
