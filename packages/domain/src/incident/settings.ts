import { z } from 'zod'
import { durationSchema } from '../configuration/duration.ts'
import { days, hours, minutes } from '../kernel/instant.ts'
import { personId } from '../ticket/vocabulary.ts'
import { incidentLimits } from './vocabulary.ts'

/** What each severity is run by; durations in milliseconds of elapsed time, for nobody waits for business hours. */
const defaults = {
  rota: [],
  briefed: [],
  acknowledgeWithin: minutes(10),
  respondWithin: hours(2),
  callbackWithin: minutes(10),
  warRoomWithin: hours(1),
  onSiteWithin: hours(24),
  updateEvery: minutes(30),
  postMortemWithin: days(5),
}

const people = z
  .array(personId)
  .max(incidentLimits.rota)
  .refine((ids) => new Set(ids).size === ids.length, 'must name everybody once')

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
})

export type IncidentSettings = Readonly<z.infer<typeof incidentSettingsSchema>>

/** 000's numbers (« Mobilisation Critique », `handleCriticalIncident`), with nobody on call. */
export const defaultIncidentSettings: IncidentSettings = incidentSettingsSchema.parse({})
