import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant, later } from '@guichet/domain'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

/** Noon in the middle of a month, a millisecond later at each look: no day and no month ends meanwhile. */
let clock = instant('2026-03-15T12:00:00.000Z')
const now = () => (clock = later(clock, 1))

/** Hundreds of requests of one person at once are minutes of the server’s time on a busy machine. */
const limits = { requestsPerMinute: 0, visitorRequestsPerMinute: 0, millisecondsPerMinute: 0 }
const api = useApi({ beforeAll, afterAll }, { limits, now })
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
const auditor: Bearer = { ...ana, id: 'ada', role: 'auditor' }
const service: Bearer = { ...ana, id: 'crm', role: 'service' }
const customer = (id: string): Bearer => ({ ...zoe, id, name: `Name of ${id}` })
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor-00000000-0000-4000-8000-000000000001' }

const send = async (as: Bearer, operation: string, input: object, shown = ''): Promise<object> => {
  const { data, errors } = await api.ask(as, documentOf(operation, shown), { input })
  expect(errors).toEqual([])
  const result = data?.[operation] as { readonly userErrors: readonly unknown[] }
  expect(result.userErrors).toEqual([])
  return result
}
const documentOf = (operation: string, shown: string): string => {
  const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
  return `mutation ($input: ${type}!) { ${operation}(input: $input) { userErrors { code field } ${shown} } }`
}
const refusalOf = async (as: Bearer, operation: string, input: object): Promise<unknown> => {
  const { data, errors } = await api.ask(as, documentOf(operation, ''), { input })
  if (errors.length > 0) return errors[0]?.extensions.code
  return (data?.[operation] as { readonly userErrors: readonly unknown[] } | undefined)?.userErrors[0]
}
const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}

async function published(articleId: string, input: object = {}): Promise<void> {
  const text = { language: 'en', title: `About ${articleId}`, body: `All about ${articleId}.`, audience: 'PUBLIC' }
  await done(ana, 'createArticle', { articleId, ...text, ...input })
  await publish(articleId, 'en', 1)
}
async function publish(articleId: string, language: string, revision: number): Promise<void> {
  await done(eve, 'approveArticle', { articleId, language, revision })
  await done(ana, 'publishArticle', { articleId, language, revision })
}
const rated = (as: Bearer, articleId: string, input: object): Promise<object> =>
  send(as, 'rateArticle', { articleId, language: 'en', ...input })
const viewed = (as: Bearer, articleId: string, language = 'en'): Promise<object> =>
  send(as, 'viewArticle', { articleId, language })
const figures = 'views helpful unhelpful helpfulShare { value aim met } stars'
const readershipFor = async (as: Bearer, articleId: string): Promise<unknown> => {
  await api.readership.flush()
  const query = `query ($id: ID!) { article(id: $id) { readership { ${figures} } } }`
  const { article } = await api.dataOf(as, query, { id: articleId })
  return (article as { readonly readership: unknown }).readership
}
const keysOf = async (as: Bearer, list: string): Promise<unknown> => {
  const data = await api.dataOf(as, `{ list: ${list} { nodes { key } } }`)
  return (data['list'] as { readonly nodes: readonly { readonly key: string }[] }).nodes.map(({ key }) => key)
}

describe('the rating of an article', () => {
  it('is one of a person in a language, which a later one replaces, and its authors read the comment', async () => {
    await published('rated')
    await rated(zoe, 'rated', { helpful: true })
    await rated(visitor, 'rated', { helpful: true })
    await rated(eve, 'rated', { helpful: true, stars: 4 })
    await rated(ana, 'rated', { helpful: false, stars: 1, comment: 'Out of date.' })
    await rated(zoe, 'rated', { helpful: false, comment: 'Step 2 is\nmissing.' })
    expect(await readershipFor(ana, 'rated')).toEqual({
      views: 0,
      helpful: 2,
      unhelpful: 2,
      helpfulShare: { value: 0.5, aim: 0.7, met: false },
      stars: 2.5,
    })
    const query = `{ article(id: "rated") { ratings(first: 10) { nodes { helpful stars comment by { kind userId } } } } }`
    expect(await api.dataOf(ana, query)).toEqual({
      article: {
        ratings: {
          nodes: [
            { helpful: false, stars: null, comment: 'Step 2 is\nmissing.', by: { kind: 'CUSTOMER', userId: 'zoe' } },
            { helpful: false, stars: 1, comment: 'Out of date.', by: { kind: 'AGENT', userId: 'ana' } },
            { helpful: true, stars: 4, comment: null, by: { kind: 'AGENT', userId: 'eve' } },
            { helpful: true, stars: null, comment: null, by: { kind: 'CUSTOMER', userId: visitor.id } },
          ],
        },
      },
    })
    const node = '{ node(id: "ArticleRating~rated~en~customer~zoe") { ... on ArticleRating { comment } } }'
    for (const as of [ana, auditor])
      expect(await api.dataOf(as, node)).toEqual({ node: { comment: 'Step 2 is\nmissing.' } })
    for (const as of [zoe, service]) expect(await api.dataOf(as, node)).toEqual({ node: null })
    for (const id of ['rated~en~customer~nobody', 'rated~en~system~zoe', 'rated', '~~~', 'rated~en~customer~'])
      expect(await api.dataOf(ana, `{ node(id: "ArticleRating~${id}") { id } }`)).toEqual({ node: null })
    for (const as of [zoe, visitor, service])
      expect((await api.dataOf(as, query))['article']).toEqual({ ratings: null })
    expect(await readershipFor(zoe, 'rated')).toBeNull()
    expect((await api.dataOf(auditor, query))['article']).toMatchObject({ ratings: { nodes: [{}, {}, {}, {}] } })
  })

  it('counts each of many who rate at once, and one person who does so many times once', async () => {
    await published('crowded')
    const many = Array.from({ length: 20 }, (_, n) =>
      rated(customer(`rater-${n}`), 'crowded', { helpful: n % 4 !== 0 }),
    )
    const again = Array.from({ length: 20 }, (_, n) => rated(zoe, 'crowded', { helpful: n % 2 === 0 }))
    await Promise.all([...many, ...again])
    const { helpful, unhelpful } = (await readershipFor(ana, 'crowded')) as Record<'helpful' | 'unhelpful', number>
    expect(helpful + unhelpful).toBe(21)
    await rated(zoe, 'crowded', { helpful: true })
    expect(await readershipFor(ana, 'crowded')).toMatchObject({ helpful: 16, unhelpful: 5 })
  })

  it('is refused of what its reader cannot have read, to services and auditors, and with stars to customers', async () => {
    await published('hidden', { audience: 'INTERNAL' })
    const input = { language: 'en', helpful: true }
    expect(await refusalOf(zoe, 'rateArticle', { articleId: 'hidden', ...input })).toEqual({
      code: 'ARTICLE_NOT_FOUND',
      field: 'articleId',
    })
    expect(await refusalOf(zoe, 'rateArticle', { articleId: 'none', ...input })).toMatchObject({
      code: 'ARTICLE_NOT_FOUND',
    })
    await rated(ana, 'hidden', { helpful: true })
    await published('english')
    expect(await refusalOf(zoe, 'rateArticle', { articleId: 'english', ...input, language: 'fr' })).toEqual({
      code: 'ARTICLE_NOT_PUBLISHED',
      field: 'language',
    })
    const refused: readonly (readonly [Bearer, object])[] = [
      [zoe, { stars: 5 }],
      [ana, { stars: 6 }],
      [zoe, { comment: 'x'.repeat(100_000) }],
      [zoe, { comment: 'a \u0000 byte' }],
    ]
    for (const [as, more] of refused)
      expect(await refusalOf(as, 'rateArticle', { articleId: 'english', ...input, ...more })).toMatchObject({
        code: 'INVALID_COMMAND',
      })
    for (const as of [service, auditor])
      expect(await refusalOf(as, 'rateArticle', { articleId: 'english', ...input })).toBe('forbidden')
  })

  it('goes with the person who is erased, and counts no more', async () => {
    await published('left')
    await rated(zoe, 'left', { helpful: true })
    await rated(customer('gone'), 'left', { helpful: false, comment: 'I am Gone.' })
    expect(await api.readership.erase(['gone', 'nobody'])).toBe(1)
    expect(await readershipFor(ana, 'left')).toMatchObject({ helpful: 1, unhelpful: 0, helpfulShare: { met: true } })
    const query = '{ article(id: "left") { ratings(first: 10) { nodes { by { userId } } } } }'
    expect(await api.dataOf(ana, query)).toEqual({ article: { ratings: { nodes: [{ by: { userId: 'zoe' } }] } } })
  })
})

describe('the views of an article', () => {
  it('count once for each person and day, however often and from wherever they are reported', async () => {
    await published('read')
    await Promise.all(Array.from({ length: 200 }, () => viewed(zoe, 'read')))
    await viewed(visitor, 'read')
    expect(await readershipFor(ana, 'read')).toMatchObject({ views: 2 })
    await viewed(zoe, 'read')
    expect(await readershipFor(ana, 'read')).toMatchObject({ views: 2 })
  })

  it('do not count of crawlers, and are no business of the desk', async () => {
    await published('crawled')
    const variables = { input: { articleId: 'crawled', language: 'en' } }
    const crawler = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }
    const { errors } = await api.ask(zoe, documentOf('viewArticle', ''), variables, crawler)
    expect(errors).toEqual([])
    expect(await readershipFor(ana, 'crawled')).toMatchObject({ views: 0 })
    expect(await refusalOf(ana, 'viewArticle', variables.input)).toBe('forbidden')
    expect(await refusalOf(zoe, 'viewArticle', { ...variables.input, articleId: 'none' })).toMatchObject({
      code: 'ARTICLE_NOT_FOUND',
    })
  })

  it('ask no stream of the store', async () => {
    await published('cheap')
    await viewed(zoe, 'cheap')
    const before = api.queryCount()
    await viewed(customer('reader'), 'cheap')
    expect(api.queryCount() - before).toBeLessThanOrEqual(1)
  })

  it('make lists of what most people read, and of what is recent, without anything that a reader may not see', async () => {
    await done(sam, 'addArticleCategory', { categoryId: 'lists', texts: [{ language: 'en', name: 'Lists' }] })
    for (const articleId of ['first', 'second', 'third', 'unread']) await published(articleId, { categoryId: 'lists' })
    await done(ana, 'reviseArticle', { articleId: 'first', language: 'fr', basedOn: 0, title: 'Un', body: 'Un.' })
    await publish('first', 'fr', 1)
    const readers = ['a', 'b', 'c'].map(customer)
    for (const as of readers) await viewed(as, 'third')
    for (const as of readers.slice(0, 2)) await viewed(as, 'first')
    for (const as of readers.slice(0, 1)) await viewed(as, 'second')
    await viewed(zoe, 'first', 'fr')
    await viewed(customer('d'), 'first', 'fr')
    await api.readership.flush()
    const most = 'mostReadArticles(first: 10, categoryId: "lists")'
    const recent = 'recentArticles(first: 10, categoryId: "lists")'
    expect(await keysOf(zoe, most)).toEqual(['first', 'third', 'second'])
    expect(await keysOf(zoe, 'mostReadArticles(first: 10, categoryId: "lists", language: "en")')).toEqual([
      'third',
      'first',
      'second',
    ])
    expect(await keysOf(zoe, 'mostReadArticles(first: 1, categoryId: "lists", days: 1)')).toEqual(['first'])
    const edges = async (page: string) => {
      const query = `{ mostReadArticles(${page}, categoryId: "lists") { edges { cursor node { key } } } }`
      const { mostReadArticles } = await api.dataOf(zoe, query)
      const list = mostReadArticles as { edges: readonly { cursor: string; node: { key: string } }[] }
      return list.edges.map(({ cursor, node }) => ({ cursor, key: node.key }))
    }
    const [top] = await edges('first: 1')
    expect(JSON.parse(Buffer.from(top?.cursor ?? '', 'base64url').toString())).toContain('1')
    const rest = await edges(`first: 10, after: "${top?.cursor}"`)
    expect(rest.map(({ key }) => key)).toEqual(['third', 'second'])
    expect((await edges(`last: 1, before: "${rest[1]?.cursor}"`)).map(({ key }) => key)).toEqual(['third'])
    expect(await keysOf(zoe, recent)).toEqual(['first', 'unread', 'third', 'second'])
    expect(await keysOf(zoe, 'recentArticles(first: 10, categoryId: "lists", language: "fr")')).toEqual(['first'])
    const total = `{ articleReadership(categoryId: "lists") { ${figures} } }`
    expect(await api.dataOf(ana, total)).toMatchObject({ articleReadership: { views: 8, helpful: 0, stars: null } })
    expect((await api.ask(zoe, total)).errors[0]?.extensions.code).toBe('forbidden')
    await done(ana, 'changeArticleDetails', { articleId: 'first', audience: 'INTERNAL' })
    await done(ana, 'archiveArticle', { articleId: 'second', reason: 'Old.' })
    for (const as of [zoe, visitor])
      expect([await keysOf(as, most), await keysOf(as, recent)]).toEqual([['third'], ['unread', 'third']])
    expect(await keysOf(ana, most)).toEqual(['first', 'third'])
    await done(sam, 'changeArticleCategory', { categoryId: 'lists', audience: 'INTERNAL' })
    expect([await keysOf(zoe, most), await keysOf(zoe, recent)]).toEqual([[], []])
  })
})

describe('the contributions to articles', () => {
  it('count what each author did in a month, beside the aim of level 2', async () => {
    const author: Bearer = { ...ana, id: 'author', name: 'Aude Martin' }
    const reviewer: Bearer = { ...ana, id: 'reviewer', name: 'Rémi Blanc' }
    const text = { language: 'en', title: 'One', body: 'One.' }
    await done(author, 'createArticle', { articleId: 'c-1', ...text })
    await done(author, 'reviseArticle', { articleId: 'c-1', ...text, body: 'Two.', basedOn: 1 })
    await done(author, 'createArticle', { articleId: 'c-2', ...text })
    await done(reviewer, 'approveArticle', { articleId: 'c-1', language: 'en', revision: 2 })
    await done(author, 'requestArticleReview', { articleId: 'c-2', language: 'en', revision: 1 })
    await done(reviewer, 'declineArticle', { articleId: 'c-2', language: 'en', revision: 1, reason: 'Short.' })
    await done(reviewer, 'reviseArticle', { articleId: 'c-1', ...text, language: 'fr', basedOn: 0 })
    const query =
      '{ articleContributions { by { userId name } created revised translated reviewed approved articles aim } }'
    const { articleContributions: rows } = await api.dataOf(sam, query)
    const none = { created: 0, revised: 0, translated: 0, reviewed: 0, approved: 0, aim: 5 }
    expect(
      (rows as readonly { readonly by: { readonly userId: string } }[]).filter(({ by }) => /or$|er$/.test(by.userId)),
    ).toEqual([
      { ...none, by: { userId: 'author', name: 'Aude Martin' }, created: 2, revised: 1, articles: 2 },
      { ...none, by: { userId: 'reviewer', name: 'Rémi Blanc' }, translated: 1, reviewed: 2, approved: 1, articles: 1 },
    ])
    expect((await api.ask(ana, query)).errors[0]?.extensions.code).toBe('forbidden')
    expect((await api.ask(zoe, query)).errors[0]?.extensions.code).toBe('forbidden')
  })
})
