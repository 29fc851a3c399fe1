import { line, limits, priorities, supportLevels } from '@guichet/domain'
import type { InputFieldBuilder } from '@pothos/core'
import { z } from 'zod'
import type { SchemaTypes } from '../schema/builder.ts'
import type { Vocabulary } from '../schema/vocabulary.ts'
import { list } from './read-filter.ts'

const nameOrNone = line(limits.name).nullable()

/** What tickets and their targets are told apart by, as it comes from outside: one meaning in every filter. */
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
    category: names('Each with all its subcategories; null finds what has none.'),
    priority: t.field({ type: [priority] }),
    plan: names('The plan of the customer; null finds what has none.'),
    team: names('The team that the ticket was handed to; null finds what was handed to none.'),
    level: t.intList({ description: 'The support level of the ticket.' }),
    centre: names('The centre of the agent who has the ticket; null finds what is at none.'),
  }
}
