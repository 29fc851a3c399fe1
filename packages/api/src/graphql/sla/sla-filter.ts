import { inOurWords, instantSchema, line, limits, personId, priorities, slaTargets } from '@guichet/domain'
import type { SlaFilter, SlaTargetFilter } from '@guichet/projections'
import { slaStates } from '@guichet/projections'
import { z } from 'zod'
import { edgeError } from '../../errors/index.ts'
import type { ApiBuilder } from '../schema/builder.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import type { FilterInputs } from '../ticket/filter.ts'
import { toTimeRange } from '../ticket/filter.ts'
import type { SlaTypes } from './sla-target-type.ts'

const name = line(limits.name)
const list = <T extends z.ZodType>(each: T) => z.array(each).min(1).max(100).nullish()

const filterSchema = z.object({
  target: list(z.enum(slaTargets)),
  category: name.nullish(),
  priority: list(z.enum(priorities)),
  plan: list(name),
  policy: list(name),
  team: list(name),
})
const targetFilterSchema = filterSchema.extend({
  state: list(z.enum(slaStates)),
  open: z.boolean().nullish(),
  assigneeId: list(personId),
  dueAt: z.object({ from: instantSchema.nullish(), to: instantSchema.nullish() }).nullish(),
})

/** Reads the filter of a dashboard; throws `malformed_input` naming the field. */
export const toSlaFilter = (input: unknown): SlaFilter => given(parse(filterSchema, input))

/** Reads the filter of a list of targets; throws `malformed_input` naming the field. */
export function toSlaTargetFilter(input: unknown): SlaTargetFilter {
  const { dueAt, ...rest } = parse(targetFilterSchema, input)
  return { ...given(rest), ...(dueAt && { dueAt: toTimeRange(dueAt) }) }
}

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
  { slaTarget, priority }: Vocabulary,
  { timeRange }: FilterInputs,
  { state }: SlaTypes,
) {
  const description = 'All conditions given must hold; a list holds when one of its values does.'
  const filter = builder.inputType('SlaFilter', {
    description,
    fields: (t) => ({
      target: t.field({ type: [slaTarget] }),
      category: t.string({ description: 'With all its subcategories.' }),
      priority: t.field({ type: [priority] }),
      plan: t.stringList(),
      policy: t.stringList(),
      team: t.stringList(),
    }),
  })
  const targetFilter = builder.inputType('SlaTargetFilter', {
    description,
    fields: (t) => ({
      target: t.field({ type: [slaTarget] }),
      category: t.string({ description: 'With all its subcategories.' }),
      priority: t.field({ type: [priority] }),
      plan: t.stringList(),
      policy: t.stringList(),
      team: t.stringList(),
      state: t.field({ type: [state] }),
      open: t.boolean(),
      assigneeId: t.idList(),
      dueAt: t.field({ type: timeRange, description: 'What stands still is due at no instant.' }),
    }),
  })
  return { filter, targetFilter }
}
