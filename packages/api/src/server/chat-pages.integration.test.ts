import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApi, useApi } from './testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { development: true })

const get = (url: string) => api.app.inject({ url, headers: { 'accept-encoding': 'gzip' } })

/** The scripts that a script imports, directly or on first use. */
const imported = (script: string): readonly string[] =>
  [...script.matchAll(/(?:import\(|from|import)\s*[`'"]\.\/([\w-]+\.js)[`'"]/g)].map(([, name]) => name ?? '')

/** The text of a script. */
const textOf = async (name: string): Promise<string> => gunzipSync((await get(`/chat/${name}`)).rawPayload).toString()

/** The scripts that a script imports before it runs. */
const needed = (script: string): readonly string[] =>
  [...script.matchAll(/(?:from|import)\s*[`'"]\.\/([\w-]+\.js)[`'"]/g)].map(([, name]) => name ?? '')

/** What a script that the widget or the agents' page loads on first use is; what may solve a draft is loaded with the first one. */
const kindOf = (script: string): 'suggestions' | 'solutions' | 'language' =>
  script.startsWith('article-suggestions')
    ? 'suggestions'
    : script.startsWith('solution-list')
      ? 'solutions'
      : 'language'

describe('the scripts of the chat', () => {
  it('weigh little: the loader 3 kB at most, the widget with the longest of its languages and what suggests articles 40 kB, the page of agents with the longer of its too, that of authors 30 kB, and an article on it 12 kB more', async () => {
    const sizes = { loader: 0, widget: 0, agent: 0, articles: 0, article: 0, solutions: 0 }
    const languages: number[] = []
    let suggestions = 0
    const load = async (
      name: string,
      as: keyof typeof sizes | 'language' | 'suggestions',
    ): Promise<readonly string[]> => {
      const { rawPayload, headers } = await get(`/chat/${name}`)
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': 'text/javascript; charset=utf-8' })
      if (as === 'language') languages.push(rawPayload.length)
      else if (as === 'suggestions') suggestions += rawPayload.length
      else sizes[as] += rawPayload.length
      return imported(gunzipSync(rawPayload).toString())
    }
    const widgets = await load('loader.js', 'loader')
    expect(widgets).toHaveLength(1)
    for (const name of widgets)
      for (const part of await load(name, 'widget')) expect(await load(part, kindOf(part))).toEqual([])
    expect(languages).toHaveLength(7)
    expect(suggestions).toBeGreaterThan(0)
    sizes.widget += Math.max(...languages) + suggestions
    // The words are those of one language. What may solve a draft is loaded with the first one, and the articles beside a
    // chat and the board of trends when they are first opened; the board and the page share a script.
    const shownLater = await load('agent-page.js', 'agent')
    const sharedByAgents = needed(await textOf('agent-page.js'))
    expect(sharedByAgents).toHaveLength(1)
    const parts = [...sharedByAgents, ...shownLater].filter((name) => !sharedByAgents.includes(name))
    for (const part of sharedByAgents) parts.push(...(await load(part, 'agent')))
    const [english = '', french = '', articles = '', solutions = '', translation = '', board = '', ...others] = [
      ...new Set(parts),
    ].sort()
    const names = [
      'agent-english',
      'agent-french',
      'article-panel',
      'solution-list',
      'translation-panel',
      'trend-board',
    ]
    expect([english, french, articles, solutions, translation, board]).toEqual(
      names.map((name) => expect.stringMatching(new RegExp(`^${name}-`))),
    )
    expect(others).toEqual([])
    expect(imported(await textOf(board))).toEqual(sharedByAgents)
    languages.splice(0)
    for (const part of [english, french]) expect(await load(part, 'language')).toEqual([])
    sizes.agent += Math.max(...languages)
    for (const part of [articles, translation]) expect(imported(await textOf(part))).toEqual([])
    expect(await load(solutions, 'solutions')).toEqual([])
    // What an article needs is loaded with the first one that is opened; both share a script.
    const ofAuthors = await load('articles-page.js', 'articles')
    const shared = needed(await textOf('articles-page.js'))
    expect(shared).toHaveLength(1)
    for (const part of shared) expect(await load(part, 'articles')).toEqual([])
    const [view = '', ...words] = ofAuthors.filter((name) => !shared.includes(name)).sort()
    expect(view).toMatch(/^article-view-/)
    expect(await load(view, 'article')).toEqual(shared)
    expect(words).toHaveLength(2)
    languages.splice(0)
    for (const part of words) expect(await load(part, 'language')).toEqual([])
    sizes.articles += Math.max(...languages)
    console.log(`gzipped, in bytes: ${JSON.stringify(sizes)}`)
    expect(sizes.loader).toBeLessThanOrEqual(3_000)
    expect(sizes.widget).toBeGreaterThan(1_000)
    expect(sizes.widget).toBeLessThanOrEqual(40_000)
    expect(sizes.agent).toBeLessThanOrEqual(40_000)
    expect(sizes.solutions).toBeLessThanOrEqual(1_500)
    expect(sizes.articles).toBeGreaterThan(1_000)
    expect(sizes.articles).toBeLessThanOrEqual(30_000)
    expect(sizes.article).toBeLessThanOrEqual(12_000)
  })

  it('may be loaded by pages of any origin, and are served as they are to whoever takes no gzip', async () => {
    const { headers, body } = await api.app.inject('/chat/loader.js')
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    })
    expect(headers['content-encoding']).toBeUndefined()
    const [widget = ''] = imported(body)
    expect((await get(`/chat/${widget}`)).headers['cache-control']).toContain('immutable')
    expect(headers['cache-control']).not.toContain('immutable')
  })

  it('give the widget of now to a page that was opened before an upgrade, and let nobody keep it', async () => {
    const [widget = ''] = imported((await api.app.inject('/chat/loader.js')).body)
    const now = await get(`/chat/${widget}`)
    const { headers, rawPayload } = await get('/chat/widget-Ab1_2-34.js')
    expect(rawPayload.equals(now.rawPayload)).toBe(true)
    expect(headers).toMatchObject({ 'access-control-allow-origin': '*', 'cache-control': 'no-store' })
    expect((await get('/chat/arabic-Ab1_2-34.js')).headers['cache-control']).toBe('no-store')
  })

  it.each(['index.js', '../index.js', '..%2findex.js', 'loader.js.map'])('include no %s', async (name) => {
    expect((await get(`/chat/${name}`)).statusCode).toBe(404)
  })
})

describe.each(['/chat', '/chat/agent', '/desk/articles'])('the page %s', (url) => {
  it('has a strict content security policy, and nothing inline', async () => {
    const { headers, body } = await get(url)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/)
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(body).not.toMatch(/<style|style=|<script(?![^>]*src)|\son\w+=/)
    const [, script = ''] = /src="([^"]+)"/.exec(body) ?? []
    expect((await get(script)).statusCode).toBe(200)
  })

  it.each([
    ['a browser on this machine', 'localhost:4000', '127.0.0.1', true],
    ['another name of it', 'desk.example', '127.0.0.1', false],
    ['another machine', 'localhost:4000', '192.0.2.7', false],
  ])('opens with a token for %s', async (_, host, remoteAddress, given) => {
    const chatTokens = async () => ({ customer: 'signed', agent: 'signed' })
    const server = await startApi(api.databaseUrl, { development: true, chatTokens })
    const { body } = await server.app.inject({ url, headers: { host }, remoteAddress })
    expect(body.includes('signed')).toBe(given)
    await server.close()
  })
})

it.each([
  ['/chat', 'fr', 'fr-CA,en;q=0.5'],
  ['/chat', 'ar', 'it, en;q=0.5, ar-EG;q=0.8'],
  ['/chat', 'ur', 'ur-PK'],
  ['/chat', 'en', 'it'],
  ['/chat/agent', 'fr', 'fr-CA,en;q=0.5'],
  ['/chat/agent', 'en', 'de, fr;q=0'],
  ['/desk/articles', 'fr', 'fr-CA,en;q=0.5'],
  ['/desk/articles', 'en', 'de, fr;q=0'],
])('the page %s speaks %s to a browser that takes %s', async (url, language, accepted) => {
  const { body } = await api.app.inject({ url, headers: { 'accept-language': accepted } })
  expect(body).toContain(`<html lang="${language}">`)
})

it('in production agents sign in by themselves, and there is no page for trying', async () => {
  const chatTokens = async () => ({ customer: 'signed', agent: 'signed' })
  const server = await startApi(api.databaseUrl, { chatTokens })
  const { statusCode, body } = await server.app.inject({ url: '/chat/agent', headers: { host: 'localhost' } })
  expect({ statusCode, signed: body.includes('signed') }).toEqual({ statusCode: 200, signed: false })
  expect((await server.app.inject('/chat')).statusCode).toBe(404)
  await server.close()
})
