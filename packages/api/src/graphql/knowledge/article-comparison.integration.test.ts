import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }

const send = (as: Bearer, operation: string, input: object, shown = '') =>
  mutate(api, as, operation, { ...input }, shown)
const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await send(as, operation, input)).userErrors).toEqual([])
}
const publish = async (articleId: string, language: string, revision: number): Promise<void> => {
  await done(eve, 'approveArticle', { articleId, language, revision })
  await done(ana, 'publishArticle', { articleId, language, revision })
}
const parts = '{ kind text }'
const compared = async (as: Bearer, articleId: string, language: string, shown: string): Promise<unknown> => {
  const query = `query ($id: ID!) { article(id: $id) { translation(language: "${language}") { ${shown} } } }`
  const { article } = await api.dataOf(as, query, { id: articleId })
  return (article as { readonly translation: unknown }).translation
}

describe('revisions of an article', () => {
  it('are compared by words, of which customers see nothing', async () => {
    const text = { language: 'en', title: 'Reset', body: 'Open the settings.', audience: 'PUBLIC' }
    await done(ana, 'createArticle', { articleId: 'reset', ...text })
    const later = { language: 'en', title: 'Reset', body: 'Open your settings.' }
    await done(ana, 'reviseArticle', { articleId: 'reset', basedOn: 1, ...later })
    await publish('reset', 'en', 2)
    const shown = `comparison(from: 1) { from { number } to { number } title ${parts} body ${parts} }`
    const comparison = {
      from: { number: 1 },
      to: { number: 2 },
      title: [{ kind: 'EQUAL', text: 'Reset' }],
      body: [
        { kind: 'EQUAL', text: 'Open ' },
        { kind: 'REMOVED', text: 'the' },
        { kind: 'ADDED', text: 'your' },
        { kind: 'EQUAL', text: ' settings.' },
      ],
    }
    expect(await compared(eve, 'reset', 'en', shown)).toEqual({ comparison })
    expect(await compared(eve, 'reset', 'en', 'comparison(from: 2, to: 9) { from { number } }')).toEqual({
      comparison: null,
    })
    const ofSource = 'sourceComparison { from { number } }'
    for (const reader of [zoe, visitor]) {
      expect(await compared(reader, 'reset', 'en', `${shown} ${ofSource}`)).toEqual({
        comparison: null,
        sourceComparison: null,
      })
    }
  })

  it('say what has changed in the first language since a translation was written', async () => {
    const text = { language: 'en', title: 'Voices', body: 'There are 27 voices.' }
    await done(ana, 'createArticle', { articleId: 'voices', ...text })
    const french = { language: 'fr', title: 'Voix', body: 'Il y a 27 voix.', basedOn: 0 }
    await done(ana, 'reviseArticle', { articleId: 'voices', ...french })
    await done(ana, 'reviseArticle', { articleId: 'voices', ...text, body: 'There are 39 voices.', basedOn: 1 })
    const shown = `sourceComparison { from { language number } to { number } body ${parts} }`
    expect(await compared(ana, 'voices', 'fr', shown)).toEqual({
      sourceComparison: {
        from: { language: 'en', number: 1 },
        to: { number: 2 },
        body: [
          { kind: 'EQUAL', text: 'There are ' },
          { kind: 'REMOVED', text: '27' },
          { kind: 'ADDED', text: '39' },
          { kind: 'EQUAL', text: ' voices.' },
        ],
      },
    })
    expect(await compared(ana, 'voices', 'en', shown)).toEqual({ sourceComparison: null })
  })

  it('are not overwritten: a stale save learns who has written what meanwhile', async () => {
    const text = { language: 'en', title: 'Stale', body: 'One.' }
    await done(ana, 'createArticle', { articleId: 'stale', ...text })
    await done(eve, 'reviseArticle', { articleId: 'stale', ...text, body: 'One. Two.', basedOn: 1 })
    const { userErrors } = await send(
      ana,
      'reviseArticle',
      { articleId: 'stale', ...text, body: 'Uno.', basedOn: 1 },
      '',
    )
    expect(userErrors).toMatchObject([{ code: 'ARTICLE_REVISED', field: 'basedOn' }])
    expect(userErrors[0]?.message).toMatch(/revision 2 was written by (?:Eve Roy|eve) at 2\S+Z since revision 1/)
    const shown = `comparison(from: 1) { to { author { userId } body } body ${parts} }`
    expect(await compared(ana, 'stale', 'en', shown)).toMatchObject({
      comparison: {
        to: { author: { userId: 'eve' }, body: 'One. Two.' },
        body: [
          { kind: 'EQUAL', text: 'One.' },
          { kind: 'ADDED', text: ' Two.' },
        ],
      },
    })
  })

  it('are restored as the last one, unless another was written meanwhile', async () => {
    const text = { language: 'en', title: 'Old', body: 'As it was.' }
    await done(ana, 'createArticle', { articleId: 'old', ...text })
    await done(ana, 'reviseArticle', { articleId: 'old', ...text, body: 'As it is.', basedOn: 1 })
    const old = { articleId: 'old', language: 'en', revision: 1 }
    const codes = async (as: Bearer, input: object) =>
      (await send(as, 'restoreArticleRevision', { ...old, ...input }, '')).userErrors.map(({ code }) => code)
    expect(await codes(ana, { basedOn: 1 })).toEqual(['ARTICLE_REVISED'])
    expect(await codes(ana, { revision: 7, basedOn: 2 })).toEqual(['ARTICLE_REVISION_NOT_FOUND'])
    const shown = 'article { translation(language: "en") { latest { number title body } } }'
    expect(await send(ana, 'restoreArticleRevision', { ...old, basedOn: 2 }, shown)).toMatchObject({
      userErrors: [],
      article: { translation: { latest: { number: 3, title: 'Old', body: 'As it was.' } } },
    })
  })
})

describe('the replacement of a deleted article', () => {
  const replacementFor = async (as: Bearer, id: string): Promise<unknown> =>
    (await api.dataOf(as, 'query ($id: ID!) { articleReplacement(id: $id) { key } }', { id }))['articleReplacement']

  it('is for customers that of an article which they could read, if they may read both', async () => {
    const text = { language: 'en', title: 'Text', body: 'Text.' }
    for (const articleId of ['public-old', 'public-new', 'public-lost', 'internal-old', 'internal-new']) {
      const audience = articleId.startsWith('public') ? 'PUBLIC' : 'INTERNAL'
      await done(ana, 'createArticle', { articleId, ...text, audience })
      await publish(articleId, 'en', 1)
    }
    const supervisor: Bearer = { ...ana, role: 'supervisor', id: 'sup', name: 'Sup' }
    const remove = (articleId: string, replacedBy: string) =>
      done(supervisor, 'deleteArticle', { articleId, reason: 'Old.', replacedBy })
    await remove('public-old', 'public-new')
    await remove('public-lost', 'internal-new')
    await remove('internal-old', 'public-new')
    expect(await replacementFor(zoe, 'public-old')).toEqual({ key: 'public-new' })
    expect(await replacementFor(visitor, 'public-old')).toEqual({ key: 'public-new' })
    for (const id of ['public-lost', 'internal-old', 'public-new', 'nothing', '\u0000']) {
      expect(await replacementFor(zoe, id)).toBeNull()
    }
    expect(await replacementFor(ana, 'public-lost')).toEqual({ key: 'internal-new' })
    expect(await replacementFor(ana, 'internal-old')).toEqual({ key: 'public-new' })
  })
})
