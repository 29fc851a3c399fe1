import type { Instant } from '@guichet/domain'
import { instantSchema } from '@guichet/domain'
import { isCalendarDay } from '@guichet/projections'
import type { ValueNode } from 'graphql'
import { valueFromASTUntyped } from 'graphql'
import { edgeError } from '../../errors/index.ts'
import type { ApiBuilder } from './builder.ts'

/** `JSON`: data of any shape. `DateTime`: an instant in UTC, read from any ISO 8601 date-time with an offset. `Date`: a calendar day. */
export function addScalars(builder: ApiBuilder): void {
  builder.scalarType('DateTime', {
    description:
      'A moment: an ISO 8601 date-time with an offset, such as 2026-03-29T00:30:00Z, in the years 1000 to 8999. Answers are in UTC.',
    serialize: (value) => value,
    parseValue: (value) => toInstant(value),
    parseLiteral: (node) => toInstant(valueFromASTUntyped(node), node),
  })
  builder.scalarType('JSON', {
    description: 'Data of any shape: objects, lists, texts, numbers, true, false and null.',
    serialize: (value) => value,
    parseValue: (value) => value,
    parseLiteral: (node, variables) => valueFromASTUntyped(node, variables),
  })
  builder.scalarType('Date', {
    description: 'A calendar day, such as 2026-03-29, in the desk’s time zone.',
    serialize: (value) => value,
    parseValue: (value) => toCalendarDay(value),
    parseLiteral: (node) => toCalendarDay(valueFromASTUntyped(node), node),
  })
}

function toInstant(value: unknown, node?: ValueNode): Instant {
  const parsed = instantSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw edgeError('malformed_input', `DateTime: ${parsed.error.issues[0]?.message}`, node)
}

function toCalendarDay(value: unknown, node?: ValueNode): string {
  if (typeof value === 'string' && isCalendarDay(value)) return value
  throw edgeError('malformed_input', 'Date: must be a calendar day such as 2026-03-29', node)
}
