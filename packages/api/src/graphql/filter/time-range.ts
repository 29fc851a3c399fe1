import { instantSchema } from '@guichet/domain'
import { z } from 'zod'
import type { ApiBuilder } from '../schema/builder.ts'

/** A half-open range of time as it comes from outside; either end may be left out. */
export const timeRangeSchema = z.object({ from: instantSchema.optional(), to: instantSchema.optional() }).optional()

/** `TimeRange`, the input. */
export const addTimeRange = (builder: ApiBuilder) =>
  builder.inputType('TimeRange', {
    description: 'Half open: `from` is included, `to` is not.',
    fields: (t) => ({ from: t.field({ type: 'DateTime' }), to: t.field({ type: 'DateTime' }) }),
  })

export type TimeRangeRef = ReturnType<typeof addTimeRange>
