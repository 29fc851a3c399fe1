import { expect, it } from 'vitest'
import type { CategoryNode } from './category.ts'
import { categoriesOf, categoryTreeSchema } from './category.ts'

/** A tree of a number of levels, with one category on each. */
function deep(levels: number): readonly CategoryNode[] {
  let tree: readonly CategoryNode[] = []
  for (let level = levels; level > 0; level--) tree = [{ name: `level${level}`, subcategories: tree }]
  return tree
}

const wide = (count: number): readonly CategoryNode[] => Array.from({ length: count }, (_, n) => ({ name: `c${n}` }))

/** The faults of a tree. */
const faults = (tree: unknown): readonly string[] =>
  categoryTreeSchema.safeParse(tree).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []

it('accepts eight levels and two thousand categories', () => {
  expect(faults(deep(8))).toEqual([])
  expect([...categoriesOf(deep(8)).keys()].at(-1)).toBe('level1/level2/level3/level4/level5/level6/level7/level8')
  expect(faults(wide(2_000))).toEqual([])
})

it.each([9, 20_000])('refuses %i levels, and names the first that is too deep', (levels) => {
  const path = `0${'.subcategories.0'.repeat(8)}.name`
  expect(faults(deep(levels))).toEqual([`${path}: categories may lie at most 8 deep`])
  expect(() => categoriesOf(deep(levels))).toThrow('categories may lie at most 8 deep')
})

it('refuses a category whose path is longer than a ticket may name', () => {
  const name = 'c'.repeat(49)
  const tree = (last: string) => [
    { name, subcategories: [{ name, subcategories: [{ name, subcategories: [{ name: last }] }] }] },
  ]
  expect(faults(tree('d'.repeat(50)))).toEqual([])
  expect(faults(tree('d'.repeat(51)))).toEqual([
    '0.subcategories.0.subcategories.0.subcategories.0.name: its path must have 200 characters at most',
  ])
})

it('refuses a cyclic tree', () => {
  const tree: { name: string; subcategories: unknown }[] = [{ name: 'a', subcategories: [] }]
  tree[0]!.subcategories = tree
  expect(faults(tree)).toEqual([expect.stringMatching(/at most 8 deep$/)])
})

it('refuses one category too many', () => {
  expect(faults(wide(2_001))).toEqual(['2000.name: there may be at most 2000 categories'])
})

it('refuses a name that occurs twice in one list, and accepts it in two', () => {
  const twice = [{ name: 'a' }, { name: 'b', subcategories: [{ name: 'a' }, { name: 'a' }] }, { name: 'a' }]
  expect(faults(twice)).toEqual(['1.subcategories.1.name: occurs twice: a', '2.name: occurs twice: a'])
})
