import { z } from 'zod'
import type { EventCatalogue } from '../kernel/catalogue.ts'
import { storedInstantSchema } from '../kernel/instant.ts'
import type { EventOf } from '../kernel/message-types.ts'
import { catalogueOf } from '../kernel/message-types.ts'
import { availabilities, workChannels } from './vocabulary.ts'

/** History is parsed more leniently than commands: limits may tighten over the years, what happened stays readable. */
const text = z.string()
const profile = {
  name: text,
  email: text.nullable(),
  level: z.int(),
  centre: text.nullable(),
  team: text.nullable(),
  languages: z.array(text),
  skills: z.record(text, z.number()),
  specialities: z.array(text),
  capacity: z.object({ ticket: z.int(), chat: z.int(), phone: z.int() }),
  rating: z.number(),
  shift: text.nullable(),
}
const availability = z.enum(availabilities)

const schemas = {
  /** An agent who was retired may be registered again. */
  AgentRegistered: z.object(profile),
  /** Only what has changed. */
  AgentProfileChanged: z.object(profile).partial(),
  AgentRetired: z.object({ reason: text.optional() }),
  /** `since`: when the availability that ends here began. */
  AvailabilityChanged: z.object({
    from: availability,
    to: availability,
    since: storedInstantSchema,
    reason: text.optional(),
  }),
  /**
   * Work took a place. `version`: of the work's own stream, when it became this agent's: what is older cannot take it away.
   * `forced`: whether there was a place or not, because somebody has decided so.
   */
  WorkClaimed: z.object({
    work: text,
    channel: z.enum(workChannels),
    version: z.int().nonnegative(),
    round: z.int().positive().optional(),
    forced: z.boolean(),
  }),
  WorkReleased: z.object({ work: text, channel: z.enum(workChannels), version: z.int().nonnegative(), reason: text }),
} as const

type Schemas = typeof schemas
export type AgentEventType = keyof Schemas
export type AgentEventOf<T extends AgentEventType> = EventOf<Schemas, T>
/** Everything that can happen to an agent. */
export type AgentEvent = EventOf<Schemas>

/** The agent's part of the event catalogue. */
export const agentEvents: EventCatalogue = catalogueOf(schemas)
