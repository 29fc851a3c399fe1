import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openPool } from '@guichet/eventstore'
import { embeddedClock } from '@guichet/workflows'
import type { Bearer } from '../packages/api/src/server/testing/api-under-test.ts'
import { ada, ana, bob, mutate, sam, useApi, zoe } from '../packages/api/src/server/testing/api-under-test.ts'
import type { FilesUnderTest } from '../packages/api/src/server/testing/files-under-test.ts'
import { filesInFolder } from '../packages/api/src/server/testing/files-under-test.ts'
import { guichet } from '../packages/cli/src/command-line/testing.ts'

const eve: Bearer = { id: 'eve', role: 'agent', name: 'Eve Roy' }
const readers = { zoe, visitor: { id: 'visitor:0123456789abcdef', role: 'visitor' } } satisfies Record<string, Bearer>

/** The days follow each other: each test goes on from what the ones before have written. */
describe('a week of a team and its articles', () => {
  let files: FilesUnderTest | undefined
  const api = useApi(
    { beforeAll, afterAll },
    { files: async (databaseUrl) => (files = await filesInFolder(databaseUrl)) },
  )
  let home = ''
  let stopClock: (() => Promise<void>) | undefined

  const codesOf = async (as: Bearer, operation: string, input: object): Promise<readonly unknown[]> =>
    (await mutate(api, as, operation, { ...input }, '')).userErrors.map(({ code }) => code)
  const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
    expect([operation, await codesOf(as, operation, input)]).toEqual([operation, []])
  }
  /** Sends what is no command: it has no id, and leaves no event. */
  const tell = async (as: Bearer, operation: 'viewArticle' | 'recordDeflection', input: object): Promise<void> => {
    const type = operation === 'viewArticle' ? 'ViewArticleInput' : 'RecordDeflectionInput'
    const document = `mutation ($input: ${type}!) { ${operation}(input: $input) { userErrors { code } } }`
    expect(await api.dataOf(as, document, { input })).toEqual({ [operation]: { userErrors: [] } })
  }
  const publish = async (author: Bearer, reviewer: Bearer, articleId: string, language: string, revision: number) => {
    await done(author, 'requestArticleReview', { articleId, language, revision })
    await done(reviewer, 'approveArticle', { articleId, language, revision })
    await done(author, 'publishArticle', { articleId, language, revision })
  }
  const textFor = async (as: Bearer, articleId: string, language: string): Promise<unknown> => {
    const query = `query ($id: ID!) {
      article(id: $id) { translation(language: "${language}") { isStale published { number title html } } } }`
    const { article } = await api.dataOf(as, query, { id: articleId })
    return (article as { readonly translation: unknown } | null)?.translation
  }
  const foundBy = async (as: Bearer, words: string, language = 'en'): Promise<readonly string[]> => {
    const query =
      'query ($words: String!, $language: String) { articleSearch(query: $words, language: $language) { hits { article { key } } } }'
    const { articleSearch } = await api.dataOf(as, query, { words, language })
    return (articleSearch as { hits: { article: { key: string } }[] }).hits.map(({ article }) => article.key)
  }
  const listed = async (as: Bearer, filter: string): Promise<readonly string[]> => {
    const { articles } = await api.dataOf(as, `{ articles(first: 50, filter: { ${filter} }) { nodes { key } } }`)
    return (articles as { nodes: { key: string }[] }).nodes.map(({ key }) => key)
  }
  const get = (url: string) => api.app.inject({ url })
  const statusOf = async (url: string): Promise<number> => (await get(url)).statusCode

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'guichet-week-'))
    const clock = await embeddedClock({ desk: api.desk, connectionString: api.databaseUrl })
    await clock.start()
    stopClock = clock.stop
    const document = {
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
      knowledge: { holdout: 0, helpCentre: { enabled: true, title: 'Example', address: 'https://help.example' } },
    }
    await done(ada, 'applyConfiguration', { document })
    const texts = [
      { language: 'en', name: 'Accounts' },
      { language: 'fr', name: 'Comptes' },
    ]
    await done(sam, 'addArticleCategory', { categoryId: 'accounts', texts })
    await vi.waitUntil(async () => (await statusOf('/help')) !== 404)
  })
  afterAll(async () => {
    await stopClock?.()
    await rm(home, { recursive: true, force: true })
  })

  it('begins with an article that is written, declined, written better, approved and published at an hour', async () => {
    const text = { language: 'en', title: 'Reset the password', body: 'Ask [the desk](article:desk-only).' }
    const internal = { articleId: 'desk-only', language: 'en', title: 'Who may reset a password', body: 'Ask Sam.' }
    await done(eve, 'createArticle', { ...internal, categoryId: 'accounts' })
    await publish(eve, ana, 'desk-only', 'en', 1)
    await done(ana, 'createArticle', { articleId: 'reset', ...text, audience: 'PUBLIC', categoryId: 'accounts' })
    await done(ana, 'requestArticleReview', { articleId: 'reset', language: 'en', revision: 1 })
    expect(await listed(eve, 'state: IN_REVIEW')).toEqual(['reset'])
    await done(eve, 'declineArticle', {
      articleId: 'reset',
      language: 'en',
      revision: 1,
      reason: 'Say where to click.',
    })
    const better = { ...text, articleId: 'reset', basedOn: 1, body: 'Open **Settings**, then *Forgot*.' }
    await done(ana, 'reviseArticle', better)
    expect(await codesOf(bob, 'reviseArticle', { ...better, body: 'Call us.' })).toEqual(['ARTICLE_REVISED'])
    expect(await codesOf(ana, 'approveArticle', { articleId: 'reset', language: 'en', revision: 2 })).toEqual([
      'ARTICLE_OWN_APPROVAL',
    ])
    await done(eve, 'approveArticle', { articleId: 'reset', language: 'en', revision: 2 })
    expect(await foundBy(zoe, 'password')).toEqual([])
    const dueAt = new Date(Date.now() + 1_000).toISOString()
    await done(ana, 'scheduleArticlePublication', { articleId: 'reset', language: 'en', revision: 2, dueAt })
    await vi.waitUntil(async () => (await foundBy(zoe, 'password')).length > 0)
    for (const reader of Object.values(readers)) {
      expect(await foundBy(reader, 'forgot my password')).toEqual(['reset'])
      expect(await textFor(reader, 'reset', 'en')).toMatchObject({
        published: { number: 2, html: expect.stringContaining('<strong>Settings</strong>') as string },
      })
    }
    expect((await foundBy(ana, 'password')).toSorted()).toEqual(['desk-only', 'reset'])
    expect((await get('/help/en/articles/reset/reset-the-password')).body).toContain('<strong>Settings</strong>')
    expect(await statusOf('/help/en/articles/desk-only/who-may-reset-a-password')).toBe(404)
  })

  it('goes on in a second language, which readers find in theirs', async () => {
    const french = { articleId: 'reset', language: 'fr', basedOn: 0, follows: 2 }
    await done(bob, 'reviseArticle', { ...french, title: 'Mot de passe oublié', body: 'Ouvrez **Paramètres**.' })
    expect(await textFor(zoe, 'reset', 'fr')).toMatchObject({ published: { title: 'Reset the password' } })
    await publish(bob, eve, 'reset', 'fr', 1)
    expect(await foundBy(zoe, 'mot de passe', 'fr')).toEqual(['reset'])
    const { body } = await get('/help/fr/articles/reset/mot-de-passe-oublié')
    expect(body).toContain('hreflang="en"')
    expect(body).toContain('Paramètres')
  })

  it('corrects a misspelling, which makes no translation stale, and a fact, which does', async () => {
    const english = { articleId: 'reset', language: 'en', title: 'Reset the password' }
    await done(ana, 'reviseArticle', {
      ...english,
      basedOn: 2,
      body: 'Open **Settings**, then *Forgot it*.',
      change: 'TYPO',
    })
    await publish(ana, eve, 'reset', 'en', 3)
    expect(await listed(ana, 'state: STALE')).toEqual([])
    await done(ana, 'reviseArticle', {
      ...english,
      basedOn: 3,
      body: 'Open **Account**, then *Forgot it*.',
      change: 'MAJOR',
    })
    expect(await listed(ana, 'state: STALE')).toEqual([])
    await publish(ana, eve, 'reset', 'en', 4)
    expect(await listed(ana, 'state: STALE')).toEqual(['reset'])
    await vi.waitUntil(async () => (await foundBy(zoe, 'account')).length > 0)
    expect([await foundBy(zoe, 'account'), await foundBy(zoe, 'settings')]).toEqual([['reset'], []])
    expect(await textFor(ana, 'reset', 'fr')).toMatchObject({ isStale: true })
    const french = { articleId: 'reset', language: 'fr', basedOn: 1, follows: 4, title: 'Mot de passe oublié' }
    await done(bob, 'reviseArticle', { ...french, body: 'Ouvrez **Compte**.' })
    await publish(bob, eve, 'reset', 'fr', 2)
    expect(await listed(ana, 'state: STALE')).toEqual([])
    expect((await get('/help/fr/articles/reset/mot-de-passe-oublié')).body).toContain('<strong>Compte</strong>')
  })

  it('keeps the old address of a title that is written anew, and counts what readers make of it', async () => {
    const old = '/help/en/articles/reset/reset-the-password'
    const english = { articleId: 'reset', language: 'en', title: 'Forgot your password?', slug: 'forgot-your-password' }
    await done(ana, 'reviseArticle', { ...english, basedOn: 4, body: 'Open **Account**, then *Forgot it*.' })
    await publish(ana, eve, 'reset', 'en', 5)
    await vi.waitUntil(async () => (await statusOf(old)) === 301)
    const { headers } = await get(old)
    expect([headers.location, await statusOf(String(headers.location))]).toEqual([
      '/help/en/articles/reset/forgot-your-password',
      200,
    ])
    const said = `mutation ($view: ViewArticleInput!, $rating: RateArticleInput!) {
      viewArticle(input: $view) { userErrors { code } } rateArticle(input: $rating) { userErrors { code } } }`
    for (const [name, reader] of Object.entries(readers)) {
      const view = { articleId: 'reset', language: 'en' }
      const answer = await api.dataOf(reader, said, { view, rating: { ...view, helpful: name === 'zoe' } })
      expect(answer).toEqual({ viewArticle: { userErrors: [] }, rateArticle: { userErrors: [] } })
    }
    await api.readership.flush()
    // The two readers, and who has read the pages of the help centre in two languages.
    const query = '{ article(id: "reset") { readership(days: 7) { views helpful unhelpful } } }'
    expect(await api.dataOf(ana, query)).toEqual({ article: { readership: { views: 4, helpful: 1, unhelpful: 1 } } })
  })

  it('takes in a folder with a picture, which the page shows, and its PDF', async () => {
    const picture = await sharp({ create: { width: 900, height: 300, channels: 3, background: 'teal' } })
      .png()
      .toBuffer()
    const folder = join(home, 'manual')
    await mkdir(join(folder, 'img'), { recursive: true })
    await writeFile(join(folder, 'img', 'dial.png'), picture)
    const text =
      '---\ntitle: Set the thermostat\ndescription: By the dial.\nupdated: 2026-01-01\n---\nTurn the dial.\n\n![The dial](img/dial.png)\n'
    await writeFile(join(folder, 'thermostat.md'), text)
    const variables = { DATABASE_URL: api.databaseUrl, GUICHET_HOME: home, GUICHET_FILES_FOLDER: files?.folder ?? '' }
    const { code, out, err } = await guichet(variables, 'kb', 'import', folder, '--audience', 'public', '--json')
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({ files: 2, imported: 2, skipped: [], faults: [], articles: 1 })

    await vi.waitUntil(async () => (await foundBy(zoe, 'thermostat')).length > 0)
    const [id = ''] = await foundBy(zoe, 'turn the dail')
    const { headers } = await get(`/help/en/articles/${id}`)
    const { body } = await get(String(headers.location))
    expect(body).toContain('<h1>Set the thermostat</h1>')
    const [, preview = ''] = /<img src="([^"]+)" alt="The dial"/.exec(body) ?? []
    const shown = await get(preview)
    expect([shown.statusCode, (await sharp(shown.rawPayload).metadata()).width]).toEqual([200, 640])
    const [, whole = ''] = /<a href="([^"]+)"><img/.exec(body) ?? []
    expect((await get(whole)).rawPayload.equals(picture)).toBe(true)
    const [, pdf = ''] = /<a href="([^"]+)" type="application\/pdf">/.exec(body) ?? []
    const { statusCode, rawPayload } = await get(pdf)
    expect([statusCode, rawPayload.subarray(0, 5).toString()]).toEqual([200, '%PDF-'])
    expect(rawPayload.toString('latin1').match(/\/Subtype \/Image/g)).toHaveLength(1)
  })

  it('sends an article into a chat, whose customer opens it', async () => {
    const tim: Bearer = { id: 'tim', role: 'customer', name: 'Tim Moss' }
    await done(sam, 'registerAgent', { agentId: 'eve', name: 'Eve Roy', languages: ['en'] })
    await done(sam, 'setAvailability', { agentId: 'eve', availability: 'AVAILABLE' })
    const input = { language: 'en', message: { messageId: 'first', body: 'I forgot my password' } }
    const { chat } = (await mutate(api, tim, 'startChat', input, 'chat { id }')) as unknown as {
      readonly chat: { readonly id: string }
    }
    await done(eve, 'acceptChat', { chatId: chat.id })
    await done(eve, 'sendArticle', { chatId: chat.id, articleId: 'reset', form: 'LINK', text: 'Hello Tim,' })
    const conversation = '{ chat(id: $id) { messages(last: 1) { nodes { body } } } }'
    const last = await api.dataOf(tim, `query ($id: ID!) ${conversation}`, { id: chat.id })
    const address = 'https://help.example/help/en/articles/reset/forgot-your-password'
    const body = `Hello Tim,\n\nForgot your password?\n${address}`
    expect(last).toEqual({ chat: { messages: { nodes: [{ body }] } } })
    expect(await statusOf(new URL(address).pathname)).toBe(200)

    const query = '{ article(id: "reset") { sends { count opened senders { by { userId } count } } } }'
    const sends = { count: 1, senders: [{ by: { userId: 'eve' }, count: 1 }] }
    expect(await api.dataOf(ana, query)).toEqual({ article: { sends: { ...sends, opened: 0 } } })
    await tell(tim, 'viewArticle', { articleId: 'reset', language: 'en' })
    // What was opened is stored by the second flush after it.
    for (let flush = 1; flush <= 2; flush++) await api.readership.flush()
    expect(await api.dataOf(ana, query)).toEqual({ article: { sends: { ...sends, opened: 1 } } })
  })

  it('suggests an article to those who begin to write, and counts whose ticket that has avoided', async () => {
    const asked = `query ($text: String!, $sessionId: ID) {
      articleAnswers(text: $text, language: "en", sessionId: $sessionId) { answers { article { key } } } }`
    const begins = async (as: Bearer) => {
      const record = { sessionId: `session-${as.id}`, language: 'en' }
      const text = 'I have forgotten my password'
      const { articleAnswers } = await api.dataOf(as, asked, { text, sessionId: record.sessionId })
      expect(articleAnswers).toEqual({ answers: [{ article: { key: 'reset' } }] })
      await tell(as, 'recordDeflection', { ...record, step: 'SUGGESTED' })
      await tell(as, 'recordDeflection', { ...record, step: 'OPENED', articleId: 'reset' })
      return record
    }
    const lee: Bearer = { id: 'lee', role: 'customer', name: 'Lee Wood' }
    await begins({ id: 'kim', role: 'customer', name: 'Kim Park' })
    const record = await begins(lee)
    await done(lee, 'openTicket', { subject: 'My password', body: 'Where do I click?', language: 'en' })
    await tell(lee, 'recordDeflection', { ...record, step: 'SENT' })
    const query = `{ deflectionReport(days: 30, articleId: "reset") {
      suggested { sessions opened avoided sent pending } selfService { value met } } }`
    const report = async (): Promise<unknown> => (await api.dataOf(ana, query))['deflectionReport']
    const counts = { sessions: 2, opened: 2, sent: 1 }
    expect(await report()).toEqual({
      suggested: { ...counts, avoided: 0, pending: 1 },
      selfService: { value: null, met: null },
    })
    const pool = openPool({ connectionString: api.databaseUrl, maxConnections: 1 })
    await pool.query(`update guichet_knowledge.deflection_session set began_at = began_at - interval '73 hours'`)
    await pool.end()
    expect(await report()).toEqual({
      suggested: { ...counts, avoided: 1, pending: 0 },
      selfService: { value: 0.5, met: true },
    })
  })

  it('ends with an article in the archive, and one that another replaces', async () => {
    const form = { articleId: 'form', language: 'en', title: 'The paper form', body: 'Print it.', audience: 'PUBLIC' }
    await done(ana, 'createArticle', form)
    await publish(ana, eve, 'form', 'en', 1)
    const address = '/help/en/articles/form/the-paper-form'
    expect([await foundBy(zoe, 'paper'), await statusOf(address)]).toEqual([['form'], 200])
    await done(sam, 'archiveArticle', { articleId: 'form', reason: 'Nobody prints.' })
    expect([await foundBy(zoe, 'paper'), await statusOf(address)]).toEqual([[], 404])
    await done(sam, 'deleteArticle', { articleId: 'form', reason: 'Wrong by now.', replacedBy: 'reset' })
    const { statusCode, body } = await get(address)
    expect(statusCode).toBe(410)
    expect(body).toContain('href="/help/en/articles/reset/forgot-your-password"')
    expect(body).not.toContain('Print it')
    const history = await api.store.readStream('article-reset')
    const published = history.flatMap(({ event }) => (event.type === 'ArticlePublished' ? [event] : []))
    expect(published).toMatchObject([
      { language: 'en', revision: 2 },
      { language: 'fr', revision: 1 },
      { language: 'en', revision: 3 },
      { language: 'en', revision: 4 },
      { language: 'fr', revision: 2 },
      { language: 'en', revision: 5 },
    ])
  })
})
