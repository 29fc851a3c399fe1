import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }

const done = async (as: Bearer, operation: string, input: object, shown = ''): Promise<object> => {
  const result = await mutate(api, as, operation, { ...input }, shown)
  expect(result.userErrors).toEqual([])
  return result
}
const codesOf = async (as: Bearer, operation: string, input: object): Promise<readonly unknown[]> =>
  (await mutate(api, as, operation, { ...input }, '')).userErrors.map(({ code }) => code)

/** Publishes an article in English, by two people. */
async function published(articleId: string, input: object = {}): Promise<void> {
  const text = { language: 'en', title: `About ${articleId}`, body: `All about ${articleId}.`, audience: 'PUBLIC' }
  await done(ana, 'createArticle', { articleId, ...text, ...input })
  await done(eve, 'approveArticle', { articleId, language: 'en', revision: 1 })
  await done(ana, 'publishArticle', { articleId, language: 'en', revision: 1 })
}

const titleFor = async (as: Bearer, articleId: string, language = 'en'): Promise<unknown> => {
  const query = `query ($id: ID!) { article(id: $id) { translation(language: "${language}") { published { title } } } }`
  const { article } = await api.dataOf(as, query, { id: articleId })
  return (article as { readonly translation?: { readonly published?: { readonly title: string } } } | null)?.translation
    ?.published?.title
}
const listedFor = async (as: Bearer, filter = ''): Promise<unknown> => {
  const { articles } = await api.dataOf(
    as,
    `{ articles(first: 50${filter && `, filter: { ${filter} }`}) { nodes { key } } }`,
  )
  return (articles as { readonly nodes: readonly { readonly key: string }[] }).nodes.map(({ key }) => key).sort()
}

describe('an article', () => {
  it('is read by customers once it is published, as it was published while the next text is written', async () => {
    const text = { language: 'en', title: 'Reset the password', body: 'Open **Settings**.', audience: 'PUBLIC' }
    await done(ana, 'createArticle', { articleId: 'reset', ...text })
    expect(await titleFor(zoe, 'reset')).toBeUndefined()
    expect(await codesOf(ana, 'publishArticle', { articleId: 'reset', language: 'en', revision: 1 })).toEqual([
      'ARTICLE_NOT_APPROVED',
    ])
    await done(ana, 'requestArticleReview', { articleId: 'reset', language: 'en', revision: 1 })
    expect(await listedFor(ana, 'state: IN_REVIEW')).toEqual(['reset'])
    expect(await codesOf(ana, 'approveArticle', { articleId: 'reset', language: 'en', revision: 1 })).toEqual([
      'ARTICLE_OWN_APPROVAL',
    ])
    await done(eve, 'approveArticle', { articleId: 'reset', language: 'en', revision: 1 })
    await done(ana, 'publishArticle', { articleId: 'reset', language: 'en', revision: 1 })
    expect(await Promise.all([zoe, visitor, ana].map((as) => titleFor(as, 'reset')))).toEqual(Array(3).fill(text.title))
    await done(ana, 'reviseArticle', { articleId: 'reset', ...omit(text), basedOn: 1, title: 'Forgot your password?' })
    expect(await titleFor(zoe, 'reset')).toBe('Reset the password')
    const shown =
      'article { translation(language: "en") { latest { number title } published { number } revisions(first: 5) { nodes { number author { userId } } } } }'
    expect(
      await done(ana, 'addArticlePhrase', { articleId: 'reset', language: 'en', phrase: 'locked out' }, shown),
    ).toMatchObject({
      article: {
        translation: {
          latest: { number: 2, title: 'Forgot your password?' },
          published: { number: 1 },
          revisions: { nodes: [{ number: 2, author: { userId: 'ana' } }, { number: 1 }] },
        },
      },
    })
  })

  it('shows customers nothing of what is not published', async () => {
    await published('half')
    await done(ana, 'reviseArticle', { articleId: 'half', language: 'fr', basedOn: 0, title: 'Secret', body: 'Caché.' })
    const query = `{ article(id: "half") { author { userId } fields { name } translations {
      language latest { title } revisions(first: 5) { nodes { title } }
      inReview approved phrases planned { dueAt } published { title author { userId } keywords } } } }`
    expect(await api.dataOf(zoe, query)).toEqual({
      article: {
        author: null,
        fields: [],
        translations: [
          {
            language: 'en',
            latest: null,
            revisions: { nodes: [] },
            inReview: null,
            approved: null,
            phrases: [],
            planned: [],
            published: { title: 'About half', author: null, keywords: [] },
          },
        ],
      },
    })
    expect(await titleFor(zoe, 'half', 'fr')).toBe('About half')
    const nodes =
      '{ nodes(ids: ["ArticleRevision~half~en~1", "ArticleRevision~half~fr~1"]) { ... on ArticleRevision { title } } }'
    expect(await api.dataOf(zoe, nodes)).toEqual({ nodes: [{ title: 'About half' }, null] })
    expect(await api.dataOf(ana, nodes)).toEqual({ nodes: [{ title: 'About half' }, { title: 'Secret' }] })
  })

  it('is hidden from customers by its audience, its category, the archive and its deletion, on every road', async () => {
    await done(sam, 'addArticleCategory', {
      categoryId: 'outer',
      texts: [{ language: 'en', name: 'Outer' }],
    })
    await done(sam, 'addArticleCategory', {
      categoryId: 'inner',
      parentId: 'outer',
      texts: [{ language: 'en', name: 'Inner' }],
    })
    await published('inside', { categoryId: 'inner', tags: ['hidden-tag'], relatedIds: [] })
    await published('beside', { relatedIds: ['inside'] })
    const roads = async (): Promise<Readonly<Record<string, unknown>>> => ({
      article: await titleFor(zoe, 'inside'),
      listed: await listedFor(zoe, 'tags: ["hidden-tag"]'),
      node: (await api.dataOf(zoe, '{ node(id: "Article~inside") { id } }'))['node'],
      ...(await api.dataOf(
        zoe,
        '{ related: article(id: "beside") { related { key } } articleTags { tag } articleCategories { key articles } }',
      )),
    })
    const tags = (data: Readonly<Record<string, unknown>>): unknown =>
      (data['articleTags'] as readonly { readonly tag: string }[]).filter(({ tag }) => tag === 'hidden-tag').length
    const open = await roads()
    expect(open).toMatchObject({ article: 'About inside', listed: ['inside'], node: {}, related: { related: [{}] } })
    expect([tags(open), open]).toMatchObject([
      1,
      { articleCategories: [{ key: 'inner', articles: 1 }, { key: 'outer' }] },
    ])
    const hidden = async (): Promise<void> => {
      const data = await roads()
      expect(data).toMatchObject({ article: undefined, listed: [], node: null, related: { related: [] } })
      expect(tags(data)).toBe(0)
      expect(await titleFor(ana, 'inside')).toBe('About inside')
    }
    await done(sam, 'changeArticleCategory', { categoryId: 'outer', audience: 'INTERNAL' })
    await hidden()
    expect(await api.dataOf(zoe, '{ articleCategories { key } }')).toEqual({ articleCategories: [] })
    await done(sam, 'moveArticleCategory', { categoryId: 'inner', parentId: null })
    expect(await titleFor(zoe, 'inside')).toBe('About inside')
    await done(ana, 'changeArticleDetails', { articleId: 'inside', audience: 'INTERNAL' })
    await hidden()
    await done(ana, 'changeArticleDetails', { articleId: 'inside', audience: 'PUBLIC' })
    await done(ana, 'archiveArticle', { articleId: 'inside', reason: 'Outdated.' })
    await hidden()
    await done(ana, 'restoreArticle', { articleId: 'inside' })
    expect(await titleFor(zoe, 'inside')).toBe('About inside')
    await done(sam, 'deleteArticle', { articleId: 'inside', reason: 'Wrong.', replacedBy: 'beside' })
    await hidden()
  })

  it('is translated, and its translation stale once more than the spelling has changed', async () => {
    await published('stale')
    const french = { articleId: 'stale', language: 'fr', title: 'Périmé', body: 'Tout.', basedOn: 0 }
    await done(ana, 'reviseArticle', french)
    await done(eve, 'approveArticle', { articleId: 'stale', language: 'fr', revision: 1 })
    await done(ana, 'publishArticle', { articleId: 'stale', language: 'fr', revision: 1 })
    const change = async (revision: number, kind: string): Promise<unknown> => {
      const text = { language: 'en', title: 'About stale', body: `All about it, ${revision}.`, change: kind }
      await done(ana, 'reviseArticle', { articleId: 'stale', ...text, basedOn: revision - 1 })
      await done(eve, 'approveArticle', { articleId: 'stale', language: 'en', revision })
      await done(ana, 'publishArticle', { articleId: 'stale', language: 'en', revision })
      return listedFor(ana, 'state: STALE')
    }
    expect(await change(2, 'TYPO')).toEqual([])
    expect(await change(3, 'MAJOR')).toEqual(['stale'])
    await done(ana, 'confirmArticleTranslation', { articleId: 'stale', language: 'fr', follows: 3 })
    expect(await listedFor(ana, 'state: STALE')).toEqual([])
  })

  it('says to the desk alone why a review has declined it, until a later revision is approved', async () => {
    await published('declined')
    const inEnglish = { articleId: 'declined', language: 'en' }
    const query =
      '{ article(id: "declined") { translation(language: "en") { decline { revision reason by { userId } at } } } }'
    const declineFor = async (as: Bearer): Promise<unknown> => {
      const { article } = await api.dataOf(as, query)
      return (article as { readonly translation: { readonly decline: unknown } }).translation.decline
    }
    await done(ana, 'reviseArticle', { ...inEnglish, basedOn: 1, title: 'Declined', body: 'Two.' })
    await done(ana, 'requestArticleReview', { ...inEnglish, revision: 2 })
    await done(eve, 'declineArticle', { ...inEnglish, revision: 2, reason: 'Name the button.' })
    const said = { revision: 2, reason: 'Name the button.', by: { userId: 'eve' }, at: expect.any(String) as unknown }
    expect(await declineFor(ana)).toEqual(said)
    expect(await Promise.all([zoe, visitor].map(declineFor))).toEqual([null, null])
    await done(ana, 'reviseArticle', { ...inEnglish, basedOn: 2, title: 'Declined', body: 'Three.' })
    await done(ana, 'requestArticleReview', { ...inEnglish, revision: 3 })
    expect(await declineFor(eve)).toEqual(said)
    await done(eve, 'approveArticle', { ...inEnglish, revision: 3 })
    expect(await declineFor(ana)).toBeNull()
  })

  it('is refused to those who have not seen what was written since', async () => {
    await published('twice')
    const text = { articleId: 'twice', language: 'en', title: 'Mine', body: 'My text.', basedOn: 1 }
    await done(ana, 'reviseArticle', text)
    expect(await codesOf(eve, 'reviseArticle', { ...text, title: 'Yours' })).toEqual(['ARTICLE_REVISED'])
  })

  it('is found by category with all that lies in it, by difficulty and language', async () => {
    await done(sam, 'addArticleCategory', { categoryId: 'guides', texts: [{ language: 'en', name: 'Guides' }] })
    await done(sam, 'addArticleCategory', {
      categoryId: 'setup',
      parentId: 'guides',
      texts: [
        { language: 'en', name: 'Set-up' },
        { language: 'fr', name: 'Installation' },
      ],
    })
    await published('setting-up', { categoryId: 'setup', difficulty: 'ADVANCED' })
    expect(await listedFor(zoe, 'categoryId: "guides"')).toEqual(['setting-up'])
    expect(await listedFor(zoe, 'categoryId: "guides", difficulty: [BASIC]')).toEqual([])
    expect(await listedFor(zoe, 'categoryId: "guides", language: "fr"')).toEqual([])
    const query =
      '{ article(id: "setting-up") { category { text(language: "fr-CA") { name slug } parent { key children { key } } } } }'
    expect(await api.dataOf(zoe, query)).toEqual({
      article: {
        category: {
          text: { name: 'Installation', slug: 'installation' },
          parent: { key: 'guides', children: [{ key: 'setup' }] },
        },
      },
    })
  })
})

const omit = ({ audience: _, ...text }: { readonly audience: string }): object => text

it('warns an author of a text in another language than it says, and refuses nothing', async () => {
  const body =
    'Um Ihr Kennwort zu ändern, öffnen Sie die Einstellungen Ihres Kontos und wählen Sie dort den Punkt Sicherheit aus.'
  const shown = 'article { translation(language: "fr") { latest { suspectedLanguage } } }'
  const write = (articleId: string, text: string) =>
    done(ana, 'createArticle', { articleId, language: 'fr', title: 'Le mot de passe', body: text }, shown)
  expect(await write('wrong-language', body)).toMatchObject({
    article: { translation: { latest: { suspectedLanguage: 'de' } } },
  })
  expect(await write('too-short', 'Kennwort')).toMatchObject({
    article: { translation: { latest: { suspectedLanguage: null } } },
  })
})
