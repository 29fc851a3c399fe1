import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold } from '../kernel/decider.ts'
import { alex, byAlex, monday } from '../testing/examples.ts'
import { asSent, nothing, refused, specify } from '../testing/specification.ts'
import type { ArticleTreeEvent } from './article-tree.ts'
import { audienceIn, categoryIn, articleTreeAggregate, articleTreeLimits, pathIn } from './article-tree.ts'

const { given, when } = specify(asSent(articleTreeAggregate.schema, articleTreeAggregate), {
  ...byAlex,
  aggregateId: 'main',
})

const texts = { en: { name: 'Getting started', description: '', slug: 'getting-started' } }
const added = (categoryId: string, parentId: string | null = null, audience: 'public' | 'internal' = 'public') =>
  ({ type: 'ArticleCategoryAdded', at: monday, by: alex, categoryId, parentId, order: 0, audience, texts }) as const
const names = [{ language: 'en', name: 'Getting started' }]
const add = { type: 'add', categoryId: 'start', texts: names } as const
const treeOf = (...events: readonly ArticleTreeEvent[]) => fold(articleTreeAggregate, events)

describe('a category of articles', () => {
  it('has a name and an address in each language', () => {
    when(add).then({ type: 'ArticleCategoryAdded', categoryId: 'start', parentId: null, audience: 'public', texts })
    given(added('start')).when(add).then(nothing)
    given(added('start'))
      .when({ ...add, order: 2 })
      .then(refused('article_category_already_added', 'categoryId'))
    when({ ...add, texts: [] }).then(refused('invalid_command', 'texts'))
  })

  it('lies in another one', () => {
    given(added('a'))
      .when({ ...add, parentId: 'a' })
      .then({ type: 'ArticleCategoryAdded', parentId: 'a' })
    when({ ...add, parentId: 'a' }).then(refused('article_category_not_found', 'parentId'))
  })

  it('changes by what its editor names', () => {
    given(added('a'))
      .when({ type: 'change', categoryId: 'a', order: 3 })
      .then({ type: 'ArticleCategoryChanged', order: 3 })
    given(added('a')).when({ type: 'change', categoryId: 'a', audience: 'public', texts: add.texts }).then(nothing)
    given(added('a'))
      .when({ type: 'change', categoryId: 'b' })
      .then(refused('article_category_not_found', 'categoryId'))
  })

  it('never lies in itself', () => {
    const move = { type: 'move', categoryId: 'a', parentId: 'c' } as const
    const chain = [added('a'), added('b', 'a'), added('c', 'b')] as const
    given(...chain)
      .when(move)
      .then(refused('article_category_in_itself', 'parentId'))
    given(...chain)
      .when({ ...move, parentId: 'a' })
      .then(refused('article_category_in_itself', 'parentId'))
    given(...chain)
      .when({ ...move, categoryId: 'c', parentId: null })
      .then({ type: 'ArticleCategoryMoved', parentId: null, order: 0 })
    given(...chain)
      .when({ ...move, categoryId: 'c', parentId: 'b' })
      .then(nothing)
  })

  it('lies ten levels deep at most, with all that lies in it', () => {
    const names = Array.from({ length: articleTreeLimits.depth }, (_, index) => `c${index}`)
    const deep = names.map((name, index) => added(name, names[index - 1] ?? null))
    given(...deep)
      .when({ ...add, parentId: 'c9' })
      .then(refused('too_many', 'parentId'))
    given(...deep, added('x'))
      .when({ type: 'move', categoryId: 'c0', parentId: 'x' })
      .then(refused('too_many', 'parentId'))
    given(...deep, added('x'))
      .when({ type: 'move', categoryId: 'c1', parentId: 'x' })
      .then({ type: 'ArticleCategoryMoved' })
  })

  it('is removed when no other one lies in it', () => {
    given(added('a'), added('b', 'a'))
      .when({ type: 'remove', categoryId: 'a' })
      .then(refused('article_category_not_empty', 'categoryId'))
    given(added('a'), added('b', 'a'))
      .when({ type: 'remove', categoryId: 'b' })
      .then({ type: 'ArticleCategoryRemoved' })
    when({ type: 'remove', categoryId: 'b' }).then(nothing)
  })
})

describe('what lies in a category', () => {
  it('is internal if any that it lies in is', () => {
    const tree = treeOf(added('a'), added('b', 'a', 'internal'), added('c', 'b'))
    expect(['a', 'b', 'c', 'unknown', null].map((id) => audienceIn(tree, id))).toEqual([
      'public',
      'internal',
      'internal',
      'public',
      'public',
    ])
  })

  it('is as internal after the removal of its category as it was before', () => {
    const before = [added('a', null, 'internal'), added('b', 'a')] as const
    const { state } = given(...before).when({ type: 'remove', categoryId: 'b' })
    expect(categoryIn(state, 'b')).toBeUndefined()
    expect(audienceIn(state, 'b')).toBe('internal')
    given(...before, { type: 'ArticleCategoryRemoved', at: monday, by: alex, categoryId: 'b', audience: 'internal' })
      .when({ ...add, categoryId: 'b' })
      .then(refused('article_category_already_added', 'categoryId'))
  })
})

it('has no circle, whatever is added, moved and removed', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
  const parent = fc.option(name)
  const command = fc.oneof(
    fc.record({ type: fc.constant('add' as const), categoryId: name, parentId: parent, texts: fc.constant(names) }),
    fc.record({ type: fc.constant('move' as const), categoryId: name, parentId: parent }),
    fc.record({ type: fc.constant('remove' as const), categoryId: name }),
  )
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const events: ArticleTreeEvent[] = []
      for (const each of commands) {
        const { decision } = given(...events).when(each)
        if (decision.ok) events.push(...decision.value)
      }
      const tree = treeOf(...events)
      for (const id of Object.keys(tree.categories)) {
        expect(pathIn(tree, id).at(-1)?.parentId).toBeNull()
      }
    }),
  )
})

describe('a category from a file', () => {
  const source = { path: 'start/_index.md', head: '---\ntitle: Getting started\n---\n', tail: '' }
  const fromFile: ArticleTreeEvent = { ...added('a'), texts: { en: { ...texts.en, source } } }
  const fileNames = [{ language: 'en', name: 'Getting started', source }]
  const change = { type: 'change' as const, categoryId: 'a', texts: fileNames }

  it('keeps the file with its name, but not in its state, and takes it in once', () => {
    when({ ...add, texts: fileNames }).then({ type: 'ArticleCategoryAdded', texts: fromFile.texts })
    given(added('a')).when(change).then({ type: 'ArticleCategoryChanged', texts: fromFile.texts })
    given(fromFile).when(change).then(nothing)
    given(fromFile)
      .when({ ...change, texts: [{ language: 'en', name: 'Getting started', source: { ...source, tail: '\n' } }] })
      .then({ type: 'ArticleCategoryChanged' })
    expect(categoryIn(treeOf(fromFile), 'a')?.texts).toEqual(texts)
  })

  it('stays the same when somebody saves its name again', () => {
    given(fromFile)
      .when({ ...change, texts: names })
      .then(nothing)
  })
})
