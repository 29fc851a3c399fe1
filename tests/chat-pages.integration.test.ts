import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { issueToken } from '../packages/api/src/tokens/issue-token.ts'
import { errorsOf, launchChromium, missingBrowser, seriousViolations } from './browser/chromium.ts'
import type { HostSite } from './browser/host-page.ts'
import { serveHostPage } from './browser/host-page.ts'
import type { RunningServer } from './process/guichet.ts'
import { eventually, guichet, kill, killLeftovers, serve, tokenSecret, untilReady } from './process/guichet.ts'

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`two browsers${noBrowser ? ` (${missingBrowser})` : ''}`, { timeout: 240_000 }, () => {
  let database: TestDatabase
  let home: string
  let browser: Browser
  let site: HostSite
  /** The visitor talks to the first, the agent to the second. */
  let servers: [RunningServer, RunningServer]
  const pages: Page[] = []
  let visitors = 0

  const environment = (): Record<string, string> => ({
    DATABASE_URL: database.url,
    GUICHET_HOME: home,
    GUICHET_CORS_ORIGINS: site.origin,
  })

  beforeAll(async () => {
    database = await createTestDatabase()
    home = await mkdtemp(join(tmpdir(), 'guichet-pages-'))
    site = await serveHostPage(() => servers[0].url)
    servers = [await serve(environment()), await serve(environment())]
    browser = await launchChromium()
  })
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close()
  })
  afterAll(async () => {
    await browser?.close()
    site?.close()
    killLeftovers()
    await database?.drop()
    await rm(home, { recursive: true, force: true })
  })

  /** The visitor's page, as somebody new. */
  const visit = async (query: Record<string, string> = {}): Promise<Page> => {
    const key = { algorithm: 'HS256', secret: tokenSecret } as const
    const subject = { role: 'customer', id: `visitor-${++visitors}`, name: 'Zoé Martin', seconds: 3_600 } as const
    const token = await issueToken({ issuer: 'guichet', audience: 'guichet', key }, subject)
    const page = await (await browser.newContext()).newPage()
    pages.push(page)
    await page.goto(`${site.origin}/?${new URLSearchParams({ token, ...query }).toString()}`)
    return page
  }
  const start = async (page: Page, text: string): Promise<string> => {
    await page.getByRole('button', { name: /Open the chat|Ouvrir la discussion/ }).click()
    await page.getByLabel(/Your message|Votre message/).fill(text)
    await page.getByRole('button', { name: /Start the chat|Démarrer la discussion/ }).click()
    await page.getByRole('log').getByText(text).waitFor()
    const id = await page.evaluate<string>(
      `localStorage.getItem(Object.keys(localStorage).find((key) => key.startsWith('guichet-chat:')))`,
    )
    return id
  }
  const serveDesk = async (chatId?: string): Promise<Page> => {
    const page = await (await browser.newContext()).newPage()
    pages.push(page)
    await page.goto(`${servers[1].url}/chat/agent${chatId === undefined ? '' : `#${encodeURIComponent(chatId)}`}`)
    return page
  }
  /** An agent has three chats at a time. */
  const end = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'End the chat' }).click()
    await page.getByText('How was this chat?').waitFor()
  }
  const accept = (page: Page) => page.getByRole('button', { name: 'Accept' }).click()
  const write = async (page: Page, text: string): Promise<void> => {
    const field = page.getByRole('textbox', { name: /Write a message|Écrire un message/ })
    await field.fill(text)
    await field.press('Enter')
  }
  const texts = (page: Page): Promise<string[]> => page.locator('.log .message .body').allInnerTexts()

  it('talk, read, close and rate, with nothing serious for axe-core to find', async () => {
    const visitor = await visit()
    const errors = errorsOf(visitor)
    const chatId = await start(visitor, 'Hello, my card is blocked')
    await visitor.getByRole('status').getByText('You are number 1 in the queue.').waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    const agent = await serveDesk()
    const deskErrors = errorsOf(agent)
    await agent.locator(`[data-chat="${chatId}"]`).click()
    await accept(agent)
    await visitor.getByRole('status').getByText('You are talking to').waitFor()
    await write(agent, 'Good morning, let me see')
    await visitor.getByRole('log').getByText('Good morning, let me see').waitFor()
    await agent.locator('.message.own .state', { hasText: 'read' }).waitFor()
    await agent.getByLabel('Internal note').check()
    await write(agent, 'Third call this week')
    await agent.getByRole('log').getByText('Third call this week').waitFor()
    await agent.getByLabel('Internal note').uncheck()
    await write(visitor, 'Thank you <script>alert(1)</script>')
    await agent.getByRole('log').getByText('Thank you <script>').waitFor()
    expect(await seriousViolations(agent)).toEqual([])
    await agent.getByRole('button', { name: 'Close as solved' }).click()
    await visitor.getByRole('button', { name: '5 of 5' }).click()
    await visitor.getByText('Thank you for your rating.').waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    await agent.getByText('★ 5').waitFor()
    expect(await texts(visitor)).toEqual([
      'Hello, my card is blocked',
      'Good morning, let me see',
      'Thank you <script>alert(1)</script>',
    ])
    expect({ errors, deskErrors }).toEqual({ errors: [], deskErrors: [] })
  })

  it('lose, double and disorder nothing when a server is killed and comes back', async () => {
    const visitor = await visit()
    const chatId = await start(visitor, 'v0')
    const agent = await serveDesk(chatId)
    await accept(agent)
    await visitor.getByRole('status').getByText('You are talking to').waitFor()
    const count = 20
    const { port } = new URL(servers[0].url)
    for (let n = 1; n <= count; n++) {
      await write(visitor, `v${n}`)
      await write(agent, `a${n}`)
      if (n === 5) await kill(servers[0])
      if (n === 15) {
        await visitor.locator('[data-pending]', { hasText: 'v15' }).waitFor()
        await visitor.reload()
        // The widget is the server's own: the page has none until it is back.
        const args = ['serve', '--port', port, '--json']
        const run = guichet(args, { GUICHET_JWT_SECRET: tokenSecret, GUICHET_LOG_LEVEL: 'error', ...environment() })
        servers[0] = { ...run, url: servers[0].url }
        await untilReady(servers[0])
        await visitor.reload()
        await visitor.getByRole('button', { name: 'Open the chat' }).click()
      }
    }
    const all = ['v', 'a'].flatMap((side) => Array.from({ length: count }, (_, n) => `${side}${n + 1}`))
    await eventually(
      async () =>
        (await texts(agent)).length >= all.length + 1 && (await visitor.locator('[data-pending]').count()) === 0,
    )
    const [seenByAgent, seenByVisitor] = [await texts(agent), await texts(visitor)]
    expect(seenByAgent).toEqual(seenByVisitor)
    expect([...seenByAgent].sort()).toEqual(['v0', ...all].sort())
    for (const side of ['v', 'a']) {
      const numbers = seenByAgent.filter((text) => text.startsWith(side)).map((text) => Number(text.slice(1)))
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
    await visitor.reload()
    await visitor.getByRole('button', { name: 'Open the chat' }).click()
    await eventually(async () => (await texts(visitor)).length >= all.length + 1)
    expect(await texts(visitor)).toEqual(seenByAgent)
    await end(visitor)
  })

  it('look as their host says, under the policy of the guide', async () => {
    const visitor = await visit({ styled: '' })
    const errors = errorsOf(visitor)
    await start(visitor, 'Hello')
    const colours = await visitor.evaluate(
      `['.launcher', '.message.own'].map((one) => getComputedStyle(document.querySelector('guichet-chat').shadowRoot.querySelector(one)).backgroundColor)`,
    )
    expect(colours).toEqual(['rgb(122, 31, 92)', 'rgb(246, 227, 239)'])
    expect(await seriousViolations(visitor)).toEqual([])
    expect(errors).toEqual([])
    await end(visitor)
  })

  it('keep nothing of a visitor who signs out', async () => {
    const visitor = await visit()
    await start(visitor, 'Hello')
    await end(visitor)
    await visitor.evaluate(`document.querySelector('guichet-chat').token = ''`)
    await visitor.getByLabel('Your message').waitFor()
    expect(await visitor.evaluate(`Object.keys(localStorage)`)).toEqual([])
  })

  it('show right to left, in French, what is written from right to left', async () => {
    const visitor = await visit({ dir: 'rtl', lang: 'fr' })
    const chatId = await start(visitor, 'مرحبا، بطاقتي محظورة')
    const agent = await serveDesk(chatId)
    await accept(agent)
    await write(agent, 'Bonjour')
    await visitor.getByRole('log').getByText('Bonjour').waitFor()
    const box = async (selector: string) => {
      const found = await visitor.locator(selector).first().boundingBox()
      if (!found) throw new Error(`${selector} is not shown`)
      return found
    }
    const [panel, own, theirs] = [await box('.panel'), await box('.message.own'), await box('.message.theirs')]
    const sides = {
      panel: panel.x < 640 ? 'left' : 'right',
      own: own.x - panel.x < panel.x + panel.width - own.x - own.width ? 'left' : 'right',
      theirs: theirs.x - panel.x < panel.x + panel.width - theirs.x - theirs.width ? 'left' : 'right',
      arabic: await visitor
        .locator('.message.own p')
        .evaluate((p) => `${(p as unknown as { matches(s: string): boolean }).matches(':dir(rtl)')}`),
      french: await visitor
        .locator('.message.theirs p')
        .evaluate((p) => `${(p as unknown as { matches(s: string): boolean }).matches(':dir(rtl)')}`),
    }
    expect(sides).toEqual({ panel: 'left', own: 'left', theirs: 'right', arabic: 'true', french: 'false' })
    expect(await seriousViolations(visitor)).toEqual([])
  })
})
