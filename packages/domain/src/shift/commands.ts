import { z } from 'zod'
import { instantSchema } from '../kernel/instant.ts'

/** What the shifts of a desk are told; by the desk itself alone. */
export const shiftCommandSchema = z.discriminatedUnion('type', [
  /** From now on the changes of shift are recorded. */
  z.strictObject({ type: z.literal('follow') }),
  /** A deadline fell due: sent by the clock, which names the very deadline it waited for. */
  z.strictObject({
    type: z.literal('fire'),
    kind: z.string().max(200),
    cycle: z.int().nonnegative(),
    dueAt: instantSchema,
  }),
])

export type ShiftCommand = Readonly<z.output<typeof shiftCommandSchema>>
