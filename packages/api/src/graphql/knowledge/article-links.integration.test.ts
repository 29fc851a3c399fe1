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

/** Writes the next revision of an article in a language, the first one unless `basedOn` says otherwise. */
async function written(articleId: string, body: string, input: object = {}): Promise<void> {
  const text = { language: 'en', title: `About ${articleId}`, body }
  if ('basedOn' in input) await done(ana, 'reviseArticle', { articleId, ...text, ...input })
  else await done(ana, 'createArticle', { articleId, audience: 'PUBLIC', ...text, ...input })
}

/** Publishes a revision by two people, and returns what the publication shows. */
async function publish(articleId: string, revision = 1, language = 'en', shown = ''): Promise<object> {
  await done(eve, 'approveArticle', { articleId, language, revision })
  return done(ana, 'publishArticle', { articleId, language, revision }, shown)
}

async function published(articleId: string, body: string, input: object = {}): Promise<void> {
  await written(articleId, body, input)
  await publish(articleId)
}

const articleFor = async (as: Bearer, articleId: string, shown: string): Promise<unknown> =>
  (await api.dataOf(as, `query ($id: ID!) { article(id: $id) { ${shown} } }`, { id: articleId }))['article']
const htmlFor = async (as: Bearer, articleId: string): Promise<unknown> => {
  const article = await articleFor(as, articleId, 'translation(language: "en") { published { html } }')
  return (article as { readonly translation: { readonly published: { readonly html: string } } }).translation.published
    .html
}
const brokenIn = async (articleId: string): Promise<unknown> => {
  const article = await articleFor(ana, articleId, 'brokenLinks { language articleId anchor fault }')
  return (article as { readonly brokenLinks: unknown }).brokenLinks
}
const linkedFrom = async (as: Bearer, articleId: string): Promise<unknown> => {
  const article = await articleFor(as, articleId, 'linkedFrom(first: 10) { nodes { key } }')
  const { nodes } = (article as { readonly linkedFrom: { readonly nodes: readonly { readonly key: string }[] } })
    .linkedFrom
  return nodes.map(({ key }) => key).sort()
}

describe('the text of an article', () => {
  it('is read as HTML with its headings, and links to the addresses of articles', async () => {
    await published('app', '## On a phone {#phone}\n\n<script>alert(1)</script>')
    await published('mail', '# By *mail*\n\nAs on [a phone](article:app#phone).')
    const shown = 'translation(language: "en") { published { html headings { level text anchor } } }'
    expect(await articleFor(visitor, 'mail', shown)).toEqual({
      translation: {
        published: {
          html: '<h1 id="article-by-mail">By <em>mail</em></h1>\n<p>As on <a href="/articles/app/en/about-app#article-phone">a phone</a>.</p>\n',
          headings: [{ level: 1, text: 'By mail', anchor: 'by-mail' }],
        },
      },
    })
    expect(await htmlFor(zoe, 'app')).toContain('&lt;script&gt;')
  })

  it('links to the language of its reader, where the other article is published in it', async () => {
    await published('bilingual', 'English.')
    await written('bilingual', 'Français.', { language: 'fr', title: 'À propos', basedOn: 0 })
    await written('french', '[Là](article:bilingual)', { language: 'fr' })
    await publish('french', 1, 'fr')
    const html = async () => articleFor(zoe, 'french', 'translation(language: "fr") { published { html } }')
    const linked = (address: string) => ({
      translation: { published: { html: `<p><a href="${address}">Là</a></p>\n` } },
    })
    expect(await html()).toEqual(linked('/articles/bilingual/en/about-bilingual'))
    await publish('bilingual', 1, 'fr')
    expect(await html()).toEqual(linked(`/articles/bilingual/fr/${encodeURIComponent('à-propos')}`))
  })

  it('is refused where it nests deeper than readers follow', async () => {
    const input = { articleId: 'deep', language: 'en', title: 'Deep', body: '> '.repeat(21) }
    const { userErrors } = await mutate(api, ana, 'createArticle', input, '')
    expect(userErrors).toMatchObject([{ code: 'ARTICLE_TOO_DEEP', field: 'body' }])
  })
})

describe('a link to an article', () => {
  it('is broken where readers cannot follow it, which its author sees before and after its publication', async () => {
    await published('kept', '## Here {#here}')
    await written('draft', 'Nothing yet.')
    await published('inner', 'For us.', { audience: 'INTERNAL' })
    await published('old', 'Old.')
    await published('gone', 'Gone.')
    const names = ['kept', 'kept#here', 'kept#there', 'draft', 'inner', 'old', 'gone', 'never']
    const body = `# Top\n\n${names.map((name) => `[a](article:${name})`).join(' ')} [top](#top) [end](#end)`
    await written('linking', body)
    const faults = [
      { language: 'en', articleId: 'draft', anchor: null, fault: 'NOT_PUBLISHED' },
      { language: 'en', articleId: 'inner', anchor: null, fault: 'INTERNAL' },
      { language: 'en', articleId: 'kept', anchor: 'there', fault: 'ANCHOR_NOT_FOUND' },
      { language: 'en', articleId: 'linking', anchor: 'end', fault: 'ANCHOR_NOT_FOUND' },
      { language: 'en', articleId: 'never', anchor: null, fault: 'NOT_FOUND' },
    ]
    const shown = 'brokenLinks { language articleId anchor fault }'
    expect(await articleFor(ana, 'linking', `translation(language: "en") { latest { ${shown} } } ${shown}`)).toEqual({
      translation: { latest: { brokenLinks: faults } },
      brokenLinks: [],
    })
    expect(await publish('linking', 1, 'en', `article { ${shown} }`)).toMatchObject({
      article: { brokenLinks: faults },
    })
    expect(await htmlFor(ana, 'linking')).toContain('<a href="/articles/draft/en/about-draft">a</a>')
    expect(await htmlFor(zoe, 'linking')).not.toContain('draft')
    const bodyFor = async (as: Bearer): Promise<unknown> =>
      articleFor(as, 'linking', 'translation(language: "en") { published { body } }')
    expect(await bodyFor(ana)).toEqual({ translation: { published: { body } } })
    const shownBody = body.replace(/article:(?:draft|inner|never)/g, '#')
    expect(await bodyFor(zoe)).toEqual({ translation: { published: { body: shownBody } } })
    await done(ana, 'archiveArticle', { articleId: 'old', reason: 'Outdated.' })
    await done(sam, 'deleteArticle', { articleId: 'gone', reason: 'Wrong.' })
    expect(await brokenIn('linking')).toEqual([
      ...faults.slice(0, 1),
      { language: 'en', articleId: 'gone', anchor: null, fault: 'NOT_FOUND' },
      ...faults.slice(1),
      { language: 'en', articleId: 'old', anchor: null, fault: 'ARCHIVED' },
    ])
  })

  it('is listed where it leads to, when its article is archived too, as long as it is published', async () => {
    await published('target', 'Here.')
    await published('first', '[a](article:target) [b](article:target#c)')
    await written('second', '[a](article:target)')
    expect(await linkedFrom(ana, 'target')).toEqual(['first'])
    await publish('second')
    expect(await linkedFrom(ana, 'target')).toEqual(['first', 'second'])
    await written('second', 'Nothing.', { basedOn: 1 })
    expect(await linkedFrom(zoe, 'target')).toEqual(['first', 'second'])
    await publish('second', 2)
    const shown = 'article { linkedFrom(first: 5) { nodes { key } } }'
    expect(await done(ana, 'archiveArticle', { articleId: 'target', reason: 'Outdated.' }, shown)).toMatchObject({
      article: { linkedFrom: { nodes: [{ key: 'first' }] } },
    })
  })

  it('tells customers nothing of an article that they may not read, on either side', async () => {
    await published('secret', '# A\n\n[out](article:open)', { audience: 'INTERNAL' })
    await published('open', '[in](article:secret#a), [away](article:nowhere)')
    const link = '<a href="/articles/secret/en/about-secret#article-a">in</a>'
    expect(await htmlFor(ana, 'open')).toBe(`<p>${link}, away</p>\n`)
    const shown =
      'linkedFrom(first: 5) { nodes { key } } brokenLinks { articleId } translation(language: "en") { published { brokenLinks { articleId } } }'
    for (const as of [zoe, visitor]) {
      expect(await htmlFor(as, 'open')).toBe('<p>in, away</p>\n')
      expect(await articleFor(as, 'open', shown)).toEqual({
        linkedFrom: { nodes: [] },
        brokenLinks: [],
        translation: { published: { brokenLinks: [] } },
      })
    }
    expect(await linkedFrom(ana, 'open')).toEqual(['secret'])
    expect(await brokenIn('secret')).toEqual([])
  })
})
