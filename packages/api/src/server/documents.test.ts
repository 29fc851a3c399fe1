import { describe, expect, it } from 'vitest'
import { createSchema } from '../graphql/schema.ts'
import { createDocuments } from './documents.ts'
import { defaultLimits } from './limits.ts'

const prepare = createDocuments(createSchema(), defaultLimits)

function costOf(query: string, variables: Record<string, unknown> = {}): number | undefined {
  const prepared = prepare(query)
  if ('errors' in prepared) throw new Error(prepared.errors.join(', '))
  return [...prepared.facts.costs.values()][0]?.(variables)
}

describe('the cost of an operation', () => {
  it('counts objects, not their leaves', () => {
    expect(costOf('{ viewer { userId role name } }')).toBe(1)
  })

  it('grows with the size of the page, given or in a variable', () => {
    expect(costOf('{ tickets(first: 10) { nodes { customer { name } } } }')).toBe(21)
    expect(costOf('query ($n: Int!) { tickets(first: $n) { nodes { customer { name } } } }', { n: 100 })).toBe(201)
    expect(costOf('query ($n: Int = 50) { tickets(last: $n) { nodes { customer { name } } } }')).toBe(101)
  })

  it('counts what is slow to read for more', () => {
    expect(costOf('{ ticket(id: "a") { asOf(at: "2026-01-01T00:00:00Z") { id } } }')).toBe(1_001)
  })

  it('counts the words that are searched for, and the conditions of a filter, given or in a variable', () => {
    const found = (filter: string) => costOf(`{ tickets(first: 1, filter: ${filter}) { nodes { id } } }`)
    expect(found('{ status: [NEW] }')).toBe(1 + 5 + 1)
    expect(found('{ search: "pages of bets" }')).toBe(1 + 300 + 1)
    expect(found('{ or: [{ search: "a b" }, { not: { search: "c", plan: ["vip"] } }] }')).toBe(1 + 305 + 1)
    const twelve = { search: 'one two three four five six seven eight nine ten eleven twelve' }
    const filter = { or: Array.from({ length: 49 }, () => twelve) }
    const query = 'query ($f: TicketFilter) { tickets(first: 1, filter: $f) { nodes { id } } }'
    expect(costOf(query, { f: twelve })).toBe(1 + 1_200 + 1)
    expect(costOf(query, { f: filter })).toBeGreaterThan(defaultLimits.complexity)
  })

  it('counts the ids of nodes', () => {
    expect(costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b', 'c'] })).toBe(1)
    expect(
      costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Ticket { customer { name } } } }', {
        ids: ['a', 'b', 'c'],
      }),
    ).toBe(4)
  })

  it('counts a fragment wherever it is spread', () => {
    const query =
      'query { a: ticket(id: "a") { ...f } b: ticket(id: "b") { ...f } } fragment f on Ticket { customer { name } }'
    expect(costOf(query)).toBe(4)
  })

  it('counts no calendar day as a size', () => {
    expect(costOf('{ dailyReport(first: "2026-01-01", last: "2026-01-02") { atEndOfDay { total } } }')).toBe(101)
  })

  it('is multiplied by nothing that is not a number', () => {
    expect(costOf('query ($n: Int!) { tickets(first: $n) { nodes { id } } }', { n: { huge: true } })).toBe(2)
  })
})

it('prepares a document once', () => {
  const query = '{ viewer { role } }'
  expect(prepare(query)).toBe(prepare(query))
})

it('lets the introspection of tools through', async () => {
  const { getIntrospectionQuery } = await import('graphql')
  const prepared = prepare(getIntrospectionQuery())
  expect(prepared).toMatchObject({ facts: { introspects: true } })
})

describe('documents that were sent before', () => {
  const nested = `mergedInto { ${'customer { name } '.repeat(20)}`
  const long = (n: number): string => `query Long${n} { ticket(id: "a") { ${nested.repeat(13)} ${'}'.repeat(13)} } }`

  it('are not prepared again', () => {
    const first = prepare(long(0))
    expect(first).toHaveProperty('document')
    expect(prepare(long(0))).toBe(first)
  })

  it('are cached by their size in memory, the latest first', () => {
    const first = prepare(long(0))
    for (let n = 1; n <= 120; n++) prepare(long(n))
    expect(prepare(long(120))).toBe(prepare(long(120)))
    expect(prepare(long(0))).not.toBe(first)
  })
})

it.each(['customer { name } ', '... { customer { name } } ', '... @include(if: true) { ... { customer { name } } } '])(
  'refuses a selection that repeats a field so often that validation would take long: %s',
  (field) => {
    const of = (times: number) => prepare(`{ ticket(id: "a") { ${field.repeat(times)} } }`)
    expect(of(20)).toHaveProperty('document')
    expect(of(100)).toMatchObject({ errors: [{ extensions: { code: 'too_complex' } }] })
  },
)
