import { z } from 'zod'
import { instantSchema } from '../kernel/instant.ts'
import { id, limits } from './vocabulary.ts'

/** The message of another ticket that a ticket is split off with. */
export const splitFromSchema = z.strictObject({
  ticketId: id,
  messageId: id,
  /** Since when the customer waits for an answer to it; not later than the opening. */
  waitingSince: instantSchema,
  /** What the clocks have not counted since then. */
  pauses: z
    .array(z.strictObject({ from: instantSchema, to: instantSchema }))
    .max(limits.pauses)
    .optional(),
})
