import { ticketEvents } from '@guichet/domain'
import { isUnionType } from 'graphql'
import { expect, it } from 'vitest'
import { createSchema } from './schema.ts'

it('the timeline has a type for every event of a ticket, and for no other', () => {
  const item = createSchema().getType('TimelineItem')
  const types = isUnionType(item) ? item.getTypes().map(({ name }) => name) : []
  expect(types.toSorted()).toEqual(Object.keys(ticketEvents).toSorted())
})
