import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from '../testing/api-under-test.ts'
import { ada, ana, mutate, useApi, zoe } from '../testing/api-under-test.ts'
import { filesInFolder } from '../testing/files-under-test.ts'
import { pictureBomb } from '../testing/picture-bomb.ts'

const api = useApi({ beforeAll, afterAll }, { files: filesInFolder })

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}

let configurations = 0
async function configure(helpCentre: object): Promise<void> {
  const document = {
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    knowledge: { approval: 'none', helpCentre },
  }
  const query = `mutation ($input: ApplyConfigurationInput!) { applyConfiguration(input: $input) { userErrors { code } } }`
  const input = { commandId: `configure-${++configurations}`, document }
  expect(await api.dataOf(ada, query, { input })).toMatchObject({ applyConfiguration: { userErrors: [] } })
}

async function upload(articleId: string, name: string, content: Buffer): Promise<string> {
  const granted = (await mutate(
    api,
    ana,
    'createUpload',
    { articleId, name, bytes: content.length },
    'upload { fileId url }',
  )) as unknown as { readonly upload: { readonly fileId: string; readonly url: string } }
  const answer = await api.app.inject({ method: 'PUT', url: granted.upload.url, payload: content })
  expect(answer.statusCode).toBe(201)
  return granted.upload.fileId
}

const get = (url: string, headers: Readonly<Record<string, string>> = {}) => api.app.inject({ url, headers })
const revise = (articleId: string, basedOn: number, body: string) =>
  done(ana, 'reviseArticle', { articleId, language: 'en', basedOn, title: articleId, body })
const publish = (articleId: string, revision: number) =>
  done(ana, 'publishArticle', { articleId, language: 'en', revision })

async function htmlFor(as: Bearer, articleId: string, of: 'published' | 'latest' = 'published'): Promise<string> {
  const query = `query ($id: ID!) { article(id: $id) { translation(language: "en") { ${of} { html } } } }`
  const { article } = (await api.dataOf(as, query, { id: articleId })) as {
    readonly article: { readonly translation: Readonly<Record<string, { readonly html: string }>> }
  }
  return article.translation[of]?.html ?? ''
}
const filesFor = async (as: Bearer, articleId: string): Promise<readonly string[] | undefined> => {
  const query = 'query ($id: ID!) { article(id: $id) { files(first: 10) { nodes { key } } } }'
  const { article } = (await api.dataOf(as, query, { id: articleId })) as {
    readonly article: { readonly files: { readonly nodes: readonly { readonly key: string }[] } } | null
  }
  return article?.files.nodes.map(({ key }) => key)
}
const isShownTo = async (as: Bearer, id: string): Promise<boolean> =>
  (await api.dataOf(as, 'query ($id: ID!) { file(id: $id) { key } }', { id }))['file'] !== null

let picture: Buffer
/** The files of the public article, of its draft, and of the internal article. */
let [shown, drafted, internal] = ['', '', '']

beforeAll(async () => {
  picture = await sharp({ create: { width: 900, height: 300, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  await configure({ enabled: true })
  for (const [articleId, audience] of [
    ['reset', 'PUBLIC'],
    ['secret', 'INTERNAL'],
    ['thief', 'PUBLIC'],
  ] as const)
    await done(ana, 'createArticle', { articleId, language: 'en', title: articleId, body: 'Text.', audience })
  shown = await upload('reset', 'button.png', picture)
  drafted = await upload('reset', 'next.png', picture)
  internal = await upload('secret', 'inside.png', picture)
  await revise('reset', 1, `![Button](file:${shown})`)
  await publish('reset', 2)
  await revise('reset', 2, `![Button](file:${shown}) ![Next](file:${drafted})`)
  await revise('secret', 1, `![Inside](file:${internal})`)
  await publish('secret', 2)
  await revise('thief', 1, `![Stolen](file:${internal})`)
  await publish('thief', 2)
})

describe('a picture of an article', () => {
  it('is in the page of the help centre, small, and leads to the whole of it', async () => {
    const { body } = await get('/help/en/articles/reset/reset')
    expect(body).toContain(`<a href="/help/files/${shown}"><img src="/help/files/${shown}/preview" alt="Button"`)
    const small = await get(`/help/files/${shown}/preview`)
    expect([small.statusCode, small.headers['content-type']]).toEqual([200, 'image/webp'])
    expect((await sharp(small.rawPayload).metadata()).width).toBe(640)
    const whole = await get(`/help/files/${shown}`)
    expect(whole.rawPayload.equals(picture)).toBe(true)
    for (const { headers, body: text } of [small, whole]) {
      expect(headers['cache-control']).toMatch(/^public, max-age=60/)
      expect(headers['content-security-policy']).toContain('sandbox')
      expect(text).not.toBe('')
    }
    const again = await get(`/help/files/${shown}/preview`, { 'if-none-match': String(small.headers['etag']) })
    expect(again.statusCode).toBe(304)
  })

  it('is in the PDF of the page, which everybody loads who may read the page, and nobody else', async () => {
    const { body } = await get('/help/en/articles/reset/reset')
    const address = '/help/en/articles/reset/reset/article.pdf'
    expect(body).toContain(`<a href="${address}" type="application/pdf">PDF</a>`)
    const { statusCode, headers, rawPayload } = await get(address)
    expect([statusCode, headers['content-type'], headers['content-disposition']]).toEqual([
      200,
      'application/pdf',
      'inline; filename=reset.pdf',
    ])
    expect(headers['content-security-policy']).toContain('sandbox')
    expect(rawPayload.subarray(0, 5).toString()).toBe('%PDF-')
    expect(rawPayload.toString('latin1').match(/\/Subtype \/Image/g)).toHaveLength(1)
    expect((await get(address, { 'if-none-match': String(headers['etag']) })).statusCode).toBe(304)
    expect((await get('/help/en/articles/reset/old/article.pdf')).headers.location).toBe(address)
    for (const path of [
      '/help/en/articles/secret/secret/article.pdf',
      '/help/en/articles/none/none/article.pdf',
      '/help/fr/articles/reset/reset/article.pdf',
      '/help/en/articles/reset/reset/article.pdf/more',
      '/help/en/articles/reset/reset/other.pdf',
    ])
      expect([path, (await get(path)).statusCode]).toEqual([path, 404])
  })

  it('is in no PDF of a language whose letters it would write unjoined', async () => {
    const tamil = { articleId: 'reset', language: 'ta', basedOn: 0, title: 'கடவுச்சொல்', slug: 'tamil', body: 'மீட்டமை' }
    await done(ana, 'reviseArticle', tamil)
    await done(ana, 'publishArticle', { articleId: 'reset', language: 'ta', revision: 1 })
    const page = await get('/help/ta/articles/reset/tamil')
    expect(page.statusCode).toBe(200)
    expect(page.body).not.toContain('article.pdf')
    const refused = await get('/help/ta/articles/reset/tamil/article.pdf')
    expect([refused.statusCode, refused.json()]).toMatchObject([
      404,
      { errors: [{ extensions: { code: 'pdf_script_unsupported' } }] },
    ])
  })

  it('has the same address for everybody while its text is published, and a signed one in a draft', async () => {
    for (const as of [ana, zoe]) expect(await htmlFor(as, 'reset')).toContain(`src="/help/files/${shown}/preview"`)
    const draft = await htmlFor(ana, 'reset', 'latest')
    const [, address = ''] = /src="([^"]+)" alt="Next"/.exec(draft) ?? []
    expect(address).toContain(`/files/${drafted}/preview?expires=`)
    expect((await get(address.replaceAll('&amp;', '&'))).statusCode).toBe(200)
  })

  it('of a draft or an internal article is there for the desk alone', async () => {
    for (const id of [drafted, internal, 'none', `${shown}x`]) {
      for (const url of [`/help/files/${id}`, `/help/files/${id}/preview`]) {
        const { statusCode, json } = await get(url)
        expect([statusCode, json()]).toMatchObject([404, { errors: [{ extensions: { code: 'route_not_found' } }] }])
      }
      expect(await isShownTo(zoe, id)).toBe(false)
    }
    expect(await isShownTo(zoe, shown)).toBe(true)
    expect(await filesFor(zoe, 'reset')).toEqual([shown])
    expect(await filesFor(zoe, 'secret')).toBeUndefined()
    expect(await filesFor(ana, 'reset')).toEqual([drafted, shown])
    expect(await htmlFor(ana, 'secret')).toContain(`src="/files/${internal}/preview?expires=`)
  })

  it('is not public through another article that names it', async () => {
    expect((await get('/help/en/articles/thief/thief')).body).toContain('<p>Stolen</p>')
    expect(await htmlFor(zoe, 'thief')).toBe('<p>Stolen</p>\n')
    expect(await htmlFor(ana, 'thief')).toBe('<p>Stolen</p>\n')
    expect(await filesFor(zoe, 'thief')).toEqual([])
  })

  it('is public no longer once no published text names it, the article is internal, or the file is deleted', async () => {
    const statusOf = async (id: string) => (await get(`/help/files/${id}`)).statusCode
    await done(ana, 'createArticle', { articleId: 'moving', language: 'en', title: 'm', body: 'x', audience: 'PUBLIC' })
    const id = await upload('moving', 'a.png', picture)
    await revise('moving', 1, `[a](file:${id})`)
    await publish('moving', 2)
    await isShownTo(zoe, id)
    expect(await statusOf(id)).toBe(200)
    await revise('moving', 2, 'Without it.')
    await publish('moving', 3)
    expect(await isShownTo(zoe, id)).toBe(false)
    expect(await statusOf(id)).toBe(404)
    await revise('moving', 3, `[a](file:${id})`)
    await publish('moving', 4)
    expect(await isShownTo(zoe, id)).toBe(true)
    await done(ana, 'changeArticleDetails', { articleId: 'moving', audience: 'INTERNAL' })
    expect(await isShownTo(zoe, id)).toBe(false)
    expect(await statusOf(id)).toBe(404)
    await done(ana, 'changeArticleDetails', { articleId: 'moving', audience: 'PUBLIC' })
    expect(await isShownTo(zoe, id)).toBe(true)
    await done(ana, 'deleteFile', { fileId: id, reason: 'out of date' })
    expect(await statusOf(id)).toBe(404)
    expect(await htmlFor(zoe, 'moving')).toBe('<p>a</p>\n')
  })

  it('that is a bomb is not drawn, and no page loads the whole of it', async () => {
    await done(ana, 'createArticle', { articleId: 'bomb', language: 'en', title: 'b', body: 'x', audience: 'PUBLIC' })
    const id = await upload('bomb', 'bomb.png', pictureBomb(20_000))
    await revise('bomb', 1, `![b](file:${id})`)
    await publish('bomb', 2)
    expect(await htmlFor(zoe, 'bomb')).toContain(`src="/help/files/${id}/preview"`)
    const { statusCode, json } = await get(`/help/files/${id}/preview`)
    expect([statusCode, json()]).toMatchObject([404, { errors: [{ extensions: { code: 'preview_unavailable' } }] }])
  })

  it('is signed where there is no help centre', async () => {
    await configure({ enabled: false })
    expect((await get(`/help/files/${shown}`)).statusCode).toBe(404)
    const [, address = ''] = /src="([^"]+)"/.exec(await htmlFor(zoe, 'reset')) ?? []
    expect(address).toContain(`/files/${shown}/preview?expires=`)
    expect((await get(address.replaceAll('&amp;', '&'))).statusCode).toBe(200)
    await configure({ enabled: true })
  })
})

describe('an upload to an article', () => {
  const grant = (as: Bearer, articleId: string) =>
    mutate(api, as, 'createUpload', { articleId, name: 'a.png', bytes: 3 }, 'upload { fileId }')

  it('is for the desk, and for an article that exists', async () => {
    expect((await grant(ana, 'none')).userErrors).toMatchObject([{ code: 'ARTICLE_NOT_FOUND' }])
    await expect(grant(zoe, 'reset')).rejects.toThrow('forbidden')
    await expect(grant(zoe, 'secret')).rejects.toThrow('forbidden')
  })
})
