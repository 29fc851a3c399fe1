import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from './testing/api-under-test.ts'
import { ada, ana, gateway, ines, mutate, sam, useApi, zoe } from './testing/api-under-test.ts'
import { filesInFolder } from './testing/files-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { files: filesInFolder })
const visitor: Bearer = { id: 'visitor-00000000-0000-4000-8000-000000000007', role: 'visitor' }

const done = async (operation: string, input: object, as = ana): Promise<void> => {
  expect([operation, (await mutate(api, as, operation, { ...input }, '')).userErrors]).toEqual([operation, []])
}
const publish = async (articleId: string, language: string, revision: number): Promise<void> =>
  done('publishArticle', { articleId, language, revision })

const get = async (as: Bearer | undefined, url: string, method: 'GET' | 'HEAD' = 'GET') =>
  api.app.inject({ method, url, headers: as ? { authorization: `Bearer ${await api.tokenOf(as)}` } : {} })
const refusedTo = async (as: Bearer | undefined, url: string): Promise<unknown> => {
  const answer = await get(as, url)
  const { errors } = answer.json<{ readonly errors: readonly { readonly extensions: { readonly code: string } }[] }>()
  return [answer.statusCode, errors[0]?.extensions.code]
}
const addressFor = async (as: Bearer, id: string, language = 'en'): Promise<unknown> => {
  const query = 'query ($id: ID!, $language: String) { article(id: $id) { pdfAddress(language: $language) } }'
  const { article } = await api.dataOf(as, query, { id, language })
  return article && (article as { readonly pdfAddress: unknown }).pdfAddress
}

/** The text of a PDF, and the addresses that it links to. */
async function read(pdf: Buffer): Promise<{ readonly text: string; readonly links: readonly unknown[] }> {
  const data = new Uint8Array(pdf)
  const page = await (await getDocument({ data, verbosity: 0, isEvalSupported: false }).promise).getPage(1)
  const { items } = await page.getTextContent()
  const annotations = (await page.getAnnotations()) as { readonly url?: string }[]
  const text = items.map((item) => ('str' in item ? item.str : '')).join(' ')
  return { text: text.replaceAll(/\s+/g, ' '), links: annotations.map(({ url }) => url) }
}

const [internal, open] = ['/articles/vault/article.pdf?language=en', '/articles/door/article.pdf?language=en']

beforeAll(async () => {
  const helpCentre = { enabled: true, title: 'Example Help', address: 'https://help.example' }
  const document = {
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    knowledge: { approval: 'none', helpCentre },
  }
  await done('applyConfiguration', { document }, ada)
  const text = { language: 'en', body: 'Text.' }
  await done('createArticle', { articleId: 'vault', ...text, title: 'Open the vault' })
  const picture = await sharp({ create: { width: 900, height: 300, channels: 3, background: 'teal' } })
    .png()
    .toBuffer()
  const grant = { articleId: 'vault', name: 'key.png', bytes: picture.length }
  const { upload } = (await mutate(api, ana, 'createUpload', grant, 'upload { fileId url }')) as unknown as {
    readonly upload: { readonly fileId: string; readonly url: string }
  }
  expect((await api.app.inject({ method: 'PUT', url: upload.url, payload: picture })).statusCode).toBe(201)
  const body = `Ask Sam for [the door](article:door).\n\n![The key](file:${upload.fileId})`
  await done('reviseArticle', { articleId: 'vault', language: 'en', basedOn: 1, title: 'Open the vault', body })
  await publish('vault', 'en', 2)
  const linking = 'Push it, or read [the rest](article:vault).'
  const door = { articleId: 'door', language: 'en', title: 'Open the door', audience: 'PUBLIC', body: linking }
  await done('createArticle', door)
  await publish('door', 'en', 1)
  await done('createArticle', { articleId: 'draft', ...text, title: 'A draft' })
})

describe('the PDF of an article for the desk', () => {
  it('is there for an internal article, with its picture, and says that it is internal', async () => {
    expect(await addressFor(ana, 'vault')).toBe(internal)
    const { statusCode, headers, rawPayload } = await get(ana, internal)
    expect([statusCode, headers]).toMatchObject([
      200,
      {
        'content-type': 'application/pdf',
        'content-disposition': 'attachment; filename=open-the-vault.pdf',
        'cache-control': 'private, no-store',
        'content-security-policy': "default-src 'none'; sandbox",
      },
    ])
    expect(rawPayload.toString('latin1').match(/\/Subtype \/Image/g)).toHaveLength(1)
    const { text, links } = await read(rawPayload)
    for (const each of ['Open the vault', 'For the desk alone', 'Ask Sam', 'Example Help']) expect(text).toContain(each)
    expect(links).toEqual(['https://help.example/help/en/articles/door/open-the-door'])
    for (const as of [sam, ada, ines, gateway]) expect((await get(as, internal)).statusCode).toBe(200)
  })

  it('of a public article may be given to customers: it does not say where internal ones are', async () => {
    const { text, links } = await read((await get(ana, open)).rawPayload)
    expect(text).toContain('Push it, or read the rest')
    expect(text).not.toContain('For the desk alone')
    expect(links).toEqual([])
  })

  it('is refused to customers and visitors, whatever they ask for, and to those without a token', async () => {
    for (const as of [zoe, visitor]) {
      for (const url of [internal, open, '/articles/none/article.pdf'])
        expect(await refusedTo(as, url)).toEqual([403, 'forbidden'])
      expect(await addressFor(as, 'door')).toBeNull()
      expect(await addressFor(as, 'vault')).toBeNull()
    }
    expect(await refusedTo(undefined, internal)).toEqual([401, 'unauthenticated'])
    expect((await get(ana, internal, 'HEAD')).statusCode).toBe(404)
  })

  it('is not there for a draft, for what is in the archive, and for what is no article', async () => {
    await done('createArticle', { articleId: 'old', language: 'en', title: 'Old', body: 'Text.' })
    await publish('old', 'en', 1)
    expect(await addressFor(ana, 'old')).toBe('/articles/old/article.pdf?language=en')
    await done('archiveArticle', { articleId: 'old', reason: 'outdated' }, sam)
    for (const id of ['draft', 'old']) expect(await addressFor(ana, id)).toBeNull()
    for (const id of ['draft', 'old', 'none', '%00', '..%2F..', 'x'.repeat(128), '%2D'.repeat(128)])
      expect(await refusedTo(ana, `/articles/${id}/article.pdf`)).toEqual([404, 'article_unknown'])
    expect(await refusedTo(ana, '/articles/vault/article.pdf?language=_')).toEqual([400, 'malformed_input'])
  })

  it('is in the closest language, and is refused where its letters would stand unjoined', async () => {
    expect(await addressFor(ana, 'vault', 'fr')).toBe(internal)
    const tamil = { articleId: 'vault', language: 'ta', basedOn: 0, title: 'பெட்டகம்', slug: 'tamil', body: 'திற' }
    await done('reviseArticle', tamil)
    await publish('vault', 'ta', 1)
    expect(await addressFor(ana, 'vault', 'ta')).toBeNull()
    expect(await refusedTo(ana, '/articles/vault/article.pdf?language=ta')).toEqual([404, 'pdf_script_unsupported'])
  })
})
