import {
  aggregates,
  clockedAggregates,
  constantTerms,
  defaultTicketPolicy,
  defaultWording,
  slaTargets,
} from '@guichet/domain'
import { expect, it } from 'vitest'
import { document } from './documents/documents.ts'

type Defined = { readonly deadlineKinds?: readonly string[] }

/** `first_response_breach` as the document names it for every target: `_breach`. */
const ofAnyTarget = (kind: string): string => {
  const target = slaTargets.find((each) => kind.startsWith(`${each}_`))
  return target === undefined ? kind : kind.slice(target.length)
}

const kindsOf = (words: readonly string[]): ReadonlySet<string> => new Set(words.map(ofAnyTarget))

const rows = document('docs/operations.md').text.split('\n')
const clocked = Object.entries<Defined>(aggregates).flatMap(([category, { deadlineKinds }]) =>
  deadlineKinds ? [{ category, deadlineKinds }] : [],
)

it.each(clocked)(
  'the operations document lists exactly the kinds of deadlines of a $category',
  ({ category, deadlineKinds }) => {
    const listed = rows.find((row) => row.startsWith(`| ${category} `))?.matchAll(/`(\w+)`/g) ?? []
    expect(kindsOf(Array.from(listed, ([, kind = '']) => kind))).toEqual(kindsOf(deadlineKinds))
  },
)

it('every aggregate with deadlines names their kinds', () => {
  const terms = constantTerms({ policy: defaultTicketPolicy, wording: defaultWording })
  expect(clocked.map(({ category }) => category)).toEqual(Object.keys(clockedAggregates(() => terms)))
})
