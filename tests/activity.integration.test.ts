import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readViewer, startActivity, visitorToken } from './browser/activity-page.ts'
import type { ActivitySite } from './browser/activity-site.ts'
import { serveActivitySite } from './browser/activity-site.ts'
import { missingBrowser } from './browser/chromium.ts'
import { useBrowserDesk } from './browser/desk.ts'
import type { Pages } from './browser/pages.ts'
import { startPages } from './browser/pages.ts'

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`a page that reports to a desk${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  let site: ActivitySite
  let pages: Pages

  beforeAll(async () => {
    site = await serveActivitySite()
    pages = await startPages()
  })
  afterEach(({ task }) => pages.closeAfter(task, async () => site.reset()))
  afterAll(async () => {
    await pages?.close()
    site?.close()
  })

  /** Runs statements in a page. */
  const run = (page: Page, statements: string): Promise<void> => page.evaluate(`{ ${statements}; undefined }`)

  /** Runs statements in a page, and leaves it in the same turn. */
  const runAndLeave = (page: Page, statements: string): Promise<void> =>
    run(page, `${statements}; location.href = 'about:blank'`).catch(() => undefined)

  /** Opens a page that reports, with options of its own; `errors` collects what was thrown into it. */
  const open = async (options: string, path = '/', before = '', errors: string[] = []): Promise<Page> => {
    const page = await pages.open(`${site.origin}${path}`, {
      before: async (opened) => {
        opened.on('pageerror', ({ message }) => errors.push(message))
        await opened.addInitScript(before)
      },
    })
    await run(page, `window.activity = createActivity({ server: '${site.desk}', token: 'a.b.c', ${options} })`)
    return page
  }

  const kinds = (): readonly string[] => site.received.map(({ kind }) => kind)
  const codes = (): readonly unknown[] => site.received.map(({ detail }) => detail['code'] ?? detail['operation'])

  it('sends what is reported together, with its token, and without the query of its address', async () => {
    const page = await open('consent: true', '/orders?id=17#top')
    await run(page, `activity.pageView(); activity.formError('contact', { field: 'e-mail' }); activity.loginFailed()`)
    await expect.poll(kinds).toEqual(['page_view', 'form_error', 'login_failed'])
    expect(site.received[0]).toMatchObject({
      page: `${site.origin}/orders`,
      contentType: 'application/json',
      bearer: 'Bearer a.b.c',
    })
    expect(site.received[0]?.token).toBeUndefined()
  })

  it('throws nothing into its page while the desk is away, and sends everything once when it is back', async () => {
    site.isAway = true
    const errors: string[] = []
    const forbidden = `Object.defineProperty(window, 'localStorage', { get: () => { throw new Error('forbidden') } })`
    const page = await open('consent: true, capture: true', '/', forbidden, errors)
    await run(page, `for (let n = 0; n < 30; n++) activity.error('E' + n)`)
    await run(page, `activity.record('own', { get amount() { throw new Error('no') } })`)
    await expect.poll(() => site.cut).toBeGreaterThan(1)
    expect(await page.evaluate(`fetch('/').then(({ ok }) => ok)`)).toBe(true)
    site.isAway = false
    await expect.poll(codes).toEqual(Array.from({ length: 30 }, (_, n) => `E${n}`))
    expect(new Set(site.received.map(({ id }) => id)).size).toBe(30)
    await run(page, `activity.error('last')`)
    await expect.poll(() => codes().at(-1)).toBe('last')
    expect(site.received).toHaveLength(31)
    expect(errors).toEqual([])
  })

  it('sends what waits when it is left, its searches as not opened, with the token in the body', async () => {
    const page = await open('consent: true')
    await runAndLeave(page, `activity.search('refund', { results: 4 }).opened(); activity.search('invoice')`)
    const searches = () => Object.fromEntries(site.received.map(({ id, detail }) => [id, detail]))
    await expect
      .poll(() => Object.values(searches()))
      .toEqual([
        { query: 'refund', results: 4, opened: true },
        { query: 'invoice', opened: false },
      ])
    expect(site.received[0]).toMatchObject({ contentType: 'text/plain;charset=UTF-8', token: 'a.b.c' })
    expect(site.received[0]?.bearer).toBeUndefined()
  })

  it('sends by fetch what a browser refuses as a beacon', async () => {
    const page = await open('consent: true', '/', `Navigator.prototype.sendBeacon = () => false`)
    await runAndLeave(page, `activity.pageView('/left')`)
    await expect.poll(kinds).toEqual(['page_view'])
    expect(site.received[0]?.bearer).toBe('Bearer a.b.c')
  })

  it('keeps nothing from before the consent', async () => {
    const page = await open('consent: () => window.agreed')
    await run(page, `activity.error('before'); activity.search('before').opened(); window.agreed = true`)
    await run(page, `activity.error('agreed')`)
    await expect.poll(codes).toEqual(['agreed'])
    await run(page, `activity.error('dropped'); activity.setConsent(false); activity.error('refused')`)
    await run(page, `activity.setConsent(true); activity.error('agreed again')`)
    await expect.poll(codes).toEqual(['agreed', 'agreed_again'])
  })

  it('holds what comes before the consent where it is told to, and sends none of it', async () => {
    const page = await open('holdUntilConsent: true')
    await run(page, `activity.error('before')`)
    await page.evaluate(`activity.flush()`)
    expect(site.received).toEqual([])
    await run(page, `activity.setConsent(true)`)
    await expect.poll(codes).toEqual(['before'])
  })

  it.each(['globalPrivacyControl', 'doNotTrack'])('keeps nothing where the browser objects by %s', async (signal) => {
    const value = signal === 'doNotTrack' ? `'1'` : 'true'
    const getter = `{ get: () => !window.agreed && ${value} }`
    const objecting = `Object.defineProperty(Navigator.prototype, '${signal}', ${getter})`
    const page = await open('consent: true, holdUntilConsent: true', '/', objecting)
    await run(page, `activity.error('objected'); window.agreed = true; activity.error('agreed')`)
    await expect.poll(codes).toEqual(['agreed'])
  })

  it('reports errors, rejections and time-outs by itself, and none of its own requests', async () => {
    site.isAway = true
    const options = 'consent: true, capture: true, fetchTimeoutMs: 100'
    const page = await open(options, '/', 'window.original = window.fetch')
    await run(page, `setTimeout(() => { throw new TypeError('no answer of https://shop.example/a?token=1 yet') })`)
    await run(page, `void Promise.reject(new RangeError('too far'))`)
    await run(page, `window.late = new AbortController(); fetch('/slow?id=17', { signal: late.signal }).catch(() => 0)`)
    await run(page, `void fetch(new Request('/slow', { method: 'PUT', signal: AbortSignal.timeout(10) }))`)
    await expect.poll(() => site.cut).toBeGreaterThan(1)
    site.isAway = false
    await expect.poll(() => codes().toSorted()).toEqual(['GET_/slow', 'PUT_/slow', 'RangeError', 'TypeError'])
    const { detail } = site.received.find(({ detail: { code } }) => code === 'TypeError') ?? {}
    expect(detail).toEqual({ code: 'TypeError' })
    await run(page, `late.abort(); activity.close(); activity.error('closed')`)
    expect(await page.evaluate('window.fetch === window.original')).toBe(true)
  })
})

describe.skipIf(noBrowser)(`a page and the desk itself${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const desk = useBrowserDesk({ beforeAll, afterAll, afterEach })

  type Stored = { readonly kind: string; readonly code: string | null; readonly page: string | null }

  it('store what the page reports and what waits when it is left, and refuse what is wrong by itself', async () => {
    const page = await desk.visit()
    const token = await visitorToken(page)
    await startActivity(page, desk.url, 'consent: true')
    const stored = async (): Promise<readonly Stored[]> => {
      const fields = 'activities(first: 10) { nodes { kind code page } }'
      const { activities } = await readViewer<{ activities: { nodes: readonly Stored[] } }>(desk.url, token, fields)
      return activities.nodes.toReversed()
    }
    const { origin } = new URL(page.url())
    await page.evaluate(`{
      activity.pageView('?tab=2')
      activity.pageView()
      activity.record('Basket Left', { items: 3 })
      activity.error('E_PAY', ' ')
      activity.flush()
    }`)
    const expected = [
      { kind: 'page_view', code: null, page: null },
      { kind: 'page_view', code: null, page: `${origin}/` },
      { kind: 'error_occurred', code: 'E_PAY', page: `${origin}/` },
    ]
    const byKind = (activities: readonly Stored[]): readonly string[] =>
      activities.map((activity) => JSON.stringify(activity)).toSorted()
    await expect.poll(async () => byKind(await stored())).toEqual(byKind(expected))
    const problems = await page.evaluate(`problems.map(({ code, reason, activity }) => [code, reason, activity.kind])`)
    expect(problems).toEqual([['refused', 'kind: the desk has no kind basket_left', 'basket_left']])
    await page.evaluate(`{ activity.error('E_LEFT'); location.href = 'about:blank' }`).catch(() => undefined)
    await expect.poll(async () => (await stored()).map(({ code }) => code)).toContain('E_LEFT')
  })
})
