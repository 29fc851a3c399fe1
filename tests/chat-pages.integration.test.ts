import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
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
import { eventually, guichet, kill, killLeftovers, serve, tokenSecret, untilReady } from './process/guichet.ts'

/** A red square, as PNG. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC',
  'base64',
)

/** The inside of the visitor's widget, and that all that was written there has reached the chat: expressions of the page. */
const widget = `document.querySelector('guichet-chat').shadowRoot`
const nothingPends = `${widget}.querySelectorAll('[data-pending]').length === 0`

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`two browsers${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  let database: TestDatabase
  let home: string
  let pages: Pages
  let site: HostSite
  /** The visitor talks to the first, the agent to the second. */
  let servers: [RunningServer, RunningServer]
  let visitors = 0

  const environment = (): Record<string, string> => ({
    DATABASE_URL: database.url,
    GUICHET_HOME: home,
    GUICHET_CORS_ORIGINS: site.origin,
    GUICHET_VISITOR_SECRET: 'a secret of visitors that only these tests know',
  })

  beforeAll(async () => {
    database = await createTestDatabase()
    home = await mkdtemp(join(tmpdir(), 'guichet-pages-'))
    site = await serveHostPage(() => servers[0].url)
    servers = [await serve(environment()), await serve(environment())]
    await leaveCamilleAlone(servers[0].url)
    pages = await startPages()
  })
  // An agent has three chats at a time: a test leaves none to the next one.
  afterEach(({ task }) => pages.closeAfter(task, endChats))
  afterAll(async () => {
    await pages?.close()
    site?.close()
    killLeftovers()
    await database?.drop()
    await rm(home, { recursive: true, force: true })
  })

  const tokenFor = (
    role: 'admin' | 'agent' | 'customer' | 'supervisor',
    id: string,
    seconds = 3_600,
  ): Promise<string> =>
    issueToken(
      { issuer: 'guichet', audience: 'guichet', key: { algorithm: 'HS256', secret: tokenSecret } },
      { role, id, name: 'Zoé Martin', seconds },
    )
  const mutate = async (token: string, operation: string, input: object): Promise<unknown> => {
    const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
    const query = `mutation ($input: ${type}!) { result: ${operation}(input: $input) { userErrors { code message } } }`
    const response = await fetch(`${servers[1].url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { input } }),
    })
    return response.json()
  }
  /** The chats of the current test. */
  const started: string[] = []
  const endChats = async (): Promise<void> => {
    const token = await tokenFor('supervisor', 'sam')
    for (const chatId of started.splice(0)) {
      const answer = await mutate(token, 'closeChat', { commandId: `close-${chatId}`, chatId })
      expect(answer).toMatchObject({ data: { result: {} } })
    }
  }
  /** The visitor's page, as somebody new. */
  const visit = async (query: Record<string, string> = {}): Promise<Page> => {
    const token = await tokenFor('customer', `customer-${++visitors}`)
    return pages.open(`${site.origin}/?${new URLSearchParams({ token, ...query }).toString()}`)
  }
  const start = async (page: Page, text: string): Promise<string> => {
    await page.getByRole('button', { name: /Open the chat|Ouvrir la discussion/ }).click()
    await page.getByRole('textbox', { name: /Your message|Votre message/ }).fill(text)
    await page.getByRole('button', { name: /Start the chat|Démarrer la discussion/ }).click()
    await page.getByRole('log').getByText(text).waitFor()
    const key = `Object.keys(localStorage).find((key) => key.startsWith('guichet-chat:'))`
    const id = await page.evaluate<string>(`localStorage.getItem(${key})`)
    started.push(id)
    return id
  }
  /** Applies a configuration in which the channel web has a calendar: one that opens three days from now. */
  const applyHours = async (hours: string | undefined): Promise<void> => {
    const far = new Date(Date.now() + 3 * 86_400_000).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' })
    const document = {
      calendars: { elsewhen: { timeZone: 'UTC', hours: { [far.toLowerCase()]: ['09:00-17:00'] } } },
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
      chat: { channels: { web: hours === undefined ? {} : { hours } } },
    }
    const input = { commandId: `hours-${hours}`, document }
    const answer = await mutate(await tokenFor('admin', 'ada'), 'applyConfiguration', input)
    expect(answer).toMatchObject({ data: { result: { userErrors: [] } } })
  }
  const serveDesk = (chatId?: string): Promise<Page> =>
    pages.open(`${servers[1].url}/chat/agent${chatId === undefined ? '' : `#${encodeURIComponent(chatId)}`}`)
  const end = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'End the chat' }).click()
    await page.getByRole('button', { name: 'Yes, end it' }).click()
    await page.getByText('How was this chat?').waitFor()
  }
  const write = async (page: Page, text: string): Promise<void> => {
    const field = page.getByRole('textbox', { name: /Write a message|Écrire un message/ })
    await field.fill(text)
    await field.press('Enter')
  }
  /** What a browser remembers, without the token of the next anonymous visitor. */
  const kept = async (page: Page): Promise<string[]> =>
    (await page.evaluate<string[]>(`Object.keys(localStorage)`)).filter((key) => !key.startsWith('guichet-visitor:'))
  const texts = (page: Page): Promise<string[]> => page.locator('.log .message .body').allInnerTexts()
  /** Waits for what the visitor's page shows: `is` ends the expression of a list of texts. */
  const untilTexts = (page: Page, is: string): Promise<void> => {
    const shown = `[...${widget}.querySelectorAll('.log .message .body')].map(({ innerText }) => innerText)`
    return untilTrue(page, `${shown}.${is} || ${shown}`)
  }

  it('talk, read, close and rate, with nothing serious for axe-core to find', async () => {
    const visitor = await visit()
    const errors = errorsOf(visitor)
    const chatId = await start(visitor, 'Hello, my card is blocked')
    await visitor.getByRole('status').getByText('You are number 1 in the queue.').waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    const agent = await serveDesk()
    const deskErrors = errorsOf(agent)
    await agent.locator(`[data-chat="${chatId}"]`).click()
    await acceptChat(agent)
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
    await agent.getByRole('button', { name: 'Yes, close it' }).click()
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
    await acceptChat(agent)
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
    await eventually(async () => {
      const [ofAgent, ofVisitor] = [await texts(agent), await texts(visitor)]
      const isSent = (await visitor.locator('[data-pending]').count()) === 0
      return isSent && ofAgent.length > all.length && String(ofAgent) === String(ofVisitor)
    })
    const [seenByAgent, seenByVisitor] = [await texts(agent), await texts(visitor)]
    expect(seenByAgent).toEqual(seenByVisitor)
    expect([...seenByAgent].sort()).toEqual(['v0', ...all].sort())
    for (const side of ['v', 'a']) {
      const numbers = seenByAgent.filter((text) => text.startsWith(side)).map((text) => Number(text.slice(1)))
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
    await visitor.reload()
    await visitor.getByRole('button', { name: 'Open the chat' }).click()
    await untilTexts(visitor, `length >= ${all.length + 1}`)
    expect(await texts(visitor)).toEqual(seenByAgent)
    await end(visitor)
  })

  it('show who types, and a picture that one of them sends on the other side, and say why a file is refused', async () => {
    const visitor = await visit({ styled: '' })
    const errors = errorsOf(visitor)
    const chatId = await start(visitor, 'The screen is blue')
    const agent = await serveDesk(chatId)
    await acceptChat(agent)
    await visitor.getByRole('status').getByText('You are talking to').waitFor()

    await visitor.getByRole('textbox', { name: 'Write a message' }).pressSequentially('One mom')
    await agent.getByText('Customer is typing…').waitFor()
    await write(visitor, 'One moment')
    await agent.getByText('Customer is typing…').waitFor({ state: 'hidden' })
    await agent.getByRole('textbox', { name: 'Write a message' }).pressSequentially('Yes')
    await visitor.locator('.typing').getByText('is typing…').waitFor()
    expect(await seriousViolations(visitor)).toEqual([])

    const choose = (page: Page, name: string, buffer: Buffer) =>
      page.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer })
    await choose(visitor, 'screen.png', picture)
    const shown = agent.locator('.message.file a', { hasText: 'screen.png' })
    await shown.waitFor()
    await agent.locator('.message.file img').waitFor()
    const width = `document.querySelector('.message.file img').naturalWidth`
    await untilTrue(agent, `${width} > 0 || ${width}`)
    await visitor.locator('.message.own.file img').waitFor()
    const file = await fetch((await shown.getAttribute('href')) ?? '')
    expect(Buffer.from(await file.arrayBuffer()).equals(picture)).toBe(true)
    await choose(agent, 'reply.png', picture)
    await visitor.locator('.message.theirs.file a', { hasText: 'reply.png' }).waitFor()

    await choose(visitor, 'program.png', Buffer.from('MZ, and no picture'))
    await visitor.getByText('not sent: its content is not what its name says').waitFor()
    const huge = join(home, 'huge.bin')
    await writeFile(huge, '')
    await truncate(huge, 26 * 1024 * 1024 + 1)
    await visitor.locator('input[type=file]').setInputFiles(huge)
    await visitor.getByText('not sent: the file is too large').waitFor()
    await write(visitor, 'Thank you')
    await agent.getByRole('log').getByText('Thank you').waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    expect(await seriousViolations(agent)).toEqual([])
    expect(errors.filter((error) => !error.includes('415'))).toEqual([])
    await end(visitor)
  })

  it('look as their host says, under the policy of the guide', async () => {
    const visitor = await visit({ styled: '' })
    const errors = errorsOf(visitor)
    await start(visitor, 'Hello')
    const colourOf = (one: string) => visitor.locator(one).evaluate((found) => getComputedStyle(found).backgroundColor)
    expect(await colourOf('.launcher')).toBe('rgb(122, 31, 92)')
    expect(await colourOf('.message.own')).toBe('rgb(246, 227, 239)')
    expect(await seriousViolations(visitor)).toEqual([])
    expect(errors).toEqual([])
    await end(visitor)
  })

  it('keep nothing of a visitor who signs out', async () => {
    const visitor = await visit()
    await start(visitor, 'Hello')
    await end(visitor)
    await visitor.evaluate(`document.querySelector('guichet-chat').token = ''`)
    await visitor.getByRole('textbox', { name: 'Your message' }).waitFor()
    expect(await kept(visitor)).toEqual([])
  })

  it('keep a chat on the screen when its visitor says who they are, and continue it on another device', async () => {
    const visitor = await visit({ token: '' })
    const errors = errorsOf(visitor)
    const chatId = await start(visitor, 'I am nobody yet')
    const agent = await serveDesk(chatId)
    await acceptChat(agent)
    await write(agent, 'Who are you?')
    await visitor.getByRole('log').getByText('Who are you?').waitFor()
    const customer = `customer-${++visitors}`
    const token = await tokenFor('customer', customer)
    await visitor.evaluate(`document.querySelector('guichet-chat').token = ${JSON.stringify(token)}`)
    const key = `guichet-chat:${servers[0].url}:${customer}`
    await untilTrue(visitor, `localStorage.getItem('${key}') === '${chatId}' || localStorage.getItem('${key}')`)
    await write(visitor, 'It is me, from Lyon')
    await agent.getByRole('log').getByText('It is me, from Lyon').waitFor()
    expect(await texts(visitor)).toEqual(['I am nobody yet', 'Who are you?', 'It is me, from Lyon'])
    const phone = await visit({ token })
    await phone.getByRole('button', { name: 'Open the chat' }).click()
    await phone.getByRole('log').getByText('It is me, from Lyon').waitFor()
    expect(await texts(phone)).toEqual(['I am nobody yet', 'Who are you?', 'It is me, from Lyon'])
    await end(phone)
    await visitor.evaluate(`document.querySelector('guichet-chat').token = ''`)
    await visitor.getByRole('textbox', { name: 'Your message' }).waitFor()
    expect(await kept(visitor)).toEqual([])
    expect(errors).toEqual([])
  })

  it('run from left to right in French on a page from right to left, where each text has its own direction', async () => {
    const visitor = await visit({ dir: 'rtl', lang: 'fr' })
    const chatId = await start(visitor, 'مرحبا، بطاقتي محظورة')
    const agent = await serveDesk(chatId)
    await acceptChat(agent)
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
      arabic: `${await visitor.locator('.message.own p').evaluate((p) => p.matches(':dir(rtl)'))}`,
      french: `${await visitor.locator('.message.theirs p').evaluate((p) => p.matches(':dir(rtl)'))}`,
    }
    expect(sides).toEqual({ panel: 'left', own: 'right', theirs: 'left', arabic: 'true', french: 'false' })
    expect(await seriousViolations(visitor)).toEqual([])
  })

  it('leave a message while the desk is closed, and see it open without loading the page again', async () => {
    await applyHours('elsewhen')
    const visitor = await visit({ dir: 'rtl' })
    const errors = errorsOf(visitor)
    await visitor.getByRole('button', { name: 'Open the chat' }).press('Enter')
    await visitor.getByText(/We are back/).waitFor()
    expect(await visitor.getByRole('button', { name: 'Start the chat' }).isVisible()).toBe(false)
    expect(await seriousViolations(visitor)).toEqual([])
    await visitor.getByRole('textbox', { name: 'Your e-mail address' }).fill('zoe@example.org')
    await visitor.getByRole('textbox', { name: 'Subject' }).fill('My card')
    await visitor.getByRole('textbox', { name: 'Your message' }).fill('It is blocked')
    await visitor.getByRole('button', { name: 'Leave a message' }).press('Enter')
    await visitor.getByText('Thank you, we will answer you.').waitFor()
    const mobile = await visit({ channel: 'mobile' })
    await start(mobile, 'I use the app')
    await end(mobile)
    await applyHours(undefined)
    await visitor.getByRole('button', { name: 'Start the chat' }).waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    expect(errors).toEqual([])
  })

  it('keep the focus in the panel from the start of a chat to its end, and open it at its last message', async () => {
    const visitor = await visit()
    const untilFocused = (selector: string): Promise<void> => {
      const focused = `${widget}.activeElement`
      return untilTrue(visitor, `${focused}?.matches('${selector}') || ${focused}?.outerHTML`)
    }
    await visitor.getByRole('button', { name: 'Open the chat' }).press('Enter')
    await untilFocused('#first')
    await visitor.keyboard.type('Hello')
    await visitor.keyboard.press('Enter')
    await untilFocused('.composer textarea')
    await write(visitor, `A long letter${'\n…'.repeat(80)}`)
    await untilTexts(visitor, 'length === 2')
    await untilTrue(visitor, nothingPends)
    await visitor.reload()
    await untilTexts(visitor, 'length === 2')
    await visitor.getByRole('button', { name: 'Open the chat' }).press('Enter')
    await untilFocused('.composer textarea')
    // What takes its place is scrolled before it is painted, a frame after it has the focus.
    const log = `(({ scrollHeight, scrollTop, clientHeight }) => ({ scrollTop, below: scrollHeight - scrollTop - clientHeight }))(${widget}.querySelector('[role=log]'))`
    await untilTrue(visitor, `(({ scrollTop, below }) => scrollTop > 0 && below < 40)(${log}) || ${log}`)
    await visitor.getByRole('button', { name: 'End the chat' }).press('Enter')
    await visitor.getByRole('button', { name: 'Yes, end it' }).press('Enter')
    await visitor.getByText('How was this chat?').waitFor()
    await visitor.keyboard.press('Escape')
    await visitor.getByRole('dialog').waitFor({ state: 'hidden' })
  })
  it('show a start that waits for the network, and send what was chosen without it', async () => {
    const visitor = await visit()
    await visitor.getByRole('button', { name: 'Open the chat' }).click()
    const field = visitor.getByRole('textbox', { name: 'Your message' })
    await field.waitFor()
    await visitor.context().setOffline(true)
    await field.fill('Is somebody there?')
    await field.press('Enter')
    await visitor.locator('[data-pending]', { hasText: 'Is somebody there?' }).waitFor()
    await visitor.getByText('The connection is lost.').waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    await visitor.context().setOffline(false)
    await visitor.getByRole('log').getByText('Is somebody there?').waitFor()
    await visitor.context().setOffline(true)
    const failed = visitor.waitForEvent('requestfailed')
    await visitor.getByRole('button', { name: 'End the chat' }).click()
    await visitor.getByRole('button', { name: 'Yes, end it' }).click()
    await failed
    await visitor.context().setOffline(false)
    await visitor.getByText('How was this chat?').waitFor()
  })

  it('ask the host less and less often for a token while each is refused', async () => {
    const visitor = await visit({ token: '' })
    await visitor.evaluate(`{
      const chat = document.querySelector('guichet-chat')
      const at = (window.at = { 'guichet-refused': [], 'guichet-token': [] })
      for (const name of Object.keys(at)) chat.addEventListener(name, () => at[name].push(performance.now()))
      chat.addEventListener('guichet-token', () => (chat.token = 'none'))
      chat.token = 'none'
    }`)
    await visitor.getByRole('button', { name: 'Open the chat' }).click()
    await untilTrue(visitor, `at['guichet-token'].length > 1 || at`)
    expect(await visitor.evaluate(`at['guichet-token'][1] - at['guichet-refused'][1]`)).toBeGreaterThan(490)
  })
  it('keep what an agent has typed in a chat, and that it is a note, while they look at another', async () => {
    const [zoe, mia] = [await visit(), await visit()]
    const [one, other] = [await start(zoe, 'One'), await start(mia, 'Other')]
    const agent = await serveDesk(one)
    await acceptChat(agent)
    await agent.getByLabel('Internal note').check()
    await agent.getByRole('textbox', { name: 'Write a message' }).fill('Third call')
    await agent.locator(`[data-chat="${other}"]`).click()
    await agent.getByRole('log').getByText('Other').waitFor()
    await agent.locator(`[data-chat="${one}"]`).click()
    await agent.getByRole('log').getByText('One').waitFor()
    expect(await agent.getByRole('textbox', { name: 'Write a message' }).inputValue()).toBe('Third call')
    expect(await agent.getByLabel('Internal note').isChecked()).toBe(true)
    await Promise.all([zoe, mia].map(end))
  })

  it('send again what the server could not answer for, and give back a first text that it refuses', async () => {
    const visitor = await visit()
    const refusal = (code: string) => ({ data: { result: { chat: null, repeated: false, userErrors: [{ code }] } } })
    const unknown = { errors: [{ message: 'unknown', extensions: { code: 'outcome_unknown' } }] }
    /** What the page is answered instead, by operation. */
    const answers: Record<string, object[]> = {
      StartChat: [refusal('CHAT_CLOSED_NOW'), unknown],
      SendChatMessage: [unknown],
    }
    await visitor.route('**/graphql', async (route) => {
      const [, operation = ''] = /mutation (\w+)/.exec(route.request().postData() ?? '') ?? []
      const answer = answers[operation]?.shift()
      if (!answer) return route.continue()
      if (answer === unknown) await route.fetch()
      const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' }
      return route.fulfill({ headers, body: JSON.stringify(answer) })
    })
    await visitor.getByRole('button', { name: 'Open the chat' }).click()
    const field = visitor.getByRole('textbox', { name: 'Your message' })
    await field.fill('Is somebody there?')
    await visitor.getByRole('button', { name: 'Start the chat' }).click()
    await visitor.getByText('CHAT_CLOSED_NOW').waitFor()
    expect(await field.inputValue()).toBe('Is somebody there?')
    await visitor.getByRole('button', { name: 'Start the chat' }).click()
    await visitor.getByRole('log').getByText('Is somebody there?').waitFor()
    await write(visitor, 'I am in a hurry')
    await untilTexts(visitor, 'length > 1')
    await untilTrue(visitor, nothingPends)
    expect({ answers, texts: await texts(visitor) }).toEqual({
      answers: { StartChat: [], SendChatMessage: [] },
      texts: ['Is somebody there?', 'I am in a hurry'],
    })
    answers['SendChatMessage']?.push(refusal('CHAT_BUSY'))
    await write(visitor, 'I cannot wait')
    await visitor.getByRole('button', { name: 'Send again' }).click()
    await untilTrue(visitor, nothingPends)
    expect(await texts(visitor)).toEqual(['Is somebody there?', 'I am in a hurry', 'I cannot wait'])
    await end(visitor)
  })

  it('keep an agent signed in until the token ends, where the server signs in nobody by itself', async () => {
    const signInNobody = (page: Page): Promise<unknown> =>
      page.route('**/chat/agent', async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, body: (await response.text()).replace(/data-token="[^"]*"/, 'data-token=""') })
      })
    const signIn = async (role: 'agent' | 'customer', id: string, seconds: number): Promise<void> => {
      await page.getByLabel('Token').fill(await tokenFor(role, id, seconds))
      await page.getByRole('button', { name: 'Sign in' }).click()
    }
    const page = await pages.open(`${servers[1].url}/chat/agent`, { before: signInNobody })
    await signIn('customer', 'zoe', 60)
    await page.getByText('The token was refused: forbidden').waitFor()
    await signIn('agent', 'ana', 3_600)
    await page.getByRole('button', { name: 'Available' }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Available' }).waitFor()
    await page.evaluate(`sessionStorage.setItem('guichet-token', sessionStorage.getItem('guichet-token') + 'x')`)
    await page.reload()
    await page.getByText('The token was refused: unauthenticated').waitFor()
    expect(await page.evaluate(`sessionStorage.getItem('guichet-token')`)).toBeNull()
  })
})
