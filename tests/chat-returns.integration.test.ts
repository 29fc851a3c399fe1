import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { issueToken } from '../packages/cli/src/tokens/issue-token.ts'
import { acceptChat, leaveCamilleAlone } from './browser/agent.ts'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import type { HostSite } from './browser/host-page.ts'
import { serveHostPage } from './browser/host-page.ts'
import type { Pages } from './browser/pages.ts'
import { startPages, untilTrue } from './browser/pages.ts'
import type { RunningServer } from './process/guichet.ts'
import { killLeftovers, serve, tokenSecret } from './process/guichet.ts'

const noBrowser = missingBrowser !== undefined

/** Has a page believe that its reader looks elsewhere, and counts the sounds and notifications that the browser is given. */
const looksElsewhere = `{
  window.heard = 0
  window.notified = []
  window.AudioContext = class extends AudioContext {
    constructor() {
      super()
      window.heard++
    }
  }
  window.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options)
      window.notified.push([title, options.body])
    }
  }
  document.hasFocus = () => false
}`

describe.skipIf(noBrowser)(
  `a visitor who returns${noBrowser ? ` (${missingBrowser})` : ''}`,
  { timeout: 240_000 },
  () => {
    let database: TestDatabase
    let home: string
    let pages: Pages
    let site: HostSite
    let server: RunningServer
    let visitors = 0

    beforeAll(async () => {
      database = await createTestDatabase()
      home = await mkdtemp(join(tmpdir(), 'guichet-returns-'))
      site = await serveHostPage(() => server.url)
      server = await serve({
        DATABASE_URL: database.url,
        GUICHET_HOME: home,
        GUICHET_CHAT_MESSAGE_QUOTA: '0',
        GUICHET_CORS_ORIGINS: site.origin,
        GUICHET_VISITOR_SECRET: 'a secret of visitors that only these tests know',
      })
      await leaveCamilleAlone(server.url)
      pages = await startPages()
    })
    // An agent has three chats at a time: a test leaves none to the next one.
    afterEach(({ task }) => pages.closeAfter(task, closeChats))
    afterAll(async () => {
      await pages?.close()
      site?.close()
      killLeftovers()
      await database?.drop()
      await rm(home, { recursive: true, force: true })
    })

    const tokenOf = (id: string, role: 'admin' | 'customer' | 'supervisor' = 'customer'): Promise<string> =>
      issueToken(
        { issuer: 'guichet', audience: 'guichet', key: { algorithm: 'HS256', secret: tokenSecret } },
        { role, id, name: 'Zoé Martin', seconds: 3_600 },
      )
    const ask = async (token: string, query: string, variables: object): Promise<unknown> => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      })
      return ((await response.json()) as { data: unknown }).data
    }
    /** The visitor's page in French, as a new customer or with the token given. */
    const visit = async (token?: string): Promise<Page> => {
      const query = new URLSearchParams({ token: token ?? (await tokenOf(`customer-${++visitors}`)), lang: 'fr' })
      return pages.open(`${site.origin}/?${query.toString()}`, { locale: 'en-GB' })
    }
    /** The chats of the current test. */
    const started: string[] = []
    const closeChats = async (): Promise<void> => {
      const token = await tokenOf('sam', 'supervisor')
      const mutation = 'mutation ($input: CloseChatInput!) { result: closeChat(input: $input) { userErrors { code } } }'
      for (const chatId of started.splice(0)) {
        const answer = await ask(token, mutation, { input: { commandId: `close-${chatId}`, chatId } })
        expect(answer).toMatchObject({ result: {} })
      }
    }
    const open = (page: Page): Promise<void> => page.getByRole('button', { name: 'Ouvrir la discussion' }).click()
    const start = async (page: Page, text: string): Promise<string> => {
      await open(page)
      await page.getByRole('textbox', { name: 'Votre message' }).fill(text)
      await page.getByRole('button', { name: 'Démarrer la discussion' }).click()
      await page.getByRole('log').getByText(text).waitFor()
      const chatId = (await keptChat(page)) ?? ''
      started.push(chatId)
      return chatId
    }
    /** An expression of the page. */
    const kept = `localStorage.getItem(Object.keys(localStorage).find((key) => key.startsWith('guichet-chat:')) ?? '')`
    const keptChat = (page: Page): Promise<string | null> => page.evaluate(kept)
    const end = async (page: Page): Promise<void> => {
      await page.getByRole('button', { name: 'Terminer la discussion' }).click()
      await page.getByRole('button', { name: 'Oui, terminer' }).click()
      await page.getByRole('button', { name: 'Nouvelle discussion' }).waitFor()
    }
    /** The operations that a page sends from now on, and the live connections that it makes. */
    const traffic = (page: Page): { readonly asked: string[]; readonly sockets: string[] } => {
      const [asked, sockets]: [string[], string[]] = [[], []]
      page.on('request', (request) => asked.push(/(?:query|mutation) (\w+)/.exec(request.postData() ?? '')?.[1] ?? ''))
      page.on('websocket', (socket) => sockets.push(socket.url()))
      return { asked, sockets }
    }
    const acceptAtDesk = async (chatId: string): Promise<Page> => {
      const page = await pages.open(`${server.url}/chat/agent#${encodeURIComponent(chatId)}`)
      await acceptChat(page)
      return page
    }

    it('has a chat in the language of its page, and not in that of the browser', async () => {
      const languageOf = async (id: string): Promise<unknown> =>
        ask(await tokenOf('sam', 'supervisor'), 'query ($id: ID!) { chat(id: $id) { language } }', { id })
      const plain = await visit()
      expect(await languageOf(await start(plain, 'Bonjour'))).toEqual({ chat: { language: 'fr' } })
      const query = new URLSearchParams({ token: await tokenOf('customer-of-montreal'), lang: 'fr-CA' })
      const named = await pages.open(`${site.origin}/?${query.toString()}`, { locale: 'en-GB' })
      expect(await languageOf(await start(named, 'Bonjour'))).toEqual({ chat: { language: 'fr-CA' } })
      await Promise.all([plain, named].map(end))
    })

    it('has a first message sent after a reload that was not acknowledged before, without opening the widget', async () => {
      const visitor = await visit()
      await visitor.route('**/graphql', (route) =>
        route.request().postData()?.includes('mutation StartChat') ? route.abort() : route.continue(),
      )
      await open(visitor)
      const field = visitor.getByRole('textbox', { name: 'Votre message' })
      await field.fill('Is somebody there?')
      await field.press('Enter')
      await visitor.locator('[data-pending]', { hasText: 'Is somebody there?' }).waitFor()
      await visitor.reload()
      await visitor.unroute('**/graphql')
      await untilTrue(visitor, `${kept} !== null`)
      await open(visitor)
      await visitor.getByRole('log').getByText('Is somebody there?').waitFor()
      await end(visitor)
    })

    it('shows the end of a chat, and neither keeps nor follows it once the panel is shut', async () => {
      const visitor = await visit()
      const chatId = await start(visitor, 'Hello')
      await end(visitor)
      expect(await keptChat(visitor)).toBe(chatId)
      await visitor.keyboard.press('Escape')
      await untilTrue(visitor, `${kept} === null || ${kept}`)
      await open(visitor)
      await visitor.getByRole('log').getByText('Hello').waitFor()
      await visitor.getByText('Comment s’est passée cette discussion ?').waitFor()
      // The page goes while the panel is open.
      expect(await keptChat(visitor)).toBe(chatId)
      const { asked, sockets } = traffic(visitor)
      await visitor.reload()
      await untilTrue(visitor, `${kept} === null || ${kept}`)
      expect({ asked: asked.filter((one) => one !== ''), sockets }).toEqual({ asked: ['Chat'], sockets: [] })
      await visitor.reload()
      await open(visitor)
      await visitor.getByRole('textbox', { name: 'Votre message' }).waitFor()
    })

    it('continues a chat that has ended, and is told when that is refused', async () => {
      const visitor = await visit()
      const errors = errorsOf(visitor)
      const chatId = await start(visitor, 'Hello')
      await end(visitor)
      expect(await seriousViolations(visitor)).toEqual([])
      await visitor.getByRole('button', { name: 'Reprendre la discussion' }).click()
      const field = visitor.getByRole('textbox', { name: 'Écrire un message' })
      await field.fill('One more thing')
      await field.press('Enter')
      await visitor.getByRole('log').getByText('One more thing').waitFor()
      expect(await keptChat(visitor)).toBe(chatId)
      await end(visitor)
      await visitor.evaluate(`{
      window.refusals = []
      document.querySelector('guichet-chat').addEventListener('guichet-refused', ({ detail }) => refusals.push(detail.code))
    }`)
      const body = JSON.stringify({
        data: { result: { chat: null, repeated: false, userErrors: [{ code: 'CHAT_OVER', message: 'over' }] } },
      })
      const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' }
      await visitor.route('**/graphql', (route) =>
        route.request().postData()?.includes('mutation ReopenChat')
          ? route.fulfill({ headers, body })
          : route.continue(),
      )
      await visitor.getByRole('button', { name: 'Reprendre la discussion' }).click()
      const refusal = visitor.getByRole('status').filter({ hasText: 'Cela n’a pas été possible (CHAT_OVER).' })
      await refusal.waitFor()
      expect(await visitor.evaluate('refusals')).toEqual(['CHAT_OVER'])
      // The status still says how the chat stands.
      await visitor.locator('.status').getByText('La discussion est terminée.').waitFor()
      await refusal.waitFor()
      expect(await seriousViolations(visitor)).toEqual([])
      await visitor.getByRole('button', { name: 'Reprendre la discussion' }).waitFor({ state: 'hidden' })
      await visitor.getByRole('button', { name: '5 sur 5' }).click()
      await refusal.waitFor({ state: 'detached' })
      await visitor.getByRole('button', { name: 'Nouvelle discussion' }).click()
      await visitor.getByRole('textbox', { name: 'Votre message' }).waitFor()
      expect(errors).toEqual([])
    })

    it('leaves nothing in the page that they have typed or read when they sign out', async () => {
      const visitor = await visit()
      await start(visitor, 'My PIN is 4711')
      await visitor.getByRole('textbox', { name: 'Écrire un message' }).fill('And my password is 4712')
      // The other two forms are not shown now.
      const root = `document.querySelector('guichet-chat').shadowRoot`
      await visitor.evaluate(`{
      const values = { '#first': 'one 4713', '[name=name]': 'Zoé 4714', '[name=email]': 'zoe4715@example.org', '[name=phone]': '+334716', '[name=body]': 'two 4717' }
      for (const [field, value] of Object.entries(values)) ${root}.querySelector(field).value = value
    }`)
      const left = (): Promise<string[]> =>
        visitor.evaluate(`{
      const typed = [...${root}.querySelectorAll('input, textarea')].map(({ value }) => value)
      ;[${root}.textContent, ...typed].join().match(/47\\d\\d/g) ?? []
    }`)
      expect(await left()).toHaveLength(7)
      await visitor.evaluate(`document.querySelector('guichet-chat').token = ''`)
      await visitor.getByRole('textbox', { name: 'Votre message' }).waitFor()
      expect(await left()).toEqual([])
    })

    it('reads earlier messages of a long chat at the press of a button, and stays where it was', async () => {
      const token = await tokenOf(`customer-${++visitors}`)
      const visitor = await visit(token)
      const chatId = await start(visitor, 'Number 0')
      const count = 315
      for (let from = 1; from <= count; from += 15) {
        const numbers = Array.from({ length: 15 }, (_, n) => from + n)
        const inputs = numbers.map((n) => [
          `i${n}`,
          { commandId: `n${n}`, chatId, messageId: `n${n}`, body: `Number ${n}` },
        ])
        const document = `mutation (${numbers.map((n) => `$i${n}: SendChatMessageInput!`).join()}) {
        ${numbers.map((n) => `m${n}: sendChatMessage(input: $i${n}) { userErrors { code } }`).join('\n')}
      }`
        const answers = (await ask(token, document, Object.fromEntries(inputs))) as object
        for (const answer of Object.values(answers)) expect(answer).toEqual({ userErrors: [] })
      }
      await visitor.reload()
      const errors = errorsOf(visitor)
      await open(visitor)
      const log = visitor.getByRole('log')
      await log.getByText(`Number ${count}`, { exact: true }).waitFor()
      const texts = (): Promise<string[]> => log.locator('.message .body').allInnerTexts()
      const button = log.getByRole('button', { name: 'Afficher les messages précédents' })
      const [first = ''] = await texts()
      // In the log: what stands above it, such as the place in the queue, may take a line more or less meanwhile.
      const top = (): Promise<number> =>
        log
          .getByText(first, { exact: true })
          .evaluate(
            (line) =>
              line.getBoundingClientRect().top - (line.closest('[role=log]')?.getBoundingClientRect().top ?? NaN),
          )
      expect(first).not.toBe('Number 0')
      await button.focus()
      const before = await top()
      await button.press('Enter')
      await log.getByText('Number 0', { exact: true }).waitFor()
      expect(Math.abs((await top()) - before)).toBeLessThan(3)
      expect(await texts()).toEqual(Array.from({ length: count + 1 }, (_, n) => `Number ${n}`))
      expect(await button.count()).toBe(0)
      expect(await visitor.evaluate(`document.querySelector('guichet-chat').shadowRoot.activeElement.role`)).toBe('log')
      expect(await log.locator('.state:not([aria-live=off]), .unsent:not([aria-live=off])').count()).toBe(0)
      expect(await seriousViolations(visitor)).toEqual([])
      expect(errors).toEqual([])
      await end(visitor)
    })

    it('is offered no files while the channel takes none, also in a chat that goes on', async () => {
      const takeFiles = async (files: boolean): Promise<void> => {
        const document = {
          sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
          chat: { channels: { web: { files } } },
        }
        const mutation = `mutation ($input: ApplyConfigurationInput!) { applyConfiguration(input: $input) { userErrors { code message } } }`
        const input = { commandId: `files-${files}`, document }
        expect(await ask(await tokenOf('ada', 'admin'), mutation, { input })).toEqual({
          applyConfiguration: { userErrors: [] },
        })
      }
      const visitor = await visit()
      await start(visitor, 'Hello')
      await visitor.reload()
      await open(visitor)
      const attach = visitor.getByRole('button', { name: 'Joindre un fichier' })
      await attach.waitFor()
      await takeFiles(false)
      await attach.waitFor({ state: 'hidden' })
      await takeFiles(true)
      await attach.waitFor()
      await end(visitor)
    })

    it('is shown how many messages are unread on the shut button, until it is opened', async () => {
      const visitor = await visit()
      const agent = await acceptAtDesk(await start(visitor, 'Hello'))
      const launcher = visitor.locator('.launcher')
      const label = (): Promise<string | null> => launcher.getAttribute('aria-label')
      await visitor.locator('.status').getByText('Vous parlez avec').waitFor()
      await visitor.keyboard.press('Escape')
      expect(await label()).toBe('Ouvrir la discussion')
      const field = agent.getByRole('textbox', { name: 'Write a message' })
      for (const [n, text] of ['Good morning', 'Are you there?'].entries()) {
        await field.fill(text)
        await field.press('Enter')
        await launcher.locator(`.badge[data-count="${n + 1}"]`).waitFor()
      }
      expect(await label()).toBe('Ouvrir la discussion (Messages non lus : 2)')
      expect(await seriousViolations(visitor)).toEqual([])
      await open(visitor)
      await launcher.locator('.badge').waitFor({ state: 'hidden' })
      await visitor.keyboard.press('Escape')
      expect([await label(), await launcher.locator('.badge').isVisible()]).toEqual(['Ouvrir la discussion', false])
      await open(visitor)
      await end(visitor)
    })

    it('is shown an answer before the end of the chat as unread, on every page and device, until it is read', async () => {
      const token = await tokenOf('line')
      const visitor = await visit(token)
      const chatId = await start(visitor, 'Where is my parcel?')
      const agent = await acceptAtDesk(chatId)
      await visitor.locator('.status').getByText('Vous parlez avec').waitFor()
      await visitor.keyboard.press('Escape')
      const field = agent.getByRole('textbox', { name: 'Write a message' })
      await field.fill('It comes tomorrow')
      await field.press('Enter')
      const unread = (page: Page) => page.locator('.launcher .badge[data-count="1"]')
      await unread(visitor).waitFor()
      await closeChats()
      await agent.getByRole('log').getByText('The chat has ended.').waitFor()
      await visitor.reload()
      await unread(visitor).waitFor()
      const phone = await visit(token)
      await unread(phone).waitFor()
      await open(visitor)
      await visitor.getByRole('log').getByText('It comes tomorrow').waitFor()
      await visitor.locator('.launcher .badge').waitFor({ state: 'hidden' })
      await unread(phone).waitFor({ state: 'hidden' })
      await visitor.keyboard.press('Escape')
      await untilTrue(visitor, `${kept} === null`)
      const later = await visit(token)
      const operations = traffic(later).asked
      await later.reload()
      await open(later)
      await later.getByRole('textbox', { name: 'Votre message' }).waitFor()
      expect(operations).toContain('OwnChats')
    })

    it('loses nothing that they typed by another page, a reload or the end of the chat', async () => {
      const visitor = await visit()
      await open(visitor)
      await visitor.getByRole('textbox', { name: 'Votre message' }).fill('Half a question')
      await visitor.reload()
      await open(visitor)
      const first = visitor.getByRole('textbox', { name: 'Votre message' })
      await untilTrue(visitor, `document.querySelector('guichet-chat').shadowRoot.querySelector('#first').value !== ''`)
      expect(await first.inputValue()).toBe('Half a question')
      await first.press('Enter')
      await visitor.getByRole('log').getByText('Half a question').waitFor()
      started.push((await keptChat(visitor)) ?? '')
      const agent = await acceptAtDesk(started.at(-1) ?? '')
      const field = visitor.getByRole('textbox', { name: 'Écrire un message' })
      await field.fill('And one thing more')
      const draft = agent.getByRole('textbox', { name: 'Write a message' })
      await draft.fill('I look it up')
      await agent.getByText('Convert to a ticket').first().click()
      const subject = agent.getByLabel('Convert to a ticket: Subject')
      await subject.fill('Half a subject')
      await agent.reload()
      await draft.waitFor()
      expect(await draft.inputValue()).toBe('I look it up')
      expect([await subject.inputValue(), await subject.isVisible()]).toEqual(['Half a subject', true])
      await closeChats()
      await visitor.getByRole('log').getByText('La discussion est terminée.').waitFor()
      expect([await field.inputValue(), await field.isVisible()]).toEqual(['And one thing more', true])
      await agent.locator('.chat-state', { hasText: 'closed' }).waitFor()
      expect([await draft.inputValue(), await draft.isVisible()]).toEqual(['I look it up', true])
      await field.press('Enter')
      await visitor.getByRole('log').getByText('And one thing more').waitFor()
      await field.fill('x'.repeat(10_001))
      await visitor.getByText('Ce texte est trop long').waitFor()
      await field.press('Enter')
      expect((await field.inputValue()).length).toBe(10_001)
      const asFile = visitor.getByRole('button', { name: 'Le joindre en fichier' })
      const hold = (): void => undefined
      await visitor.route('**/files/*/upload*', hold)
      await asFile.click()
      const cancel = visitor.getByRole('button', { name: 'message.txt' })
      await cancel.waitFor()
      expect((await field.inputValue()).length).toBe(10_001)
      await cancel.click()
      await cancel.waitFor({ state: 'detached' })
      expect((await field.inputValue()).length).toBe(10_001)
      await visitor.unroute('**/files/*/upload*', hold)
      await asFile.click()
      await visitor.getByRole('log').getByText('message.txt').waitFor()
      await expect.poll(() => field.inputValue()).toBe('')
      await end(visitor)
    })

    it('sees a widget that no style of the page reaches', async () => {
      const visitor = await visit()
      await open(visitor)
      const launcher = visitor.locator('.launcher')
      const before = [await launcher.boundingBox(), await visitor.locator('.panel').boundingBox()]
      await visitor.evaluate(`{
        const sheet = new CSSStyleSheet()
        sheet.replaceSync('html { font-size: 62.5% } * { position: relative } body > * { position: relative; z-index: 1; opacity: .5 } ' +
          'body { text-transform: uppercase; text-align: center; white-space: pre; letter-spacing: 3px }')
        document.adoptedStyleSheets = [sheet]
      }`)
      expect([await launcher.boundingBox(), await visitor.locator('.panel').boundingBox()]).toEqual(before)
      const { x = 0, width = 0 } = before[0] ?? {}
      expect([width, x > 1_000]).toEqual([56, true])
      const computed = `(({ textTransform, textAlign, whiteSpace, letterSpacing }) =>
        [textTransform, textAlign, whiteSpace, letterSpacing])(getComputedStyle(
          document.querySelector('guichet-chat').shadowRoot.querySelector('.panel')))`
      expect(await visitor.evaluate(computed)).toEqual(['none', 'start', 'normal', 'normal'])
    })

    it('is listed within the width of the list, however long their words are', async () => {
      const agent = await pages.open(`${server.url}/chat/agent`)
      const visitor = await visit()
      const chatId = await start(visitor, `See https://www.shop.example/${'account'.repeat(40)}`)
      const item = agent.locator(`[data-chat="${chatId}"]`)
      await item.waitFor()
      const [list, button] = [await agent.locator('nav').boundingBox(), await item.boundingBox()]
      expect(button?.width).toBeLessThan(list?.width ?? 0)
      await end(visitor)
    })

    it('is announced to an agent who looks elsewhere, by title, sound and notification, and so is a message in it', async () => {
      const agent = await pages.open(`${server.url}/chat/agent`, {
        permissions: ['notifications'],
        before: (page) => page.addInitScript(looksElsewhere),
      })
      await agent.getByText('Choose a chat.').click()
      const visitor = await visit()
      await start(visitor, 'Is anybody there?')
      await untilTrue(agent, `document.title === '(1) Chat offered: Zoé Martin' || document.title`)
      const offered = ['Chat offered: Zoé Martin', 'Is anybody there?']
      expect(await agent.evaluate(`[heard > 0, notified[0]]`)).toEqual([true, offered])
      await agent.getByRole('button', { name: 'Zoé Martin' }).first().click()
      await untilTrue(agent, `!document.title.includes('offered') || document.title`)
      await acceptChat(agent)

      await agent.getByLabel('Sound').uncheck()
      const heard = await agent.evaluate<number>('heard')
      const field = visitor.getByRole('textbox', { name: 'Écrire un message' })
      await field.fill('I have an hour left')
      await field.press('Enter')
      await untilTrue(agent, `document.title === '(1) New message: Zoé Martin' || document.title`)
      expect(await agent.evaluate(`[heard, notified.at(-1)[0]]`)).toEqual([heard, 'New message: Zoé Martin'])
      await agent.reload()
      expect(await agent.getByLabel('Sound').isChecked()).toBe(false)
      await end(visitor)
    })

    it('goes on with the chat that an agent has already when they say who they are', async () => {
      const phone = await visit(await tokenOf('nour'))
      const agent = await acceptAtDesk(await start(phone, 'I wrote from my phone'))
      const visitor = await visit('')
      await start(visitor, 'I am nobody yet')
      await visitor.evaluate(`document.querySelector('guichet-chat').token = ${JSON.stringify(await tokenOf('nour'))}`)
      await visitor.getByRole('log').getByText('I wrote from my phone').waitFor()
      const field = visitor.getByRole('textbox', { name: 'Écrire un message' })
      await field.fill('And from here')
      await field.press('Enter')
      await agent.getByRole('log').getByText('And from here').waitFor()
      await end(visitor)
    })
  },
)
