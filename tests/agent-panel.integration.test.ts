import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { alertsMessage, serveSource, sourceSecret } from '../packages/api/src/server/testing/live-data-under-test.ts'
import type { SourceServer } from '../packages/api/src/server/testing/live-data-under-test.ts'
import { issueToken } from '../packages/cli/src/tokens/issue-token.ts'
import { acceptChat, leaveCamilleAlone } from './browser/agent.ts'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import type { Pages } from './browser/pages.ts'
import { startPages, untilTrue } from './browser/pages.ts'
import type { RunningServer } from './process/guichet.ts'
import { eventually, killLeftovers, serve, tokenSecret } from './process/guichet.ts'

const noBrowser = missingBrowser !== undefined

/** How far what is read is above the end of the messages, in pixels: an expression of the page. */
const fromEnd = `(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector('[role=log]'))`

const card = {
  cardId: 'BT_N_003',
  title: 'Battery BT_N_003',
  fields: [{ label: 'Temperature', value: '47.2 °C' }],
  asOf: '2026-11-23T14:31:00.000Z',
}

describe.skipIf(noBrowser)(`the agent's page${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  let database: TestDatabase
  let home: string
  let pages: Pages
  let source: SourceServer
  let server: RunningServer
  /** The chats of the current test. */
  const started: string[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    home = await mkdtemp(join(tmpdir(), 'guichet-panel-'))
    source = await serveSource((_, response) => void response.end(JSON.stringify({ cards: [card] })))
    server = await serve({
      DATABASE_URL: database.url,
      GUICHET_HOME: home,
      GUICHET_LIVE_DATA_SECRETS: `battery=${sourceSecret}`,
      GUICHET_LIVE_DATA_URLS: `battery=${source.url}`,
      GUICHET_VISITOR_SECRET: 'a secret of visitors that only these tests know',
    })
    await leaveCamilleAlone(server.url)
    pages = await startPages()
  })
  // An agent has three chats at a time: a test leaves none to the next one.
  afterEach(async ({ task }) => {
    await pages.closeAfter(task, async () => {
      const supervisor = await tokenOf('supervisor', 'sam')
      for (const chatId of started.splice(0))
        await send(supervisor, 'closeChat', { commandId: `close-${chatId}`, chatId })
    })
  })
  afterAll(async () => {
    await pages?.close()
    source?.close()
    killLeftovers()
    await database?.drop()
    await rm(home, { recursive: true, force: true })
  })

  const tokenOf = (role: 'customer' | 'supervisor' | 'agent', id: string): Promise<string> => {
    const key = { algorithm: 'HS256', secret: tokenSecret } as const
    const subject = { role, id, name: 'Jean Dupont', seconds: 3_600 } as const
    return issueToken({ issuer: 'guichet', audience: 'guichet', key }, subject)
  }
  type Answer = { readonly userErrors: readonly unknown[] }
  const send = async (token: string, operation: string, input: object, entity = ''): Promise<Answer> => {
    const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({
        query: `mutation ($input: ${type}!) { result: ${operation}(input: $input) { userErrors { code } ${entity} } }`,
        variables: { input },
      }),
    })
    const answer = (await response.json()) as { readonly data: { readonly result: Answer } }
    expect(answer).toMatchObject({ data: { result: {} } })
    return answer.data.result
  }
  /** Sends a mutation that is not refused. */
  const ask = async (
    role: 'customer' | 'supervisor',
    id: string,
    operation: string,
    input: object,
    entity = '',
  ): Promise<unknown> => {
    const result = await send(await tokenOf(role, id), operation, { commandId: `${operation}-${id}`, ...input }, entity)
    expect(result).toMatchObject({ userErrors: [] })
    return result
  }
  /** Starts a chat as the bearer of a token. */
  const startChatAs = async (token: string, body = 'Hello'): Promise<string> => {
    const context = [{ name: 'page', value: '/batteries' }]
    const input = { commandId: 'start', message: { messageId: 'm1', body }, context }
    const result = await send(token, 'startChat', input, 'chat { id }')
    expect(result).toMatchObject({ userErrors: [] })
    const { id: chatId } = (result as unknown as { readonly chat: { readonly id: string } }).chat
    started.push(chatId)
    return chatId
  }
  const startChat = async (id: string): Promise<string> => startChatAs(await tokenOf('customer', id))
  const push = async (id: string, customerId: string, alerts: readonly object[]): Promise<void> => {
    const { headers, payload } = alertsMessage(id, { customer: { id: customerId }, alerts })
    const response = await fetch(`${server.url}/live-data/battery/alerts`, { method: 'POST', headers, body: payload })
    expect(await response.json()).toEqual({ applied: true })
  }
  const agentPage = (chatId: string): string => `${server.url}/chat/agent#${encodeURIComponent(chatId)}`
  const openChat = async (chatId: string): Promise<Page> => {
    const page = await pages.open(agentPage(chatId))
    await acceptChat(page)
    return page
  }
  /** Asks anew for what stands beside the chat until that shows something, or shows it no more. */
  const refreshUntil = (page: Page, text: string, state: 'visible' | 'hidden'): Promise<void> => {
    const panel = page.getByRole('complementary', { name: 'Customer' })
    return eventually(async () => {
      await panel.getByRole('button', { name: 'Refresh' }).click()
      const awaited = panel.getByText(text).waitFor({ state, timeout: 2_000 })
      return awaited.then(
        () => true,
        () => false,
      )
    })
  }

  it('hands a chat over to experts, and offers that to the customer, who chooses it', async () => {
    const tom = { agentId: 'tom', commandId: 'tom' }
    await ask('supervisor', 'sam', 'registerAgent', { ...tom, name: 'Tom', level: 3 })
    await ask('supervisor', 'sam', 'setAvailability', { ...tom, commandId: 'tom is there', availability: 'AVAILABLE' })
    const chatId = await startChat('lou')
    const page = await openChat(chatId)
    const fill = async (title: string, values: Readonly<Record<string, string>>): Promise<void> => {
      await page.getByText(title, { exact: true }).first().click()
      const { To = '', ...texts } = values
      await page.getByLabel(`${title}: To`, { exact: true }).selectOption({ label: To })
      for (const [label, text] of Object.entries(texts))
        await page.getByLabel(`${title}: ${label}`, { exact: true }).fill(text)
      await page.getByRole('button', { name: title, exact: true }).click()
    }
    const state = page.getByRole('status').filter({ hasText: 'active' })
    await page.locator('summary', { hasText: /^Transfer$/ }).click()
    const groups = page.getByLabel('Transfer: To', { exact: true }).locator('optgroup')
    const others = groups.last().locator('option')
    await others.first().waitFor({ state: 'attached' })
    // Those at work, without the one who asks: Tom has a free place, and no page that would announce the chat.
    expect(await groups.first().getAttribute('label')).toBe('No colleague is free')
    expect(await others.allInnerTexts()).toEqual(['Tom · 0 of 3 chats · offline'])
    await page.locator('summary', { hasText: /^Transfer$/ }).click()
    await fill('Transfer', { To: 'Level 2', Note: 'An invoice' })
    await state.filter({ hasText: 'transfer to level 2' }).waitFor()
    await ask('supervisor', 'sam', 'cancelChatTransfer', { chatId })
    await state.filter({ hasNotText: 'transfer' }).waitFor()
    await fill('Offer a transfer', { To: 'Level 3', Button: 'Ask an expert' })
    await page.getByRole('log').getByText('Ask an expert').waitFor()
    const last = 'chat { messages(last: 1) { nodes { messageId } } }'
    const offered = await ask('customer', 'lou', 'markChatDelivered', { chatId, upTo: 1 }, last)
    const [sent] = (offered as { chat: { messages: { nodes: { messageId: string }[] } } }).chat.messages.nodes
    const messageId = sent?.messageId
    await ask('customer', 'lou', 'chooseChatAction', { chatId, messageId, actionId: 'transfer' })
    await state.filter({ hasText: 'transfer to level 3' }).waitFor()
    await ask('supervisor', 'sam', 'setAvailability', { ...tom, commandId: 'tom is gone', availability: 'OFFLINE' })
    expect(await seriousViolations(page)).toEqual([])
  })

  it('lets a colleague who was invited join, leave, and observe', async () => {
    const bea = { agentId: 'bea', commandId: 'bea' }
    await ask('supervisor', 'sam', 'registerAgent', { ...bea, name: 'Bea' })
    await ask('supervisor', 'sam', 'setAvailability', { ...bea, commandId: 'bea is there', availability: 'AVAILABLE' })
    const chatId = await startChat('ugo')
    const page = await openChat(chatId)
    expect(await page.getByRole('button', { name: /^(Join|Observe|Leave)$/ }).count()).toBe(0)
    const token = await tokenOf('agent', 'bea')
    // Signed in as herself, and not as whom the server signs in.
    const signIn = `new MutationObserver(() => {
      const main = document.querySelector('main')
      if (main && main.dataset.token !== '${token}') main.dataset.token = '${token}'
    }).observe(document, { childList: true, subtree: true })`
    const colleague = await pages.open(agentPage(chatId), { before: (opened) => opened.addInitScript(signIn) })
    const [join, observe, leaveChat] = ['Join', 'Observe', 'Leave'].map((name) =>
      colleague.getByRole('button', { name, exact: true }),
    ) as [Locator, Locator, Locator]
    const field = colleague.getByRole('textbox', { name: 'Write a message' })
    const note = colleague.getByLabel('Internal note')
    await page.locator('summary', { hasText: 'Invite' }).click()
    // Whether she is online depends on how far her page is.
    await page
      .locator('option', { hasText: /^Bea · 0 of 3 chats/ })
      .last()
      .waitFor({ state: 'attached' })
    await page.getByLabel('Invite: Colleague').selectOption({ value: '{"agent":{"id":"bea"}}' })
    await page.getByRole('button', { name: 'Invite', exact: true }).click()
    await join.click()
    await leaveChat.waitFor()
    expect([await join.isVisible(), await observe.isVisible()]).toEqual([false, false])
    await field.fill('I can help')
    await field.press('Enter')
    await page.getByRole('log').getByText('I can help').waitFor()
    await leaveChat.click()
    await field.waitFor({ state: 'hidden' })
    await page.getByRole('log').getByText('has left the chat.').waitFor()
    await observe.click()
    await field.waitFor()
    expect([await note.isChecked(), await note.isDisabled(), await join.isVisible()]).toEqual([true, true, true])
    await field.fill('They sound upset')
    await field.press('Enter')
    await page.locator('.message.note', { hasText: 'They sound upset' }).waitFor()
    expect(await seriousViolations(colleague)).toEqual([])
    await leaveChat.click()
    await field.waitFor({ state: 'hidden' })
    await ask('supervisor', 'sam', 'setAvailability', { ...bea, commandId: 'bea is gone', availability: 'OFFLINE' })
  })

  it('shows the customer, alerts as they come, and sends a card of live data', async () => {
    const chatId = await startChat('jean')
    await ask('customer', 'jean', 'openTicket', { subject: 'Battery too hot', body: 'It is at 47 °C.' })
    const page = await openChat(chatId)
    const errors = errorsOf(page)
    const panel = page.getByRole('complementary', { name: 'Customer' })
    await panel.getByText('Jean Dupont').waitFor()
    await panel.getByText('/batteries').waitFor()
    await panel.getByText('47.2 °C').waitFor()
    await refreshUntil(page, 'Battery too hot', 'visible')
    await push('w1', 'jean', [{ alertId: 'hot', severity: 'critical', title: 'BT_N_003 is too hot' }])
    await panel.getByRole('status', { name: 'Alerts' }).getByText('BT_N_003 is too hot').waitFor()
    expect(await seriousViolations(page)).toEqual([])
    await panel.getByRole('button', { name: 'Send the card Battery BT_N_003' }).click()
    await page.getByRole('log').getByText('47.2 °C').waitFor()
    await push('w2', 'jean', [])
    await panel.getByText('BT_N_003 is too hot').waitFor({ state: 'hidden' })
    expect(errors).toEqual([])
  })

  it('shows an open ticket behind twenty newer ones that are not', async () => {
    const openTicket = async (subject: string): Promise<string> => {
      const input = { commandId: subject, subject, body: 'It is at 47 °C.' }
      const opened = await ask('customer', 'lea', 'openTicket', input, 'ticket { id }')
      return (opened as { ticket: { id: string } }).ticket.id
    }
    await openTicket('The oldest')
    for (let number = 1; number <= 20; number++) {
      const ticketId = await openTicket(`Newer ${number}`)
      await ask('supervisor', 'sam', 'resolveTicket', { commandId: `resolve-${number}`, ticketId })
    }
    const page = await openChat(await startChat('lea'))
    await refreshUntil(page, 'The oldest', 'visible')
    await refreshUntil(page, 'Newer 20', 'hidden')
  })

  it('follows the alerts of the customer whom a visitor turns out to be', async () => {
    const post = async (path: string, token?: string, body?: object): Promise<{ readonly token: string }> => {
      const response = await fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      return (await response.json()) as { readonly token: string }
    }
    const visitor = await post('/visitor')
    const page = await openChat(await startChatAs(visitor.token))
    await post('/visitor/claim', visitor.token, { token: await tokenOf('customer', 'nour') })
    await push('w3', 'nour', [{ alertId: 'cold', severity: 'warning', title: 'BT_N_004 is too cold' }])
    await page.getByRole('status', { name: 'Alerts' }).getByText('BT_N_004 is too cold').waitFor()
  })

  it('opens at an address that is not encoded as it should be', async () => {
    const errors: string[] = []
    const page = await pages.open(`${server.url}/chat/agent#%`, { before: async (opened) => errorsOf(opened, errors) })
    await page.getByText('Choose a chat.').waitFor()
    await page.waitForLoadState('networkidle')
    expect(errors).toEqual([])
  })

  it('follows the conversation, its pictures and own messages, and says what is new to a reader above', async () => {
    const chatId = await startChat('lena')
    const page = await openChat(chatId)
    const log = page.getByRole('log')
    const field = page.getByRole('textbox', { name: 'Write a message' })
    const say = async (body: string): Promise<void> => {
      await field.fill(body)
      await field.press('Enter')
      await log.getByText(body, { exact: true }).waitFor()
    }
    for (let number = 1; number <= 12; number++) await say(`Line ${number}`)
    await untilTrue(page, `${fromEnd} < 2 || ${fromEnd}`)
    // As a picture does that has been loaded.
    await log
      .locator('.body')
      .last()
      .evaluate((body) => (body.style.minHeight = '300px'))
    await untilTrue(page, `${fromEnd} < 2 || ${fromEnd}`)
    await log.evaluate((element) => (element.scrollTop = 0))
    await untilTrue(page, `${fromEnd} > 100 || ${fromEnd}`)
    await ask('customer', 'lena', 'sendChatMessage', {
      chatId,
      messageId: 'm2',
      body: 'Are you there?',
      commandId: 'm2',
    })
    const newest = page.getByRole('button', { name: 'New messages' })
    await newest.waitFor()
    expect(await page.evaluate(fromEnd)).toBeGreaterThan(100)
    expect(await seriousViolations(page)).toEqual([])
    await newest.click()
    await untilTrue(page, `${fromEnd} < 2 || ${fromEnd}`)
    await newest.waitFor({ state: 'hidden' })
    await log.evaluate((element) => (element.scrollTop = 0))
    await untilTrue(page, `${fromEnd} > 100 || ${fromEnd}`)
    await say('I am')
    await untilTrue(page, `${fromEnd} < 2 || ${fromEnd}`)
    await page.getByRole('button', { name: 'Close as solved' }).click()
    await page.getByRole('button', { name: 'Yes, close it' }).click()
    await field.waitFor({ state: 'hidden' })
  })

  it('leaves a reader above alone when a message of theirs reaches the chat later, or they scroll up at once', async () => {
    const chatId = await startChat('lea-anne')
    const held: (() => void)[] = []
    const page = await pages.open(agentPage(chatId), {
      before: (opened) =>
        opened.route('**/graphql', async (route) => {
          const { variables } = route.request().postDataJSON() as { readonly variables: { input?: { body?: string } } }
          if (variables.input?.body === 'On its way') await new Promise<void>((resolve) => held.push(resolve))
          await route.continue()
        }),
    })
    await acceptChat(page)
    const log = page.getByRole('log')
    const field = page.getByRole('textbox', { name: 'Write a message' })
    const newest = page.getByRole('button', { name: 'New messages' })
    const hear = async (messageId: string, body: string): Promise<void> => {
      await ask('customer', 'lea-anne', 'sendChatMessage', { commandId: messageId, chatId, messageId, body })
      await log.locator(`[data-id^=${messageId}]`).waitFor()
    }
    await hear('letter', `A long letter${'\n…'.repeat(80)}`)
    await field.fill('On its way')
    await field.press('Enter')
    await log.locator('[data-pending]', { hasText: 'On its way' }).waitFor()
    await untilTrue(page, `${fromEnd} < 2 || ${fromEnd}`)
    await log.evaluate((element) => (element.scrollTop = 0))
    await untilTrue(page, `${fromEnd} > 100 || ${fromEnd}`)
    await eventually(async () => held.length === 1)
    for (const release of held) release()
    await log.locator('.message.own .state', { hasText: 'sent' }).waitFor()
    expect(await page.evaluate(fromEnd)).toBeGreaterThan(100)
    await hear('patience', 'Take your time')
    await newest.waitFor()
    // Before the page has drawn the end.
    await page.evaluate(`document.querySelector('.newest').click(); document.querySelector('[role=log]').scrollTop = 0`)
    await newest.waitFor({ state: 'hidden' })
    await hear('question', 'Still there?')
    await newest.waitFor()
    expect(await page.evaluate(fromEnd)).toBeGreaterThan(100)
  })

  it('lists the chats with the wait and the last message, the longest wait first', async () => {
    const both = [await startChat('first'), await startChat('second')]
    const [first = ''] = both
    const page = await openChat(first)
    const untilOrderIs = (ids: readonly string[]): Promise<void> => {
      const order = `[...document.querySelectorAll('[data-chat]')].map(({ dataset }) => dataset.chat).filter((id) => '${both.join()}'.includes(id)).join()`
      return untilTrue(page, `${order} === ${JSON.stringify(ids.join())} || ${order}`)
    }
    await untilOrderIs(both)
    const label = page.locator(`[data-chat="${first}"]`)
    expect(await label.getAttribute('aria-current')).toBe('true')
    expect(await page.locator('nav [aria-current]').count()).toBe(1)
    expect(await label.innerText()).toMatch(/active · .* · waits \d+ min · Hello$/)
    const field = page.getByRole('textbox', { name: 'Write a message' })
    const note = page.getByLabel('Internal note')
    await note.check()
    await field.fill('A note')
    await field.press('Enter')
    await page.locator('.message.note', { hasText: 'A note' }).waitFor()
    expect(await note.isChecked()).toBe(false)
    await field.fill('Good morning')
    await field.press('Enter')
    await untilOrderIs(both.toReversed())
    expect(await label.innerText()).toMatch(/active · [^·]* · Good morning$/)
  })

  it('breaks no label, keeps its buttons apart and cuts a long word after two lines, 1,280 pixels wide', async () => {
    const chatId = await startChatAs(await tokenOf('customer', 'long'), 'x'.repeat(300))
    const page = await pages.open(agentPage(chatId), { viewport: { width: 1_280, height: 720 } })
    await page.getByRole('complementary', { name: 'Customer' }).getByText('/batteries').waitFor()
    const linesOfLabel = `(() => {
      const range = document.createRange()
      range.selectNodeContents([...document.querySelectorAll('dt')].find(({ innerText }) => innerText.startsWith('pag')))
      return range.getClientRects().length
    })()`
    expect(await page.evaluate<number>(linesOfLabel)).toBe(1)
    const gap = `(() => {
      const [label, button] = document.querySelector('.announcements').children
      button.hidden = false
      return button.getBoundingClientRect().left - label.getBoundingClientRect().right
    })()`
    expect(await page.evaluate<number>(gap)).toBeGreaterThan(4)
    const linesInList = `(() => {
      const label = document.querySelector('[data-chat="${chatId}"] span')
      return Math.round(label.clientHeight / parseFloat(getComputedStyle(label).lineHeight))
    })()`
    expect(await page.evaluate<number>(linesInList)).toBe(2)
    const overflow = `(() => {
      const conversation = document.querySelector('.conversation')
      for (const each of conversation.querySelectorAll('h2, .chat-state')) each.textContent = 'W'.repeat(200)
      return conversation.scrollWidth - conversation.clientWidth
    })()`
    expect(await page.evaluate<number>(overflow)).toBe(0)
  })

  it('puts canned replies into the message, and runs macros, by the keyboard', async () => {
    const texts = [{ language: 'en', text: 'Hello {{customer.firstName|there}}, one moment please.' }]
    await ask('supervisor', 'sam', 'saveCannedReply', {
      cannedReplyId: 'hi',
      shortcut: 'hello',
      title: 'Greeting',
      texts,
    })
    const saveMacro = (shortcut: string, title: string, step: object) =>
      ask('supervisor', 'sam', 'saveMacro', { macroId: shortcut, target: 'CHAT', shortcut, title, steps: [step] })
    await saveMacro('helloandbye', 'Say goodbye', { action: 'REPLY', texts: [{ language: 'en', text: 'Goodbye!' }] })
    await saveMacro('solved', 'Close it', { action: 'CLOSE' })
    const page = await openChat(await startChat('marie'))
    const errors = errorsOf(page)
    const field = page.getByRole('textbox', { name: 'Write a message' })
    const options = page.getByRole('listbox').getByRole('option')
    const type = async (text: string): Promise<void> => {
      await field.fill('')
      await field.pressSequentially(text)
    }
    await type('/hel')
    await page.getByRole('option', { name: 'Greeting' }).waitFor()
    expect(await options.allInnerTexts()).toEqual(['/hello Greeting', '/helloandbye Say goodbye (macro)'])
    const selected = () => field.getAttribute('aria-activedescendant')
    expect(await selected()).toBe('suggestion-0')
    await field.press('ArrowDown')
    expect(await selected()).toBe('suggestion-1')
    expect(await options.nth(1).getAttribute('aria-selected')).toBe('true')
    expect(await seriousViolations(page)).toEqual([])
    await field.press('ArrowDown')
    expect(await selected()).toBe('suggestion-0')
    await field.press('Escape')
    expect(await options.count()).toBe(0)
    expect(await field.inputValue()).toBe('/hel')

    await type('/hello')
    await page.getByRole('option', { name: 'Greeting' }).waitFor()
    await field.press('Enter')
    const value = `document.querySelector('.composer textarea').value`
    await untilTrue(page, `${value} === 'Hello Jean, one moment please.' || ${value}`)
    expect(await page.getByRole('log').getByText('one moment please').count()).toBe(0)
    await field.press('Enter')
    await page.getByRole('log').getByText('Hello Jean, one moment please.').waitFor()

    await type('/helloandb')
    await page.getByRole('option', { name: 'Say goodbye' }).waitFor()
    await field.press('Enter')
    await page.getByRole('log').getByText('Goodbye!').waitFor()
    expect(await field.inputValue()).toBe('')

    await type('/solved')
    await page.getByRole('option', { name: 'Close it' }).click()
    const question = page.getByRole('group', { name: 'It closes the chat. Run it?' })
    await question.waitFor()
    await page.keyboard.press('Enter')
    await question.waitFor({ state: 'hidden' })
    expect(await field.inputValue()).toBe('')
    await type('/solved')
    await page.getByRole('option', { name: 'Close it' }).click()
    await question.getByRole('button', { name: 'Yes, close it' }).click()
    await page.locator('.chat-state', { hasText: 'closed' }).waitFor()
    expect(errors).toEqual([])
  })

  it('says whether the agent is there, and sets it', async () => {
    const page = await pages.open(`${server.url}/chat/agent`)
    const pressed = (label: string): Promise<void> =>
      page.locator('.bar button[aria-pressed=true]', { hasText: label }).waitFor()
    await page.getByRole('button', { name: 'Available' }).click()
    await pressed('Available')
    await page.getByRole('button', { name: 'Away' }).click()
    await pressed('Away')
    expect(await page.locator('.bar button[aria-pressed=true]').count()).toBe(1)
    await page.reload()
    await pressed('Away')
    expect(await seriousViolations(page)).toEqual([])
  })
})
