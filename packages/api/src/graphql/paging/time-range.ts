import { instantSchema } from '@guichet/domain'
import type { TimeRange } from '@guichet/projections'
import { z } from 'zod'
import type { ApiBuilder } from '../schema/builder.ts'

/** A time range as it comes from outside. */
export const timeRangeSchema = z.object({ from: instantSchema.nullish(), to: instantSchema.nullish() }).nullish()

/** A half-open range, either end of which may be left out. */
export const toTimeRange = ({ from, to }: NonNullable<z.infer<typeof timeRangeSchema>>): TimeRange => ({
  ...(from && { from }),
  ...(to && { to }),
})

/** `TimeRange`, the input. */
export const addTimeRange = (builder: ApiBuilder) =>
  builder.inputType('TimeRange', {
    description: 'Half open: `from` is included, `to` is not.',
    fields: (t) => ({ from: t.field({ type: 'DateTime' }), to: t.field({ type: 'DateTime' }) }),
  })

export type TimeRangeRef = ReturnType<typeof addTimeRange>
