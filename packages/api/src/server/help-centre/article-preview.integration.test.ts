import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import type { Bearer } from '../testing/api-under-test.ts'
import { ada, ana, gateway, mutate, sam, useApi, zoe } from '../testing/api-under-test.ts'
import { filesInFolder } from '../testing/files-under-test.ts'

let passedMs = 0
/** The clock stands still but for what the tests let pass: a busy machine takes no time from a link. */
const startedAt = Date.now()
const now = () => instant(new Date(startedAt + passedMs))
const api = useApi({ beforeAll, afterAll }, { files: filesInFolder, now })

const auditor: Bearer = { id: 'aud', role: 'auditor', name: 'Aud' }
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}
let configurations = 0
async function configure(helpCentre: object): Promise<void> {
  const document = {
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    knowledge: { approval: 'none', helpCentre },
  }
  const query = `mutation ($input: ApplyConfigurationInput!) { applyConfiguration(input: $input) { userErrors { message } } }`
  const input = { commandId: `configure-${++configurations}`, document }
  expect(await api.dataOf(ada, query, { input })).toMatchObject({ applyConfiguration: { userErrors: [] } })
}

async function upload(articleId: string, content: Buffer): Promise<string> {
  const input = { articleId, name: 'next.png', bytes: content.length }
  const granted = (await mutate(api, ana, 'createUpload', input, 'upload { fileId url }')) as unknown as {
    readonly upload: { readonly fileId: string; readonly url: string }
  }
  expect((await api.app.inject({ method: 'PUT', url: granted.upload.url, payload: content })).statusCode).toBe(201)
  return granted.upload.fileId
}

const get = (url: string) => api.app.inject({ url })
async function previewOf(as: Bearer, articleId: string, language = 'en'): Promise<string | null> {
  const query = `query ($id: ID!) { article(id: $id) { translation(language: "${language}") { latest { previewAddress } } } }`
  const { article } = (await api.dataOf(as, query, { id: articleId })) as {
    readonly article: { readonly translation: { readonly latest: { readonly previewAddress: string } | null } } | null
  }
  return article?.translation.latest?.previewAddress ?? null
}
const previewed = async (as: Bearer, articleId: string): Promise<string> => {
  const address = await previewOf(as, articleId)
  if (address === null) throw new Error(`there is no preview of ${articleId}`)
  return address
}

const create = (articleId: string, more: object = {}) =>
  done(ana, 'createArticle', {
    articleId,
    language: 'en',
    title: articleId,
    body: 'Text.',
    audience: 'PUBLIC',
    ...more,
  })
const revise = (articleId: string, basedOn: number, body: string) =>
  done(ana, 'reviseArticle', { articleId, language: 'en', basedOn, title: articleId, body })
const publish = (articleId: string, revision: number) =>
  done(ana, 'publishArticle', { articleId, language: 'en', revision })

beforeAll(() => configure({ enabled: true }))

describe('the preview of a revision', () => {
  it('is the page of the help centre, for whoever has the link, and for that revision alone', async () => {
    await create('open')
    await publish('open', 1)
    await create('hidden', { audience: 'INTERNAL' })
    await publish('hidden', 1)
    await create('reset', { title: 'reset' })
    await revise(
      'reset',
      1,
      '<script>alert(1)</script> See [open](article:open), [hidden](article:hidden), [me](article:reset).',
    )
    const address = await previewed(ana, 'reset')
    await revise('reset', 2, 'Nobody has this link.')
    const page = await get(address)
    expect(page.statusCode).toBe(200)
    expect(page.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-robots-tag': 'noindex',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("default-src 'none'") as string,
    })
    expect(page.body).toContain('<meta name="robots" content="noindex">')
    expect(page.body).toContain('Preview: readers do not see this page')
    expect(page.body).toContain('&lt;script&gt;alert(1)')
    expect(page.body).toContain('href="/help/en/articles/open/open"')
    expect(page.body).toContain(`href="${address.replaceAll('&', '&amp;')}"`)
    expect(page.body).not.toContain('articles/hidden')
    expect(page.body).not.toContain('Nobody has this link')
    expect((await get('/help/en/articles/reset/reset')).statusCode).toBe(404)
  })

  it('is refused with any other signature, revision, language, article or time', async () => {
    const address = await previewed(ana, 'reset')
    const [path = '', query = ''] = address.split('?')
    expect((await get(address)).statusCode).toBe(200)
    const later = address.replace(/expires=(\d+)/, (_, seconds: string) => `expires=${Number(seconds) + 1}`)
    const others = [
      path,
      later,
      `${path.replace(/\d+$/, '1')}?${query}`,
      `${path.replace(/\d+$/, '0')}?${query}`,
      `${path.replace('/en/', '/fr/')}?${query}`,
      `${path.replace('/reset/', '/open/')}?${query}`,
      `${path.replace('/reset/', '/%00/')}?${query}`,
      `${address}x`,
      `${address}&expires=1`,
      `${path}?expires=99999999999&signature=`,
      `${path}/1?${query}`,
      `/help/preview/?${query}`,
      `/help/preview/en/%2e%2e/1?${query}`,
    ]
    for (const url of others) {
      const { statusCode, headers, body } = await get(url)
      expect([url, statusCode, headers['cache-control']]).toEqual([url, 404, 'no-store'])
      expect(body).not.toContain('Nobody has this link')
    }
  })

  it('is of an article with the longest id', async () => {
    const articleId = `${'x'.repeat(110)}/a b#c+d@e:f-g`
    await create(articleId)
    expect((await get(await previewed(ana, articleId))).statusCode).toBe(200)
  })

  it('has its pictures, which no other road shows yet', async () => {
    await create('pictured')
    const picture = await sharp({ create: { width: 900, height: 300, channels: 3, background: 'teal' } })
      .png()
      .toBuffer()
    const file = await upload('pictured', picture)
    const foreign = await upload('reset', picture)
    await revise('pictured', 1, `![Next](file:${file}) ![Stolen](file:${foreign})`)
    const { body } = await get(await previewed(ana, 'pictured'))
    const [, address = ''] = /src="([^"]+)" alt="Next"/.exec(body) ?? []
    const small = await get(address.replaceAll('&amp;', '&'))
    expect([small.statusCode, small.headers['content-type']]).toEqual([200, 'image/webp'])
    expect((await get(`/help/files/${file}`)).statusCode).toBe(404)
    expect(body).not.toContain(foreign)
  })

  it('counts no view', async () => {
    await create('counted')
    await publish('counted', 1)
    await get(await previewed(ana, 'counted'))
    await get('/help/en/articles/counted/counted')
    await api.readership.flush()
    const query = '{ article(id: "counted") { readership { views } } }'
    expect(await api.dataOf(ana, query)).toEqual({ article: { readership: { views: 1 } } })
  })

  it('is given by those who write, and by nobody who reads', async () => {
    await create('given')
    await publish('given', 1)
    for (const as of [ana, sam, gateway])
      expect(await previewOf(as, 'given')).toMatch(/^\/help\/preview\/en\/given\/1\?/)
    for (const as of [auditor, zoe, visitor]) expect(await previewOf(as, 'given')).toBeNull()
    const query = '{ article(id: "given") { translation(language: "en") { published { previewAddress } } } }'
    for (const as of [zoe, visitor]) {
      expect(await api.dataOf(as, query)).toEqual({ article: { translation: { published: { previewAddress: null } } } })
    }
  })

  it('ends with its time, with the article, and with the help centre', async () => {
    await create('brief')
    await configure({ enabled: true, previewedFor: '1h', address: 'https://help.example' })
    const [origin, path = ''] = (await previewed(ana, 'brief')).split(/(?=\/help\/preview)/)
    expect(origin).toBe('https://help.example')
    expect((await get(path)).statusCode).toBe(200)
    passedMs = 3_599_000
    expect((await get(path)).statusCode).toBe(200)
    passedMs = 3_602_000
    const ended = await get(path)
    expect([ended.statusCode, ended.headers['cache-control']]).toEqual([410, 'no-store'])
    expect(ended.body).toContain('This preview has ended')

    const next = (await previewed(ana, 'brief')).replace('https://help.example', '')
    await configure({ enabled: false })
    expect((await get(next)).statusCode).toBe(404)
    expect(await previewOf(ana, 'brief')).toBeNull()
    await configure({ enabled: true })
    expect((await get(next)).statusCode).toBe(200)
    await done(sam, 'deleteArticle', { articleId: 'brief', reason: 'Old.' })
    expect((await get(next)).statusCode).toBe(410)
    expect(await previewOf(ana, 'brief')).toBeNull()
  })
})
