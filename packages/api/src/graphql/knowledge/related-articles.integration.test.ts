import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}

async function write(articleId: string, title: string, more: object = {}): Promise<void> {
  const text = { language: 'en', title, body: 'The turbine has a gasket and a capacitor.', audience: 'PUBLIC' }
  await done(ana, 'createArticle', { articleId, ...text, ...more })
  await done(eve, 'approveArticle', { articleId, language: 'en', revision: 1 })
  await done(ana, 'publishArticle', { articleId, language: 'en', revision: 1 })
}

const keysOf = (rows: unknown): readonly string[] => (rows as readonly { readonly key: string }[]).map(({ key }) => key)
const relatedTo = async (as: Bearer, id: string, limit = 10): Promise<readonly string[]> => {
  const query = `query ($id: ID!, $limit: Int!) { article(id: $id) { relatedArticles(language: "en", limit: $limit) { key } } }`
  const { article } = await api.dataOf(as, query, { id, limit })
  return keysOf((article as { readonly relatedArticles: unknown }).relatedArticles)
}
const relatedCategories = async (as: Bearer): Promise<ReadonlyMap<string, readonly string[]>> => {
  const { articleCategories } = await api.dataOf(
    as,
    '{ articleCategories { key relatedCategories(language: "en") { key } } }',
  )
  const rows = articleCategories as readonly { readonly key: string; readonly relatedCategories: unknown }[]
  return new Map(rows.map((row) => [row.key, keysOf(row.relatedCategories)]))
}

beforeAll(async () => {
  for (const [categoryId, audience] of [
    ['machines', 'PUBLIC'],
    ['parts', 'PUBLIC'],
    ['workshop', 'INTERNAL'],
  ])
    await done(sam, 'addArticleCategory', { categoryId, audience, texts: [{ language: 'en', name: categoryId }] })
  await write('stated', 'Opening hours', { body: 'From nine to five.' })
  for (const [index, subject] of ['invoice', 'holiday', 'password', 'parking', 'canteen', 'badge'].entries())
    await write(`other-${index}`, `About the ${subject}`, { body: `Ask for the ${subject}.` })
  await write('turbine', 'Mend a turbine', { categoryId: 'machines', relatedIds: ['stated', 'plans'] })
  await write('turbine-2', 'Start a turbine', { categoryId: 'machines' })
  await write('gasket', 'Order a gasket', { categoryId: 'parts' })
  await write('inside', 'Turbine of the workshop', { categoryId: 'workshop' })
  await write('plans', 'Plans of the turbine', { audience: 'INTERNAL' })
  await vi.waitUntil(async () => (await relatedTo(ana, 'turbine')).includes('inside'), { interval: 100 })
})

describe('Article.relatedArticles', () => {
  it('has those that are stated first, then those that share its words, in its category first', async () => {
    expect(await relatedTo(zoe, 'turbine')).toEqual(['stated', 'turbine-2', 'gasket'])
    expect(await relatedTo(zoe, 'turbine', 2)).toEqual(['stated', 'turbine-2'])
  })

  it('shows customers and visitors nothing internal', async () => {
    for (const as of [zoe, visitor])
      for (const id of ['turbine', 'turbine-2', 'gasket'])
        expect(await relatedTo(as, id)).not.toEqual(expect.arrayContaining(['inside']))
    const seen = await Promise.all([zoe, visitor].map((as) => relatedTo(as, 'gasket')))
    expect(seen.flat().filter((key) => key === 'inside' || key === 'plans')).toEqual([])
    expect(await relatedTo(ana, 'turbine')).toEqual(expect.arrayContaining(['stated', 'plans', 'inside']))
  })

  it('refuses more than it has', async () => {
    const { errors } = await api.ask(zoe, '{ article(id: "turbine") { relatedArticles(limit: 11) { key } } }')
    expect(errors).toMatchObject([{ extensions: { code: 'malformed_input' } }])
  })
})

describe('ArticleCategory.relatedCategories', () => {
  it('has the categories whose articles share words, of those that the viewer sees', async () => {
    expect(await relatedCategories(zoe)).toEqual(
      new Map([
        ['machines', ['parts']],
        ['parts', ['machines']],
      ]),
    )
    expect((await relatedCategories(ana)).get('machines')).toEqual(expect.arrayContaining(['parts', 'workshop']))
  })
})
