import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { RunnerTestCase } from 'vitest'
import { expect } from 'vitest'
import { issueToken } from '../../packages/cli/src/tokens/issue-token.ts'
import type { RunningServer } from '../process/guichet.ts'
import { killLeftovers, serve, tokenSecret } from '../process/guichet.ts'
import { acceptChat, leaveCamilleAlone } from './agent.ts'
import type { HostSite } from './host-page.ts'
import { serveHostPage } from './host-page.ts'
import type { Pages } from './pages.ts'
import { startPages } from './pages.ts'

type Hooks = {
  readonly beforeAll: (run: () => Promise<void>) => void
  readonly afterAll: (run: () => Promise<void>) => void
  readonly afterEach: (run: (context: { readonly task: Readonly<RunnerTestCase> }) => Promise<void>) => void
}

type Role = 'admin' | 'agent' | 'customer' | 'supervisor'

/** A desk with one agent at work, a site that embeds its chat, and a Chromium for the people of both. */
export type BrowserDesk = {
  readonly pages: Pages
  /** The origin of the server. */
  readonly url: string
  /** The database of the server. */
  readonly databaseUrl: string
  tokenOf(role: Role, id: string): Promise<string>
  /** Sends a mutation as somebody; it must not be refused. */
  send(role: Role, id: string, operation: string, input: object): Promise<void>
  /** Opens the page of a new customer of the site; `query` is that of `serveHostPage`. */
  visit(query?: Readonly<Record<string, string>>, options?: BrowserContextOptions): Promise<Page>
  /** Starts a chat on a visitor's page, in any language; returns its id. The chat is closed after the test. */
  start(page: Page, text: string): Promise<string>
  /** Opens the page of the agent, who takes the chat. */
  accept(chatId: string, options?: BrowserContextOptions): Promise<Page>
}

/**
 * Starts the desk before the tests of a file, ends the chats of each test, and ends it after them.
 * @param variables more of the server's environment.
 */
export function useBrowserDesk(
  { beforeAll, afterAll, afterEach }: Hooks,
  variables: () => Readonly<Record<string, string>> = () => ({}),
): BrowserDesk {
  let database: TestDatabase
  let home: string
  let server: RunningServer
  let site: HostSite
  let pages: Pages
  let visitors = 0
  const started: string[] = []

  const tokenOf = (role: Role, id: string): Promise<string> => {
    const key = { algorithm: 'HS256', secret: tokenSecret } as const
    const subject = { role, id, name: 'Zoé Martin', seconds: 3_600 } as const
    return issueToken({ issuer: 'guichet', audience: 'guichet', key }, subject)
  }
  const answerTo = async (role: Role, id: string, operation: string, input: object): Promise<unknown> => {
    const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`
    const query = `mutation ($input: ${type}!) { result: ${operation}(input: $input) { userErrors { code message } } }`
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await tokenOf(role, id)}` },
      body: JSON.stringify({ query, variables: { input } }),
    })
    return response.json()
  }

  beforeAll(async () => {
    database = await createTestDatabase()
    home = await mkdtemp(join(tmpdir(), 'guichet-browser-'))
    site = await serveHostPage(() => server.url)
    server = await serve({
      DATABASE_URL: database.url,
      GUICHET_HOME: home,
      GUICHET_CORS_ORIGINS: site.origin,
      GUICHET_VISITOR_SECRET: 'a secret of visitors that only these tests know',
      ...variables(),
    })
    await leaveCamilleAlone(server.url)
    pages = await startPages()
  })
  // An agent has three chats at a time: a test leaves none to the next one.
  afterEach(({ task }) =>
    pages.closeAfter(task, async () => {
      for (const chatId of started.splice(0)) {
        const answer = await answerTo('supervisor', 'sam', 'closeChat', { commandId: `close-${chatId}`, chatId })
        expect(answer).toMatchObject({ data: { result: {} } })
      }
    }),
  )
  afterAll(async () => {
    await pages?.close()
    site?.close()
    killLeftovers()
    await database?.drop()
    await rm(home, { recursive: true, force: true })
  })

  return {
    get pages() {
      return pages
    },
    get url() {
      return server.url
    },
    get databaseUrl() {
      return database.url
    },
    tokenOf,
    send: async (role, id, operation, input) => {
      const answer = await answerTo(role, id, operation, input)
      expect(answer).toMatchObject({ data: { result: { userErrors: [] } } })
    },
    visit: async (query = {}, options = {}) => {
      const token = await tokenOf('customer', `customer-${++visitors}`)
      return pages.open(`${site.origin}/?${new URLSearchParams({ token, ...query }).toString()}`, options)
    },
    start: async (page, text) => {
      await page.locator('.launcher').click()
      await page.locator('#first').fill(text)
      await page.locator('#first').press('Enter')
      await page.getByRole('log').getByText(text).waitFor()
      const key = `Object.keys(localStorage).find((key) => key.startsWith('guichet-chat:'))`
      const id = await page.evaluate<string>(`localStorage.getItem(${key})`)
      started.push(id)
      return id
    },
    accept: async (chatId, options = {}) => {
      const page = await pages.open(`${server.url}/chat/agent#${encodeURIComponent(chatId)}`, options)
      await acceptChat(page)
      return page
    },
  }
}
