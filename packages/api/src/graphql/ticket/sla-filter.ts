import type { InputFieldBuilder } from '@pothos/core'
import { z } from 'zod'
import { limits, line, personId, slaStates, slaTargets } from '@guichet/domain'
import type { SlaFilter, SlaTargetFilter } from '@guichet/projections'
import type { SchemaParts, SchemaTypes } from '../builder.ts'
import { addTimeRange, list, readFilter, termsFields, termsFilterSchema, timeRangeSchema } from '../filter.ts'
import { addVocabulary } from '../vocabulary.ts'

const filterSchema = termsFilterSchema.extend({
  target: list(z.enum(slaTargets)),
  policy: list(line(limits.name)),
})

/** The conditions on targets, from outside. */
export const slaTargetFilterSchema = filterSchema.extend({
  state: list(z.enum(slaStates)),
  open: z.boolean().optional(),
  assigneeId: list(personId),
  dueAt: timeRangeSchema,
})

/** Reads the filter of a dashboard; throws `malformed_input` naming the field. */
export const readSlaFilter = (input: unknown): SlaFilter => readFilter(filterSchema, input)

/** Reads the filter of a list of targets; throws `malformed_input` naming the field. */
export const readSlaTargetFilter = (input: unknown): SlaTargetFilter => readFilter(slaTargetFilterSchema, input)

/** Adds the inputs `SlaFilter` and `SlaTargetFilter`. */
export function addSlaFilters({ builder, use }: SchemaParts) {
  const vocabulary = use(addVocabulary)
  const timeRange = use(addTimeRange)
  const description = 'A filter of SLA targets. All conditions given must hold; a list of values matches any of them.'
  const ofPromises = (t: InputFieldBuilder<SchemaTypes, 'InputObject'>) => ({
    ...termsFields(t, vocabulary),
    target: t.field({ type: [vocabulary.slaTarget] }),
    policy: t.stringList(),
  })
  const filter = builder.inputType('SlaFilter', { description, fields: ofPromises })
  const targetFilter = builder.inputType('SlaTargetFilter', {
    description,
    fields: (t) => ({
      ...ofPromises(t),
      state: t.field({ type: [vocabulary.slaState] }),
      open: t.boolean(),
      assigneeId: t.idList(),
      dueAt: t.field({ type: timeRange, description: 'When the target is due. A paused target has no due time.' }),
    }),
  })
  return { filter, targetFilter }
}

/** The references to both inputs: `filter` of dashboards, `targetFilter` of lists of targets. */
export type SlaFilters = ReturnType<typeof addSlaFilters>
