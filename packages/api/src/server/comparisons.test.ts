import fc from 'fast-check'
import type { DocumentNode } from 'graphql'
import { buildSchema, OverlappingFieldsCanBeMergedRule, parse, validate, visit } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createSchema } from '../graphql/schema.ts'
import { comparisonsOf, createDocuments } from './documents.ts'
import { defaultLimits } from './limits.ts'

const { comparisons: mostComparisons } = defaultLimits
const schema = buildSchema('type Query { a: Query, b: Query, x: Int, y(n: Int): Int }')

/** Returns how often validation reads the names of fields while it compares them. */
function looksOf(document: DocumentNode): number {
  let looks = 0
  visit(document, {
    Field: ({ name }) => {
      const { value } = name
      Object.defineProperty(name, 'value', { get: () => (looks++, value) })
    },
  })
  validate(schema, document, [OverlappingFieldsCanBeMergedRule], { maxErrors: 1_000_000 })
  return looks
}

const repeated = (times: number, text: string): string => Array.from({ length: times }, () => text).join(' ')
const numbered = (times: number, text: (n: number) => string): string =>
  Array.from({ length: times }, (_, n) => text(n)).join(' ')

/** Thirty fragments, each with one field many times. */
const manyFragments = `{ ${numbered(30, (n) => `...F${n}`)} } ${numbered(30, (n) => `fragment F${n} on Query { ${repeated(20, 'x')} }`)}`

/** A selection of fields, inline fragments and spreads of later fragments. */
const selection = (depth: number, from: number): fc.Arbitrary<string> => {
  const leaf = fc.constantFrom('x', 'y', 'y(n: 1)', 'x: y')
  const spread = from < 6 ? [fc.integer({ min: from, max: 5 }).map((n) => `...F${n}`)] : []
  const nested =
    depth > 0
      ? [
          fc
            .tuple(fc.constantFrom('a', 'b', '... on Query'), fc.nat(2))
            .chain(([name, less]) =>
              selection(depth - 1 - Math.min(less, depth - 1), from).map((inner) => `${name} ${inner}`),
            ),
        ]
      : []
  return fc
    .array(fc.oneof(leaf, ...spread, ...nested), { minLength: 1, maxLength: 8 })
    .map((all) => `{ ${all.join(' ')} }`)
}
const documents = fc
  .tuple(
    selection(4, 0),
    ...Array.from({ length: 6 }, (_, n) => selection(2, n + 1).map((inner) => `fragment F${n} on Query ${inner}`)),
  )
  .map((parts) => parts.join(' '))

describe('the comparisons of a document', () => {
  it('bound what validation compares', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const document = parse(text)
        const counted = comparisonsOf(document, Number.MAX_SAFE_INTEGER)
        expect(looksOf(document)).toBeLessThanOrEqual(8 * counted)
      }),
      { numRuns: 300 },
    )
  })

  it('are counted through fragments', () => {
    const document = parse(manyFragments)
    expect(comparisonsOf(document, Number.MAX_SAFE_INTEGER)).toBeGreaterThan((600 * 599) / 2)
    expect(looksOf(document)).toBeGreaterThan(100_000)
  })

  it.each([
    ['spreads that meet', `{ ${repeated(20, `a { ${numbered(30, (n) => `...F${n}`)} }`)} }`],
    ['names beside spreads', `{ ${numbered(300, (n) => `x${n}: x`)} ${numbered(200, (n) => `...F${n}`)} }`],
    ['fields below fields', `{ ${repeated(10, `a { ${repeated(10, 'b { x x x }')} }`)} }`],
  ])('are many for %s', (_, operation) => {
    const used = new Set([...operation.matchAll(/\.\.\.(F\d+)/g)].map(([, name]) => name))
    const document = parse(`${operation} ${[...used].map((name) => `fragment ${name} on Query { y }`).join(' ')}`)
    expect(comparisonsOf(document, mostComparisons)).toBeGreaterThan(mostComparisons)
  })

  it('end where fragments spread themselves, each other, or ever more of them', () => {
    const self = 'fragment F on Query { a { ...F ...G } } fragment G on Query { b { ...F } }'
    expect(comparisonsOf(parse(`{ ...F } ${self}`), mostComparisons)).toBeLessThan(100)
    const doubled = numbered(100, (n) => `fragment F${n} on Query { a { ...F${n + 1} } b { ...F${n + 1} } }`)
    expect(comparisonsOf(parse(`{ ...F0 } ${doubled}`), mostComparisons)).toBe(mostComparisons + 1)
  })
})

describe('a document', () => {
  const prepare = createDocuments(createSchema(), defaultLimits)

  it('with too many comparisons is not validated', () => {
    const subjects = manyFragments.replaceAll('on Query', 'on Ticket').replaceAll(' x', ' subjct')
    const prepared = prepare(subjects.replace(/^\{(.*?)\}/, '{ ticket(id: "t") {$1} }'))
    expect(prepared).toMatchObject({
      errors: [{ message: expect.stringContaining('comparisons'), extensions: { code: 'too_complex' } }],
    })
  })

  it('whose components each bring a fragment with what they show is prepared', () => {
    const shown = 'id id subject status priority category customer { name } assignee { name }'
    const components = numbered(40, (n) => `fragment F${n} on Ticket { ${shown} }`)
    const prepared = prepare(`{ ticket(id: "t") { ${numbered(40, (n) => `...F${n}`)} } } ${components}`)
    expect(prepared).not.toHaveProperty('errors')
  })
})
