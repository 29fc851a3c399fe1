import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import type { EventCatalogue } from '../kernel/catalogue.ts'
import type { Instant } from '../kernel/instant.ts'
import { storedInstantSchema } from '../kernel/instant.ts'
import { storedCrewSchema } from './crew.ts'

const crews = z.array(storedCrewSchema)

const schemas = {
  /**
   * Others are on shift since `dueAt`, whenever that is recorded. `missedSince`: the first change before it that nobody recorded in
   * time, and that is passed over. A crew without `to` in `handOvers` keeps its conversations, since nobody is there, until a later change
   * names it with somebody who takes over.
   */
  ShiftChanged: z.object({
    dueAt: storedInstantSchema,
    missedSince: storedInstantSchema.optional(),
    onShift: crews,
    offShift: crews,
    began: crews,
    ended: crews,
    handOvers: z.array(z.object({ from: storedCrewSchema, to: storedCrewSchema.optional() })),
    policyVersion: z.string(),
  }),
} as const

export type ShiftChanged = Readonly<z.infer<typeof schemas.ShiftChanged>> & {
  readonly type: 'ShiftChanged'
  readonly at: Instant
  readonly by: Actor
}

/** Everything that can happen to the shifts of a desk. */
export type ShiftEvent = ShiftChanged

/** The shifts' part of the event catalogue. */
export const shiftEvents: EventCatalogue = {
  ShiftChanged: { schemaVersion: 1, schema: schemas.ShiftChanged },
}
