import type { InputFieldBuilder } from '@pothos/core'
import { z } from 'zod'
import { describeIssue, instantSchema, limits, line, priorities, supportLevels } from '@guichet/domain'
import { edgeError } from '../errors.ts'
import type { SchemaParts, SchemaTypes } from './builder.ts'
import { withoutNestedNulls } from './command.ts'
import type { Vocabulary } from './vocabulary.ts'

/** The values of a condition, any of which matches. */
export const list = <T extends z.ZodType>(each: T) => z.array(each).min(1).max(100).optional()

/** Reads the filter of a list; a missing filter has no conditions. Throws `malformed_input` naming the field. */
export function readFilter<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  return readFields(schema, input, 'filter.')
}

/** Reads the arguments of a field. Throws `malformed_input` naming the argument. */
export function readArguments<T extends z.ZodType>(schema: T, input: object): z.output<T> {
  return readFields(schema, input, '')
}

function readFields<T extends z.ZodType>(schema: T, input: unknown, prefix: string): z.output<T> {
  const parsed = schema.safeParse(
    typeof input === 'object' && input !== null ? withoutNestedNulls(input) : {},
    describeIssue,
  )
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw edgeError('malformed_input', `${prefix}${issue?.path.join('.')}: ${issue?.message}`)
}

const nameOrNone = line(limits.name).nullable()

/** The conditions that tickets and their targets share, with the same meaning in every filter. */
export const termsFilterSchema = z.object({
  category: list(nameOrNone),
  priority: list(z.enum(priorities)),
  plan: list(nameOrNone),
  team: list(nameOrNone),
  level: list(z.literal(supportLevels)),
  centre: list(nameOrNone),
})

type InputFields = InputFieldBuilder<SchemaTypes, 'InputObject'>

/** The fields of `termsFilterSchema`. */
export function termsFields(t: InputFields, { priority }: Pick<Vocabulary, 'priority'>) {
  const names = (description: string) => t.field({ type: t.listRef('String', { required: false }), description })
  return {
    category: names('Paths of categories, each including its subcategories; null matches tickets without one.'),
    priority: t.field({ type: [priority] }),
    plan: names('The plan of the customer; null matches tickets without one.'),
    team: names('The team that the ticket was escalated to; null matches tickets without one.'),
    level: t.intList({ description: 'The support level of the ticket.' }),
    centre: names('The centre of the agent who has the ticket; null matches tickets without one.'),
  }
}

/** A half-open range of time from outside; both ends are optional. */
export const timeRangeSchema = z.object({ from: instantSchema.optional(), to: instantSchema.optional() }).optional()

/** Adds the input `TimeRange`. */
export const addTimeRange = ({ builder }: SchemaParts) =>
  builder.inputType('TimeRange', {
    description: 'A half-open range of time: `from` is included, `to` is not.',
    fields: (t) => ({ from: t.field({ type: 'DateTime' }), to: t.field({ type: 'DateTime' }) }),
  })
