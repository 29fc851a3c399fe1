import { readdirSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { siteFolder } from '@guichet/console'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium, missingBrowser } from './browser/chromium.ts'
import { eventually } from './process/guichet.ts'

const shop = '<!doctype html><title>A shop</title>'
const embedding = `${shop}<script type="module" src="/loader.js"></script>
<guichet-chat open token="e30.e30.e30" push-worker="/push-worker.js"></guichet-chat>`

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`a push${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  let site: Server
  let browser: Browser
  let page: Page
  let devtools: CDPSession
  /** The site, and another origin that is the same server. */
  let origin: string
  let elsewhere: string

  beforeAll(async () => {
    const scripts = new Set(readdirSync(siteFolder).filter((name) => name.endsWith('.js')))
    site = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://host')
      const name = pathname.slice(1)
      const isScript = scripts.has(name)
      response
        .setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
        .end(isScript ? readFileSync(new URL(name, siteFolder)) : pathname === '/chat' ? embedding : shop)
    }).listen(0, '127.0.0.1')
    await once(site, 'listening')
    const { port } = site.address() as AddressInfo
    origin = `http://localhost:${port}`
    elsewhere = `http://127.0.0.1:${port}`
    browser = await launchChromium()
    const context = await browser.newContext()
    await context.grantPermissions(['notifications'], { origin })
    page = await context.newPage()
    devtools = await context.newCDPSession(page)
  })
  afterAll(async () => {
    await browser?.close()
    site?.close()
  })

  const push = { title: 'New message', message: 'Open the chat.', language: 'en', chatId: 'chat-1' }
  const shown = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration('/')
      const notifications = (await registration?.getNotifications()) ?? []
      return notifications.map(({ title, body, tag, lang }) => ({ title, body, tag, lang }))
    })

  it('is shown once for a chat when no page of the site is in sight, and not while one is', async () => {
    const registered = new Promise<string>((resolve) => {
      devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const [found] = registrations.filter(({ scopeURL }) => scopeURL.startsWith(origin))
        if (found) resolve(found.registrationId)
      })
    })
    await devtools.send('ServiceWorker.enable')
    await page.goto(origin)
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('/push-worker.js?page=/help')
      await navigator.serviceWorker.ready
    })
    const registrationId = await registered
    const deliver = (data: object) =>
      devtools.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data: JSON.stringify(data) })

    await deliver({ ...push, chatId: 'seen' })
    await page.goto(elsewhere)
    await deliver(push)
    await deliver({ ...push, message: 'A newer one.' })
    await page.goto(origin)
    await eventually(async () => (await shown()).some(({ body }) => body === 'A newer one.'))
    expect(await shown()).toEqual([{ title: 'New message', body: 'A newer one.', tag: 'chat-1', lang: 'en' }])
  })

  it('is subscribed to again after a change of the key of the desk, and renewed without one', async () => {
    const chat = {
      id: 'chat-1',
      status: 'WAITING',
      read: { customer: 0, desk: 0 },
      lastNumber: 0,
      callKinds: [],
      participants: [],
    }
    const keys = ['AQID', '-_8']
    let key = keys[0]
    const saved: unknown[] = []
    await page.route('**/graphql', (route) => {
      const { query, variables } = route.request().postDataJSON() as { query: string; variables: { input?: unknown } }
      const data = query.includes('PushKey')
        ? { chatAvailability: { pushKey: key } }
        : query.includes('query Chat(')
          ? { chat }
          : { result: { userErrors: [] } }
      if (query.includes('SubscribeToPush')) saved.push(variables.input)
      return route.fulfill({ json: { data } })
    })
    // A browser without a screen has no push service: what the page gets of it is fixed.
    await page.addInitScript(() => {
      const keys = { p256dh: 'p', auth: 'a' }
      PushManager.prototype.getSubscription = async () =>
        ({
          options: { applicationServerKey: new Uint8Array([1, 2, 3]).buffer },
          toJSON: () => ({ endpoint: 'https://push.example/1', keys }),
          unsubscribe: async () => sessionStorage.setItem('unsubscribed', 'yes'),
        }) as unknown as PushSubscription
    })
    await page.goto(origin)
    await page.evaluate(async (server) => {
      localStorage.setItem(`guichet-chat:${server}:`, 'chat-1')
      await navigator.serviceWorker.register('/push-worker.js')
      await navigator.serviceWorker.ready
    }, origin)
    const unsubscribed = () => page.evaluate(() => sessionStorage.getItem('unsubscribed'))

    await page.goto(`${origin}/chat`)
    await eventually(async () => saved.length > 0)
    expect(saved).toEqual([{ endpoint: 'https://push.example/1', p256dh: 'p', auth: 'a' }])
    expect(await unsubscribed()).toBe(null)
    key = keys[1]
    await page.goto(`${origin}/chat`)
    await page.getByRole('button', { name: /Notify me|when I am away/ }).waitFor()
    expect(await unsubscribed()).toBe('yes')
    expect(saved).toHaveLength(1)
  })
})
