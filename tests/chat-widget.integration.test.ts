import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { missingBrowser, seriousViolations } from './browser/chromium.ts'
import { useBrowserDesk } from './browser/desk.ts'
import { untilTrue } from './browser/pages.ts'

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`a chat between two people${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  const desk = useBrowserDesk({ beforeAll, afterAll, afterEach })

  const welcomes = [{ texts: { fr: 'Bienvenue', en: 'Welcome', de: 'Willkommen', ar: 'أهلًا بكم' } }]
  const sends: Readonly<Record<string, string>> = { fr: 'Envoyer', en: 'Send', de: 'Senden', ar: 'إرسال' }
  /** Applies a configuration, with or without hours that begin three days from now. */
  const configure = async (commandId: string, closed: boolean): Promise<void> => {
    const far = new Date(Date.now() + 3 * 86_400_000).toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' })
    const document = {
      calendars: { elsewhen: { timeZone: 'UTC', hours: { [far.toLowerCase()]: ['09:00-17:00'] } } },
      sla: { policies: [{ name: 'all', firstResponse: '4h' }] },
      chat: { welcomes, channels: { web: closed ? { hours: 'elsewhen' } : {} } },
    }
    await desk.send('admin', 'ada', 'applyConfiguration', { commandId, document })
  }
  const write = async (page: Page, text: string): Promise<void> => {
    const field = page.locator('.composer textarea')
    await field.fill(text)
    await field.press('Enter')
  }

  /** The date of an instant as a page writes it, by its clock. */
  const dateIn = (page: Page, at = '', locale = 'en-GB'): Promise<string> =>
    page.evaluate(`(() => {
      const [then, now] = [new Date('${at}'), new Date()]
      const year = then.getFullYear() === now.getFullYear() ? undefined : 'numeric'
      return then.toLocaleDateString('${locale}', { weekday: 'long', day: 'numeric', month: 'long', year })
    })()`)

  it.each([
    ['a page in French, a browser in English', 'fr', 'en-GB', 'fr', 'Ouvrir la discussion', 'Bienvenue'],
    ['a page in German, a browser in German', 'de', 'de-DE', 'de-DE', 'Chat öffnen', 'Willkommen'],
    ['a page in Arabic, a browser in Arabic', 'ar', 'ar-EG', 'ar-EG', 'فتح المحادثة', 'أهلًا بكم'],
    ['a page in Italian, a browser in Italian', 'it', 'it-IT', 'en', 'Open the chat', 'Welcome'],
    ['a page in Italian, a browser in French', 'it', 'fr-CH', 'fr-CH', 'Ouvrir la discussion', 'Bienvenue'],
  ])('speaks one language: %s', async (name, lang, locale, spoken, label, welcome) => {
    await configure(`welcomes: ${name}`, false)
    const visitor = await desk.visit({ lang, dir: lang === 'ar' ? 'rtl' : 'ltr' }, { locale })
    await desk.start(visitor, '…')
    await visitor.getByRole('log').getByText(welcome, { exact: true }).waitFor()
    const at = (await visitor.locator('.message time').first().getAttribute('datetime')) ?? ''
    const day = await dateIn(visitor, at, spoken)
    expect({
      launcher: await visitor.locator('.launcher').getAttribute('aria-label'),
      launcherLanguage: await visitor.locator('.launcher').getAttribute('lang'),
      panel: await visitor.locator('.panel').getAttribute('lang'),
      send: await visitor.locator('.composer .primary').innerText(),
      day: await visitor.locator('.day').allInnerTexts(),
    }).toEqual({
      launcher: label,
      launcherLanguage: spoken.slice(0, 2),
      panel: spoken,
      send: sends[spoken.slice(0, 2)],
      day: [day],
    })
  })

  it('runs from right to left in Arabic, whatever the direction of the page, with names apart and the time of the locale', async () => {
    await configure('welcomes: right to left', false)
    const visitor = await desk.visit({ lang: 'ar', dir: 'ltr' }, { locale: 'ar-EG' })
    const agent = await desk.accept(await desk.start(visitor, 'مرحبًا'))
    await visitor
      .getByRole('status')
      .getByText(/^تتحدثون مع \u2068.+\u2069\.$/)
      .waitFor()
    const panel = visitor.locator('.panel')
    expect([await panel.getAttribute('lang'), await panel.getAttribute('dir')]).toEqual(['ar-EG', 'rtl'])
    const [field, button] = [visitor.locator('.composer textarea'), visitor.locator('.composer .primary')]
    const [left, right] = [await button.boundingBox(), await field.boundingBox()]
    expect(left?.x).toBeLessThan(right?.x ?? 0)
    const time = visitor.locator('.message time').first()
    const expected = await visitor.evaluate<string>(
      `new Date('${await time.getAttribute('datetime')}').toLocaleTimeString('ar-EG', { hour: '2-digit', minute: '2-digit' })`,
    )
    expect(await time.innerText()).toBe(expected)
    await agent.getByRole('button', { name: 'Close as solved' }).click()
    await agent.getByRole('button', { name: 'Yes, close it' }).click()
    await visitor.getByText('كيف كانت هذه المحادثة؟').waitFor()
    expect(await visitor.locator('.rating button').first().innerText()).toBe('١ ★')
    expect(await seriousViolations(visitor)).toEqual([])
  })

  it('says to who waits that the desk has closed, and takes what they have written as a message instead', async () => {
    await configure('open', false)
    const visitor = await desk.visit()
    await desk.start(visitor, 'My card is blocked')
    await visitor.getByRole('status').getByText('in the queue').waitFor()
    expect(await visitor.getByRole('button', { name: 'Leave a message instead' }).isVisible()).toBe(false)
    await configure('closed', true)
    await visitor.getByRole('status').getByText('We are not available at the moment. We are back').waitFor()
    await visitor.getByRole('button', { name: 'Leave a message instead' }).click()
    await visitor.getByRole('button', { name: 'Yes, end it' }).click()
    const form = visitor.locator('.closed')
    const message = form.getByRole('textbox', { name: 'Your message' })
    await message.waitFor()
    expect(await message.inputValue()).toBe('My card is blocked')
    await form.getByLabel('Your e-mail address').fill('zoe@example.org')
    await form.getByLabel('Subject').fill('My card')
    await form.getByRole('button', { name: 'Leave a message' }).click()
    await visitor.getByText('Thank you, we will answer you.').waitFor()
    await configure('open again', false)
  })

  it('keeps what is typed while the desk is closed, over a page change and until it opens, and until its visitor signs out', async () => {
    await configure('closed at night', true)
    const visitor = await desk.visit()
    const open = (): Promise<void> => visitor.locator('.launcher').click()
    const field = (name: string) => visitor.locator(`.closed [name=${name}]`)
    const typed = { name: 'Zoé', email: 'zoe@example.org', phone: '+33 1', subject: 'My card', body: 'A long story' }
    const values = async (): Promise<object> =>
      Object.fromEntries(
        await Promise.all(Object.keys(typed).map(async (name) => [name, await field(name).inputValue()])),
      )
    await open()
    for (const [name, text] of Object.entries(typed)) await field(name).fill(text)
    await visitor.reload()
    await open()
    await field('body').waitFor()
    expect(await values()).toEqual(typed)
    await configure('open in the morning', false)
    const first = visitor.locator('#first')
    await first.waitFor()
    expect(await first.inputValue()).toBe('My card\nA long story')
    await configure('closed at noon', true)
    await field('body').waitFor()
    expect(await values()).toEqual({ ...typed, subject: '', body: 'My card\nA long story' })
    await field('subject').fill('My card')
    await field('phone').fill('')
    await visitor.getByRole('button', { name: 'Leave a message' }).click()
    await visitor.getByText('Thank you, we will answer you.').waitFor()
    await visitor.getByRole('button', { name: 'Leave another message' }).click()
    expect(Object.values(await values()).join('')).toBe('')
    await field('body').fill('My PIN is 4711')
    await visitor.reload()
    await open()
    await field('body').waitFor()
    expect(await field('body').inputValue()).toBe('My PIN is 4711')
    await visitor.evaluate(`document.querySelector('guichet-chat').token = ''`)
    await untilTrue(
      visitor,
      `Object.keys(sessionStorage).filter((key) => key.startsWith('guichet-draft:')).length === 0`,
    )
    await visitor.reload()
    await open()
    await field('body').waitFor()
    expect(Object.values(await values()).join('')).toBe('')
    await configure('open after all', false)
  })

  it('keeps a comment on a chat that has ended, and half a message, over page changes', async () => {
    const visitor = await desk.visit()
    const chatId = await desk.start(visitor, 'Hello')
    const agent = await desk.accept(chatId)
    await visitor.locator('.composer textarea').fill('And one thing more')
    await agent.getByRole('button', { name: 'Close as solved' }).click()
    await agent.getByRole('button', { name: 'Yes, close it' }).click()
    await visitor.getByRole('button', { name: '4 of 5' }).click()
    const comment = visitor.getByLabel('A comment?')
    await comment.fill('Half a comment')
    for (const page of ['two', 'three']) {
      await visitor.goto(`${visitor.url()}&page=${page}`)
      await visitor.locator('.launcher').click()
      await comment.waitFor()
      expect(await comment.inputValue()).toBe('Half a comment')
      expect(await visitor.locator('.composer textarea').inputValue()).toBe('And one thing more')
      // A page that nobody opens the chat on.
      await visitor.locator('.launcher').click()
      await visitor.reload()
    }
    await visitor.locator('.launcher').click()
    await visitor.getByRole('button', { name: 'Send the comment' }).click()
    await agent.getByText('★ 4 “Half a comment”').waitFor()
    await visitor.getByText('Thank you for your comment.').waitFor()
    await visitor.reload()
    await visitor.locator('.launcher').click()
    await comment.waitFor()
    expect(await comment.inputValue()).toBe('Half a comment')
  })

  it('cuts no text that is pasted, and says which is too long', async () => {
    await configure('closed for pasting', true)
    const visitor = await desk.visit()
    await visitor.locator('.launcher').click()
    await visitor.locator('.closed [name=body]').waitFor()
    for (const [name, longest] of [
      ['name', 200],
      ['email', 200],
      ['phone', 200],
      ['subject', 200],
      ['body', 10_000],
    ] as const) {
      await visitor.locator(`.closed [name=${name}]`).fill('x'.repeat(longest + 63))
      const lengths = [longest + 63, longest].map((length) => length.toLocaleString('en'))
      await visitor
        .locator(`#problem-${name}`)
        .getByText(`This text is too long: ${lengths[0]} characters, of ${lengths[1]}.`)
        .waitFor()
      expect((await visitor.locator(`.closed [name=${name}]`).inputValue()).length).toBe(longest + 63)
    }
    await configure('open for pasting', false)
    await visitor.locator('#first').waitFor()
    await visitor.keyboard.press('Escape')
    const chatId = await desk.start(visitor, 'Hello')
    const agent = await desk.accept(chatId)
    await agent.getByRole('button', { name: 'Close as solved' }).click()
    await agent.getByRole('button', { name: 'Yes, close it' }).click()
    await visitor.getByRole('button', { name: '3 of 5' }).click()
    const comment = visitor.getByLabel('A comment?')
    await comment.fill('x'.repeat(2_607))
    await visitor.getByText('This text is too long: 2,607 characters, of 2,000.').waitFor()
    await visitor.getByRole('button', { name: 'Send the comment' }).click()
    expect((await comment.inputValue()).length).toBe(2_607)
    await comment.fill('x'.repeat(2_000))
    await visitor.getByRole('button', { name: 'Send the comment' }).click()
    await visitor.getByText('Thank you for your comment.').waitFor()
  })

  it('shows what is selected in it, whatever the page does with selections', async () => {
    const visitor = await desk.visit()
    await visitor.evaluate(`{
      const sheet = new CSSStyleSheet()
      sheet.replaceSync('::selection { background: transparent; color: inherit } body { user-select: none }')
      document.adoptedStyleSheets = [sheet]
    }`)
    await desk.start(visitor, 'Order 4711')
    const style = `(() => {
      const message = document.querySelector('guichet-chat').shadowRoot.querySelector('.message p')
      return [getComputedStyle(message, '::selection').backgroundColor, getComputedStyle(message).userSelect]
    })()`
    expect(await visitor.evaluate(style)).toEqual(['rgb(29, 78, 216)', 'text'])
  })

  it('has links that open elsewhere and tell nothing, and nothing else of a text is more than text', async () => {
    const visitor = await desk.visit()
    const chatId = await desk.start(visitor, 'See https://shop.example/a_(b)?c=<d>. Or javascript:alert(1)')
    const agent = await desk.accept(chatId)
    await write(agent, '<img src=x onerror="document.title=1"> <a href="javascript:alert(1)">www.shop.example</a>')
    await visitor.getByRole('log').getByText('onerror').waitFor()
    const links = (page: Page): Promise<unknown> =>
      page
        .locator('.message .body a')
        .evaluateAll((found) =>
          (found as HTMLAnchorElement[]).map(({ href, target, rel: how, textContent }) => [
            textContent,
            href,
            target,
            how,
          ]),
        )
    const rel = 'noopener noreferrer nofollow'
    const expected = [
      ['https://shop.example/a_(b)?c=', 'https://shop.example/a_(b)?c=', '_blank', rel],
      ['www.shop.example', 'https://www.shop.example/', '_blank', rel],
    ]
    expect(await links(visitor)).toEqual(expected)
    expect(await links(agent)).toEqual(expected)
    for (const page of [visitor, agent]) {
      expect(await page.locator('.message img, .message script').count()).toBe(0)
      expect(await seriousViolations(page)).toEqual([])
    }
  })

  it('shows the day above what was written on it, and the whole time of each message', async () => {
    await configure('days', false)
    const visitor = await desk.visit({}, { locale: 'en-GB', timezoneId: 'Europe/Paris' })
    const chatId = await desk.start(visitor, 'Before the weekend')
    await write(visitor, 'After it')
    await visitor.getByRole('log').getByText('After it').waitFor()
    // A chat that has lasted days: the server's own answers, with the first messages three days earlier.
    const agent = await desk.pages.open(`${desk.url}/chat/agent#${encodeURIComponent(chatId)}`, {
      locale: 'en-GB',
      timezoneId: 'Europe/Paris',
      before: (page) =>
        page.routeWebSocket(/graphql/, (socket) => {
          const server = socket.connectToServer()
          server.onMessage((text) => socket.send(earlier(text.toString())))
        }),
    })
    await agent.getByRole('log').getByText('After it').waitFor()
    const shown = await agent.locator('.log > *:visible:not(.unsent)').allInnerTexts()
    const [first, , last] = await agent
      .locator('.message time')
      .evaluateAll((found) =>
        found.map((time) => [time.getAttribute('datetime') ?? '', time.getAttribute('title') ?? '']),
      )
    const [before, now] = [await dateIn(agent, first?.[0]), await dateIn(agent, last?.[0])]
    expect(shown.map((text) => text.split('\n').at(-1))).toEqual([
      before,
      'Welcome',
      'Before the weekend',
      now,
      'After it',
    ])
    const whole = `new Date('${first?.[0]}').toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'short' })`
    expect(first?.[1]).toBe(await agent.evaluate(whole))
    expect(await seriousViolations(agent)).toEqual([])
  })

  it('asks once before it ends, and does nothing where the answer is no', async () => {
    const visitor = await desk.visit()
    const chatId = await desk.start(visitor, 'Hello')
    const agent = await desk.accept(chatId)
    const end = visitor.getByRole('button', { name: 'End the chat' })
    // Who presses Enter twice, or Escape, has not said yes.
    await end.press('Enter')
    await visitor.keyboard.press('Enter')
    await end.waitFor()
    await end.press('Enter')
    await visitor.getByRole('button', { name: 'Yes, end it' }).waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    await visitor.keyboard.press('Escape')
    await end.waitFor()
    for (const name of ['Close as solved', 'Close as spam']) {
      await agent.getByRole('button', { name }).click()
      await agent
        .getByRole('group', { name: `${name}?` })
        .getByRole('button', { name: 'No' })
        .click()
      await agent.getByRole('button', { name }).waitFor()
    }
    await write(visitor, 'I am still here')
    await agent.getByRole('log').getByText('I am still here').waitFor()
    await end.click()
    await visitor.getByRole('button', { name: 'Yes, end it' }).click()
    await visitor.getByText('How was this chat?').waitFor()
  })

  it('takes stars that change, and a comment that stays with them', async () => {
    const visitor = await desk.visit()
    const chatId = await desk.start(visitor, 'Hello')
    const agent = await desk.accept(chatId)
    await agent.getByRole('button', { name: 'Close as solved' }).click()
    await agent.getByRole('button', { name: 'Yes, close it' }).click()
    await visitor.getByRole('button', { name: '2 of 5' }).click()
    await agent.getByText('★ 2').waitFor()
    await visitor.getByLabel('A comment?').fill('Quick & <b>kind</b>')
    await visitor.getByRole('button', { name: 'Send the comment' }).click()
    await agent.getByText('★ 2 “Quick & <b>kind</b>”').waitFor()
    await visitor.getByText('Thank you for your comment.').waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    await visitor.getByRole('button', { name: '5 of 5' }).click()
    await agent.getByText('★ 5 “Quick & <b>kind</b>”').waitFor()
    await untilTrue(
      visitor,
      `String([...document.querySelector('guichet-chat').shadowRoot.querySelectorAll('.rating button[aria-pressed=true]')].map((star) => star.innerText)) === '5 ★'`,
    )
  })
})

/** What a server sent, with the messages before the last one three days earlier. */
function earlier(text: string): string {
  const sent = JSON.parse(text) as {
    payload?: { data?: { chatChanged?: { event: { at: string; message: { body: string } | null } } } }
  }
  const event = sent.payload?.data?.chatChanged?.event
  if (!event?.message || event.message.body === 'After it') return text
  event.at = new Date(Date.parse(event.at) - 3 * 86_400_000).toISOString()
  return JSON.stringify(sent)
}
