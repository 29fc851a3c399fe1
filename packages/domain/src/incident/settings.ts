import { z } from 'zod'
import { days, durationSchema, hours, minutes } from '../kernel/time.ts'
import { personId } from '../kernel/values.ts'
import type { Person } from '../ticket/vocabulary.ts'
import { personSchema } from '../ticket/vocabulary.ts'
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

/** An id, or a person: whoever is to be told by e-mail needs an address. */
const person = z.union([personId.transform((id): Person => ({ id })), z.strictObject(personSchema.shape)])
const people = z
  .array(person)
  .max(incidentLimits.rota)
  .refine((named) => new Set(named.map(({ id }) => id)).size === named.length, 'must name everybody once')

/** How critical incidents are run (000, « Mobilisation Critique »): a section of the configuration. */
export const incidentSettingsSchema = z.strictObject({
  /** The agents on call, in the order in which they are paged; without any, everybody at the desk is paged. */
  rota: people.default(defaults.rota),
  /** Users who are told of every step besides, such as executives. */
  briefed: people.default(defaults.briefed),
  /** How long a page waits for an answer before the next one goes out. */
  acknowledgeWithin: durationSchema.default(defaults.acknowledgeWithin),
  /** Within how long somebody has to have taken the incident on. */
  respondWithin: durationSchema.default(defaults.respondWithin),
  /** Within how long an expert calls back whoever asked for it. */
  callbackWithin: durationSchema.default(defaults.callbackWithin),
  warRoomWithin: durationSchema.default(defaults.warRoomWithin),
  /** Within how long a technician is on site, counted from when one was asked for. */
  onSiteWithin: durationSchema.default(defaults.onSiteWithin),
  /** How often the customers affected are to hear of it. */
  updateEvery: durationSchema.default(defaults.updateEvery),
  postMortemWithin: durationSchema.default(defaults.postMortemWithin),
  /** The support level that the urgent ticket is handed up to at once (000, `handleCriticalIncident`); `none` leaves it where it is. */
  escalateToLevel: z.literal([2, 3, 'none']).default(defaults.escalateToLevel),
})

/** How an incident is run; one that was declared before tickets were handed up says nothing of a level. */
export type IncidentSettings = Readonly<Omit<z.infer<typeof incidentSettingsSchema>, 'escalateToLevel'>> & {
  readonly escalateToLevel?: 2 | 3 | 'none' | undefined
}

/** The settings as they are written: ids may stand for people, `10m` for a duration, and what has a default is left out. */
export type IncidentSettingsInput = Readonly<z.input<typeof incidentSettingsSchema>>

/** 000's numbers (« Mobilisation Critique », `handleCriticalIncident`), with nobody on call. */
export const defaultIncidentSettings: IncidentSettings = incidentSettingsSchema.parse({})
