import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { RunnerTestCase } from 'vitest'
import { lastPrinted, mostSaid } from '../process/guichet.ts'
import { patience } from '../waits/patient.ts'
import { launchChromium } from './chromium.ts'

type OpenOptions = BrowserContextOptions & {
  /** Called before the page loads, to change what it loads. */
  readonly before?: (page: Page) => Promise<unknown>
}

/** The Chromium of a test file, and the pages of its current test, each in a context of its own. */
export type Pages = {
  open(address: string, options?: OpenOptions): Promise<Page>
  /** Closes the pages of a test that is over, then ends what it has left. @throws what they showed, if it has failed. */
  closeAfter(test: Readonly<RunnerTestCase>, endTheRest?: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

type Opened = { readonly page: Page; readonly logged: string[] }

/** How long the end of a page is waited for, in milliseconds. */
const longestClosingMs = 60_000

/** Starts a Chromium for the pages of a test file. */
export async function startPages(options?: Parameters<typeof launchChromium>[0]): Promise<Pages> {
  const browser = await launchChromium(options)
  const opened: Opened[] = []
  return {
    open: async (address, { before, ...contextOptions } = {}) => {
      const context = await browser.newContext({ userAgent: readerOf(browser), ...contextOptions })
      context.setDefaultTimeout(patience.timeout)
      const page = await context.newPage()
      const logged: string[] = []
      opened.push({ page, logged })
      page.on('console', (message) => logged.push(`${message.type()}: ${message.text()}`))
      page.on('pageerror', (error) => logged.push(String(error)))
      await before?.(page)
      await page.goto(address)
      return page
    },
    closeAfter: async ({ result }, endTheRest) => {
      const pages = opened.splice(0)
      const seen = result?.state === 'fail' ? [...(await Promise.all(pages.map(describePage))), ...lastPrinted()] : []
      await Promise.all(pages.map(({ page }) => closeContext(page)))
      await endTheRest?.()
      if (seen.length > 0) throw new Error(seen.join('\n'))
    },
    close: () => browser.close(),
  }
}

/** Names the Chromium as a person's: the desk counts nothing of one that calls itself headless. */
const readerOf = (browser: Browser): string =>
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`

/** Closes a page. One that was just being left may never say that it is closed: then it goes with the browser. */
const closeContext = (page: Page): Promise<void> =>
  Promise.race([page.context().close(), delay(longestClosingMs, undefined, { ref: false })])

/** Says what a page shows, the inside of its elements included, and what it has logged. */
async function describePage({ page, logged }: Opened): Promise<string> {
  if (page.isClosed()) return `${page.url()} was closed`
  const text = await page
    .evaluate<string>(
      `[document.body, ...[...document.querySelectorAll('*')].flatMap(({ shadowRoot }) => [...(shadowRoot?.children ?? [])])]
        .map((element) => element?.innerText ?? '').join('\\n')`,
    )
    .catch(String)
  const log = logged.length === 0 ? '' : `\nand has logged:\n${logged.join('\n').slice(-mostSaid)}`
  return `${page.url()} showed when the test failed:\n${text.slice(-mostSaid)}${log}`
}

/** Waits, in the page, until an expression of its code is true there. Any other value is said when the wait was in vain. */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  const last = await page.evaluate<unknown>(`new Promise((resolve) => {
    const deadline = Date.now() + ${patience.timeout}
    const valueNow = () => {
      try {
        return ${expression}
      } catch (error) {
        return String(error)
      }
    }
    const look = () => {
      const value = valueNow()
      if (value === true || Date.now() > deadline) resolve(value)
      else setTimeout(look, 50)
    }
    look()
  })`)
  if (last === true) return
  throw new Error(
    `waited ${patience.timeout / 1_000} seconds in vain for ${expression}\nlast seen: ${JSON.stringify(last)}`,
  )
}
