import { inOurWords, line, limits, personId, priorities, slaStates, slaTargets, supportLevels } from '@guichet/domain'
import type { SlaFilter, SlaTargetFilter } from '@guichet/projections'
import type { InputFieldBuilder } from '@pothos/core'
import { z } from 'zod'
import { edgeError } from '../../errors/index.ts'
import type { TimeRangeRef } from '../paging/time-range.ts'
import { timeRangeSchema, toTimeRange } from '../paging/time-range.ts'
import type { ApiBuilder, SchemaTypes } from '../schema/builder.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'

const name = line(limits.name)
const list = <T extends z.ZodType>(each: T) => z.array(each).min(1).max(100).nullish()

const filterSchema = z.object({
  target: list(z.enum(slaTargets)),
  category: name.nullish(),
  priority: list(z.enum(priorities)),
  plan: list(name),
  policy: list(name),
  team: list(name),
  level: list(z.literal(supportLevels)),
  centre: list(name),
})

/** What may be asked of targets, as it comes from outside. */
export const slaTargetFilterSchema = filterSchema.extend({
  state: list(z.enum(slaStates)),
  open: z.boolean().nullish(),
  assigneeId: list(personId),
  dueAt: timeRangeSchema,
})

/** Reads the filter of a dashboard; throws `malformed_input` naming the field. */
export const toSlaFilter = (input: unknown): SlaFilter => given(parse(filterSchema, input))

/** Reads the filter of a list of targets; throws `malformed_input` naming the field. */
export const readSlaTargetFilter = (input: unknown): SlaTargetFilter =>
  toSlaTargetFilter(parse(slaTargetFilterSchema, input))

/** The filter that checked input asks for. */
export const toSlaTargetFilter = ({ dueAt, ...rest }: z.output<typeof slaTargetFilterSchema>): SlaTargetFilter => ({
  ...given(rest),
  ...(dueAt && { dueAt: toTimeRange(dueAt) }),
})

function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input ?? {}, inOurWords)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw edgeError('malformed_input', `filter.${issue?.path.join('.')}: ${issue?.message}`)
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], null> }

const given = <T extends object>(input: T): Given<T> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value != null)) as Given<T>

/** `SlaFilter` and `SlaTargetFilter`, the inputs. */
export function addSlaFilters(
  builder: ApiBuilder,
  { slaState, slaTarget, priority }: Vocabulary,
  timeRange: TimeRangeRef,
) {
  const description = 'All conditions given must hold; a list holds when one of its values does.'
  const ofTerms = (t: InputFieldBuilder<SchemaTypes, 'InputObject'>) => ({
    target: t.field({ type: [slaTarget] }),
    category: t.string({ description: 'With all its subcategories.' }),
    priority: t.field({ type: [priority] }),
    plan: t.stringList(),
    policy: t.stringList(),
    team: t.stringList(),
    level: t.intList({ description: 'The support level of the ticket.' }),
    centre: t.stringList({ description: 'The centre of the agent who has the ticket.' }),
  })
  const filter = builder.inputType('SlaFilter', { description, fields: ofTerms })
  const targetFilter = builder.inputType('SlaTargetFilter', {
    description,
    fields: (t) => ({
      ...ofTerms(t),
      state: t.field({ type: [slaState] }),
      open: t.boolean(),
      assigneeId: t.idList(),
      dueAt: t.field({ type: timeRange, description: 'What stands still is due at no instant.' }),
    }),
  })
  return { filter, targetFilter }
}

export type SlaFilters = ReturnType<typeof addSlaFilters>
