import type { GraphQLSchema } from 'graphql'
import { isObjectType } from 'graphql'
import { expect, it } from 'vitest'
import { createSchema } from '../../packages/api/src/graphql/schema.ts'
import { undecided } from './readers.ts'

const fieldsOf = (schema: GraphQLSchema, name: string): Record<string, unknown> => {
  const type = schema.getType(name)
  if (!isObjectType(type)) throw new Error(`there is no type ${name}`)
  return type.getFields()
}

it('decides on every field of the schema, and on no other', () => {
  expect(undecided(createSchema())).toEqual([])
})

it('reports a field without a decision, and one that no longer exists', () => {
  const schema = createSchema()
  const fields = fieldsOf(schema, 'Ticket')
  fields['mood'] = fields['team']
  delete fields['team']
  expect(undecided(schema)).toEqual(['Ticket.mood is undecided', 'Ticket.team is decided and does not exist'])
})

it('reports an operation without a row in the rights table', () => {
  const schema = createSchema()
  const fields = fieldsOf(schema, 'Query')
  fields['moods'] = fields['tickets']
  expect(undecided(schema)).toEqual(['moods has no row in auth/rights.ts'])
})
