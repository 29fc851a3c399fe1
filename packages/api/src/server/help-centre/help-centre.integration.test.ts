import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Bearer } from '../testing/api-under-test.ts'
import { ada, ana, mutate, sam, startApi, useApi } from '../testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  const result = await mutate(api, as, operation, { ...input }, '')
  expect(result.userErrors).toEqual([])
}
const configure = async (helpCentre: object): Promise<void> => {
  const document = JSON.stringify({
    sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
    knowledge: { approval: 'none', helpCentre },
  })
  const query = `mutation ($input: ApplyConfigurationInput!) { applyConfiguration(input: $input) { userErrors { code message } } }`
  const { applyConfiguration } = await api.dataOf(ada, query, {
    input: { commandId: `configure-${++configurations}`, document: JSON.parse(document) as object },
  })
  expect(applyConfiguration).toMatchObject({ userErrors: [] })
}
let configurations = 0

const publish = (articleId: string, language: string, revision = 1): Promise<void> =>
  done(ana, 'publishArticle', { articleId, language, revision })

async function write(
  articleId: string,
  text: { readonly language: string; readonly title: string },
  more: object = {},
) {
  await done(ana, 'createArticle', { articleId, body: 'Text.', audience: 'PUBLIC', ...text, ...more })
  await publish(articleId, text.language)
}
async function translate(articleId: string, text: { readonly language: string; readonly title: string }, more = {}) {
  await done(ana, 'reviseArticle', { articleId, basedOn: 0, body: 'Texte.', ...text, ...more })
  await publish(articleId, text.language)
}

const get = (url: string, headers: Readonly<Record<string, string>> = {}) => api.app.inject({ url, headers })
/** Waits until a page has a text: counts are read once a second. */
const untilPageHas = (url: string, text: string): Promise<boolean> =>
  vi.waitUntil(async () => (await get(url)).body.includes(text), { timeout: 20_000, interval: 100 })

const settings = {
  enabled: true,
  address: 'https://help.example',
  title: 'Aide & <Tour>',
  logo: 'https://help.example/logo.svg',
  contact: '/contact?from=help&x="',
  links: [
    { text: 'Imprint', address: 'https://example.org/imprint' },
    { text: 'Mentions', address: 'https://example.org/mentions', language: 'fr' },
  ],
}
const home = '/help/en/articles/reset'

beforeAll(async () => {
  expect((await get('/help')).statusCode).toBe(404)
  await configure({ ...settings, contact: undefined })
  await done(sam, 'addArticleCategory', {
    categoryId: 'accounts',
    texts: [
      { language: 'en', name: 'Accounts', description: 'Who you are.' },
      { language: 'fr', name: 'Comptes' },
    ],
  })
  await done(sam, 'addArticleCategory', {
    categoryId: 'passwords',
    parentId: 'accounts',
    texts: [{ language: 'en', name: 'Pass & words' }],
  })
  await done(sam, 'addArticleCategory', {
    categoryId: 'machines',
    texts: [{ language: 'en', name: 'Machines' }],
  })
  await done(sam, 'addArticleCategory', {
    categoryId: 'secret-category',
    audience: 'INTERNAL',
    texts: [{ language: 'en', name: 'Secret category' }],
  })
  await write('mail', { language: 'en', title: 'Change your <b>mail</b>' })
  await write(
    'reset',
    { language: 'en', title: 'Reset the password' },
    {
      categoryId: 'passwords',
      relatedIds: ['mail', 'hidden'],
      body: 'See [mail](article:mail) and [hidden](article:hidden).\n\n<script>alert(1)</script>',
    },
  )
  await translate('reset', { language: 'fr', title: 'Réinitialiser le mot de passe' })
  await translate('reset', { language: 'ar', title: 'إعادة تعيين كلمة المرور' })
  await write('hidden', { language: 'en', title: 'Hidden words' }, { audience: 'INTERNAL', categoryId: 'passwords' })
  await write('inside', { language: 'en', title: 'Inside words' }, { categoryId: 'secret-category' })
  await done(ana, 'createArticle', {
    articleId: 'draft',
    language: 'tr',
    title: 'Draft words',
    body: 'x',
    audience: 'PUBLIC',
  })
  await write('french', { language: 'fr', title: 'Seulement en français' })
  await untilPageHas('/help/fr', 'Seulement')
  await untilPageHas('/help/en', 'Pass &amp; words')
})

describe('the help centre', () => {
  it('is at none of its addresses unless the desk says so', async () => {
    await configure({ enabled: false })
    for (const url of ['/help', '/help/en', '/help/sitemap.xml', '/robots.txt', home]) {
      const { statusCode, json } = await get(url)
      expect([url, statusCode, json()]).toMatchObject([
        url,
        404,
        { errors: [{ extensions: { code: 'route_not_found' } }] },
      ])
    }
    await configure(settings)
    expect((await get('/help/en')).statusCode).toBe(200)
  })

  it.each([
    ['fr-CA,en;q=0.5', 'fr'],
    ['ja, AR;q=0.4', 'ar'],
    ['ja', 'fr'],
    ['tr', 'fr'],
    ['x'.repeat(5_000), 'fr'],
    ['', 'fr'],
  ])('sends a browser that accepts %s to %s', async (accepted, language) => {
    for (const url of ['/help', '/help/']) {
      const { statusCode, headers } = await get(url, { 'accept-language': accepted })
      expect([statusCode, headers['location'], headers['vary']]).toEqual([
        302,
        `/help/${language}`,
        expect.stringContaining('accept-language'),
      ])
    }
  })

  it('has a page for each language, with its categories, their counts and its articles', async () => {
    const { body, headers, statusCode } = await get('/help/en')
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body).toContain('<html lang="en" dir="ltr">')
    expect(body).toContain('<a href="/help/en/categories/accounts">Accounts</a> <span class="weak">(1)</span>')
    expect(body).toContain('<a href="/help/en/categories/passwords">Pass &amp; words</a> <span class="weak">(1)</span>')
    expect(body).toContain('<a href="/help/en/articles/reset/reset-the-password">Reset the password</a>')
    expect(body).toContain('Change your &lt;b&gt;mail&lt;/b&gt;')
    expect(body).toContain('Aide &amp; &lt;Tour&gt;')
    expect(body).toContain('href="/contact?from=help&amp;x=&quot;"')
    expect(body).toContain('Imprint')
    expect(body).not.toContain('Mentions')
    expect((await get('/help/fr')).body).toContain('Mentions')
    const arabic = (await get('/help/ar')).body
    expect(arabic).toContain('<html lang="ar" dir="rtl">')
    expect(arabic).toContain('<span lang="fr" dir="ltr">Comptes</span>')
  })

  it('has a page for each category, by its id, to which its slug leads', async () => {
    const { body } = await get('/help/en/categories/accounts')
    expect(body).toContain('Who you are.')
    expect(body).toContain('Pass &amp; words')
    expect(body).toContain('Reset the password')
    expect(body).not.toContain('mail&lt;/b&gt;')
    expect(body).toContain('<link rel="canonical" href="https://help.example/help/en/categories/accounts">')
    const { statusCode, headers } = await get('/help/en/categories/pass-words')
    expect([statusCode, headers['location']]).toEqual([302, '/help/en/categories/passwords'])
    expect((await get('/help/en/categories/nothing')).statusCode).toBe(404)
  })

  it('shows an article with its links, translations and canonical address, whatever host is asked', async () => {
    const { body, statusCode } = await get(`${home}/reset-the-password`, { host: 'evil.example' })
    expect(statusCode).toBe(200)
    expect(body).toContain('<h1>Reset the password</h1>')
    expect(body).toContain('<a href="/help/en/articles/mail/change-your-b-mail-b">mail</a> and hidden.')
    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(body).not.toMatch(/<script|<style|style=|\son\w+=|evil/)
    const links = [...body.matchAll(/<link rel="(canonical|alternate)"(?: hreflang="(\w+)")? href="([^"]+)">/g)]
    expect(links.map(([, , language, address]) => [language, decodeURI(address ?? '')])).toEqual([
      [undefined, 'https://help.example/help/en/articles/reset/reset-the-password'],
      ['ar', 'https://help.example/help/ar/articles/reset/إعادة-تعيين-كلمة-المرور'],
      ['en', 'https://help.example/help/en/articles/reset/reset-the-password'],
      ['fr', 'https://help.example/help/fr/articles/reset/réinitialiser-le-mot-de-passe'],
    ])
    expect(body).toContain('Related articles')
    expect(body).not.toContain('Hidden')
  })

  it('suggests what shares the rare words of an article or of a topic, and nothing internal', async () => {
    const gadget = { language: 'en', body: 'The flux capacitor of the turbine needs a gasket.' }
    await write('turbine', { ...gadget, title: 'Mend a turbine' }, { categoryId: 'accounts' })
    await write('gasket', { ...gadget, title: 'Order a gasket' }, { categoryId: 'machines' })
    await write('hidden-turbine', { ...gadget, title: 'Hidden turbine' }, { audience: 'INTERNAL' })
    await untilPageHas('/help/en/search?q=gasket', 'Order a')
    await untilPageHas('/help/en/search?q=turbine', 'Mend a')
    const section = (body: string): string =>
      /aria-labelledby="related">[\s\S]*?<\/(?:section|nav)>/.exec(body)?.[0] ?? ''
    const article = section((await get('/help/en/articles/turbine/mend-a-turbine')).body)
    expect(article).toContain('Order a gasket')
    expect(article).not.toContain('Hidden')
    const topic = section((await get('/help/en/categories/machines')).body)
    expect(topic).toContain('Related topics')
    expect(topic).toContain('<a href="/help/en/categories/accounts">Accounts</a>')
  })

  it('keeps old addresses of an article', async () => {
    const address = '/help/en/articles/reset/reset-the-password'
    for (const url of [home, `${home}/another`, `${home}/%3Cscript%3E`, `${home}/${'x'.repeat(3_000)}`]) {
      const { statusCode, headers } = await get(url)
      expect([statusCode, headers['location']]).toEqual([301, address])
    }
    expect((await get(`${address}/`)).headers['location']).toBe(address)
    expect((await get('/help/EN/articles/reset/x?y=1')).headers['location']).toBe('/help/en/articles/reset/x?y=1')
    const { headers } = await get('/help/ar/articles/reset/x')
    expect((await get(String(headers['location']))).statusCode).toBe(200)
  })

  it('says in which languages an article is, where it is not in this one', async () => {
    for (const language of ['en', 'tr', 'xx-'.padEnd(500, 'x')]) {
      const { statusCode, body } = await get(`/help/${language}/articles/french/seulement-en-fran%C3%A7ais`)
      expect(statusCode).toBe(404)
      expect(body).toContain('href="/help/fr/articles/french/seulement-en-fran%C3%A7ais"')
      expect(body).toContain('noindex')
    }
  })

  it('says that an article is gone, and which one replaces it', async () => {
    await write('old', { language: 'en', title: 'Old words' })
    await done(ana, 'createArticle', { articleId: 'old-hidden', language: 'en', title: 'Old hidden words', body: 'x' })
    await publish('old-hidden', 'en')
    await done(sam, 'deleteArticle', { articleId: 'old', reason: 'Wrong.', replacedBy: 'mail' })
    await done(sam, 'deleteArticle', { articleId: 'old-hidden', reason: 'Wrong.', replacedBy: 'hidden' })
    const { statusCode, body } = await get('/help/en/articles/old/old-words')
    expect(statusCode).toBe(410)
    expect(body).toContain('href="/help/en/articles/mail/change-your-b-mail-b"')
    expect(body).not.toContain('Old words')
    expect((await get('/help/en/articles/old-hidden/old-hidden-words')).statusCode).toBe(404)
  })

  it('shows what is internal or not published on no road', async () => {
    const absent = await get('/help/en/articles/absent/words')
    for (const id of ['hidden', 'inside', 'draft']) {
      const { statusCode, body } = await get(`/help/en/articles/${id}/words`)
      expect([statusCode, body]).toEqual([404, absent.body])
    }
    const roads = [
      '/help/en',
      '/help/en/categories/passwords',
      '/help/en/categories/secret-category',
      '/help/en/search?q=words',
      `${home}/reset-the-password`,
      '/help/en/sitemap-1.xml',
      '/help/sitemap.xml',
      '/help/tr',
    ]
    for (const url of roads) {
      const { body } = await get(url, { authorization: `Bearer ${await api.tokenOf(ana)}` })
      expect([url, body]).toEqual([
        url,
        expect.not.stringMatching(/Hidden|Inside|Draft|Secret|articles\/(hidden|inside|draft)|lang="tr"/),
      ])
    }
    expect((await get('/help/en/categories/secret-category')).statusCode).toBe(404)
    expect((await get('/help/tr')).statusCode).toBe(404)
  })

  it('finds articles by their words, marks them, and leads elsewhere when there is none', async () => {
    await untilPageHas('/help/en/search?q=PASWORD+reset', '<mark>Reset</mark> the <mark>password</mark>')
    const { body, headers } = await get('/help/en/search?q=PASSWORD+reset')
    expect(body).toContain('<mark>Reset</mark> the <mark>password</mark>')
    expect(body).toContain('<meta name="robots" content="noindex">')
    expect(headers['content-security-policy']).toContain("form-action 'self'")
    const hostile = '"><script>alert(1)</script>'
    const none = (await get(`/help/en/search?${new URLSearchParams({ q: hostile }).toString()}`)).body
    expect(none).toContain('&quot;&gt;&lt;script&gt;')
    expect(none).not.toContain('<script')
    expect(none).toContain('Contact us')
    const long = `${'z'.repeat(199)}😀`
    for (const [query, kept] of [
      ['"><i>zzz & yyy', '%22%3E%3Ci%3Ezzz%20%26%20yyy'],
      [long, 'z'.repeat(199)],
    ] as const) {
      const empty = (await get(`/help/en/search?${new URLSearchParams({ q: query }).toString()}`)).body
      expect(empty).toContain(`<a href="/contact?from=help&amp;x=&quot;&amp;search=${kept}">Contact us</a>`)
    }
    for (const q of ['', '%', '%00', '%FF', '_', 'a+'.repeat(5_000), '&q=1&q=2', '%F0%9F%98%80']) {
      expect([q, (await get(`/help/en/search?q=${q}`)).statusCode]).toEqual([q, 200])
    }
  })

  it('has nothing at other addresses, however they are written', async () => {
    const others = [
      '/help/en/nothing',
      '/help/en/articles',
      '/help/en/articles/reset/reset-the-password/more',
      '/help/en/articles/%00/x',
      '/help/en/articles/..%2f..%2fetc/x',
      '/help/en/search/x',
      '/help/en?after=nonsense',
      '/help/en/categories/accounts?after=WzFd',
      '/help/en/sitemap-2.xml',
      '/help/en/sitemap-99999.xml',
      '/help/__proto__',
      '/help/en/categories/__proto__',
      '/help/constructor/articles/reset/x',
    ]
    for (const url of others) expect([url, (await get(url)).statusCode]).toEqual([url, 404])
    expect((await get('/help/%FF')).statusCode).toBeGreaterThanOrEqual(400)
    expect((await api.app.inject({ method: 'POST', url: '/help/en' })).statusCode).toBe(404)
  })

  it('allows no script and nothing inline, and styles from a file that never changes', async () => {
    const { headers, body } = await get('/help/en')
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    const [, address = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec(body) ?? []
    const sheet = await get(address, { 'accept-encoding': 'gzip' })
    expect(sheet.headers).toMatchObject({
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'gzip',
    })
    const plain = await get(address)
    expect(plain.body).toBe(gunzipSync(sheet.rawPayload).toString())
    expect(plain.body).toMatch(/prefers-color-scheme: dark[^]*@media print/)
    await configure({ ...settings, colour: '#7a1fa2' })
    const [, other = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec((await get('/help/en')).body) ?? []
    expect(other).not.toBe(address)
    expect((await get(other)).body).toContain('#7a1fa2')
    expect((await get(address)).headers['cache-control']).toBe('no-store')
    await configure(settings)
  })

  it('answers copies that are still right with 304, and HEAD without a page', async () => {
    const url = `${home}/reset-the-password`
    const { headers, body } = await get(url)
    expect(headers['cache-control']).toBe('public, max-age=1, must-revalidate')
    const etag = String(headers['etag'])
    expect(await get(url, { 'if-none-match': `"other", W/${etag}` })).toMatchObject({ statusCode: 304, body: '' })
    const head = await api.app.inject({ method: 'HEAD', url })
    expect(head).toMatchObject({
      statusCode: 200,
      body: '',
      headers: { etag, 'content-length': String(Buffer.byteLength(body)) },
    })
    await done(ana, 'reviseArticle', {
      articleId: 'mail',
      language: 'en',
      title: 'Another mail',
      body: 'x',
      basedOn: 1,
    })
    await publish('mail', 'en', 2)
    const next = await get(url, { 'if-none-match': etag })
    expect(next.statusCode).toBe(200)
    expect(next.body).toContain('href="/help/en/articles/mail/another-mail"')
  })

  it('tells crawlers what there is to read, and on demand to read nothing', async () => {
    const index = await get('/help/sitemap.xml')
    expect(index.headers['content-type']).toBe('application/xml; charset=utf-8')
    const parts = [...index.body.matchAll(/<loc>https:\/\/help\.example([^<]+)<\/loc>/g)].map(([, path = '']) => path)
    expect(parts).toEqual(['/help/ar/sitemap-1.xml', '/help/en/sitemap-1.xml', '/help/fr/sitemap-1.xml'])
    const french = (await get(parts[2] ?? '')).body
    expect(french).toContain('<loc>https://help.example/help/fr/articles/french/seulement-en-fran%C3%A7ais</loc>')
    expect(french.match(/<loc>/g)).toHaveLength(3)
    expect((await get('/robots.txt')).body).toBe(
      'User-agent: *\nDisallow: /help/*/search\nAllow: /help\nDisallow: /\n\nSitemap: https://help.example/help/sitemap.xml\n',
    )
    await configure({ enabled: true, indexed: false })
    expect((await get('/robots.txt')).body).toBe('User-agent: *\nDisallow: /\n')
    const { body } = await get('/help/en')
    expect(body).toContain('noindex')
    expect(body).not.toContain('canonical')
    expect((await get('/help/sitemap.xml')).statusCode).toBe(404)
    await configure(settings)
  })

  it('reaches all articles by its lists', async () => {
    for (let at = 0; at < 25; at++) await write(`many-${at}`, { language: 'de', title: `Viele ${at}` })
    const titles = new Set<string>()
    let url: string | undefined = '/help/de'
    await untilPageHas(url, 'Viele')
    for (let pages = 0; url !== undefined && pages < 5; pages++) {
      const { body } = await get(url)
      for (const [, title = ''] of body.matchAll(/>(Viele \d+)</g)) titles.add(title)
      const [, next] = /<a rel="next" href="([^"]+)">/.exec(body) ?? []
      url = next
    }
    expect(titles.size).toBe(25)
  })

  it('counts requests by their address', async () => {
    const server = await startApi(api.databaseUrl, { limits: { requestsPerMinute: 2 } })
    const ask = async (): Promise<number> => (await server.app.inject('/help/en')).statusCode
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
    await server.close()
  })
})

describe('an article that is opened in the help centre', () => {
  it('is counted once a reader and day, without a cookie, and for no crawler', async () => {
    const path = (await get(home)).headers.location
    const firefox = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }
    const googlebot = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' }
    await api.readership.flush()
    const viewsOf = async (): Promise<unknown> => {
      await api.readership.flush()
      return api.dataOf(ana, '{ article(id: "reset") { readership(language: "en", days: 1) { views } } }')
    }
    const { article } = (await viewsOf()) as { readonly article: { readonly readership: { readonly views: number } } }
    const before = article.readership.views
    for (const headers of [firefox, firefox, { ...firefox, cookie: 'a=b' }, googlebot]) {
      const answer = await get(path ?? '', headers)
      expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([200, undefined])
    }
    const { etag } = (await get(path ?? '', firefox)).headers
    expect((await get(path ?? '', { ...firefox, 'if-none-match': etag ?? '' })).statusCode).toBe(304)
    await api.app.inject({ method: 'HEAD', url: path ?? '', headers: { 'user-agent': 'another reader' } })
    expect(await viewsOf()).toEqual({ article: { readership: { views: before + 1 } } })
    const remoteAddress = '192.0.2.9'
    await api.app.inject({ url: path ?? '', headers: firefox, remoteAddress })
    expect(await viewsOf()).toEqual({ article: { readership: { views: before + 2 } } })
  })
})
