import { expect, it } from 'vitest'
import { historyCost } from '../loaders.ts'
import { costOfFilter } from './ticket-filter.ts'
import { costOfList } from './ticket-queries.ts'

it('prices an order without an index, by which all tickets are sorted unless a status is given', () => {
  const filter = { priority: ['HIGH'] }
  for (const by of ['LAST_CUSTOMER_REPLY_AT', 'LAST_AGENT_REPLY_AT']) {
    expect(costOfList({ orderBy: { by } })).toBe(historyCost)
    expect(costOfList({ orderBy: { by }, filter })).toBe(historyCost + costOfFilter(filter))
    expect(costOfList({ orderBy: { by }, filter: { status: ['NEW'] } })).toBe(costOfFilter({ status: ['NEW'] }))
  }
  expect(costOfList({ orderBy: { by: 'LAST_REPLY_AT' } })).toBe(0)
  for (const nothing of [{}, { orderBy: null, filter: null }]) expect(costOfList(nothing)).toBe(0)
})
