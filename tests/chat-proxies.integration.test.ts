import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer, request as requestTo } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { issueToken } from '../packages/cli/src/tokens/issue-token.ts'
import { acceptChat, leaveCamilleAlone } from './browser/agent.ts'
import { missingBrowser } from './browser/chromium.ts'
import type { HostSite } from './browser/host-page.ts'
import { serveHostPage } from './browser/host-page.ts'
import type { Pages } from './browser/pages.ts'
import { startPages } from './browser/pages.ts'
import type { RunningServer } from './process/guichet.ts'
import { eventually, killLeftovers, serve, tokenSecret } from './process/guichet.ts'

/** What becomes of a WebSocket: it is refused, left without an answer, or made, and nothing comes through it. */
type Upgrade = 'refused' | 'unanswered' | 'dropped'

const dropping = new WebSocketServer({ noServer: true, handleProtocols: ([first]) => first ?? false })

/** A company's proxy: it lets no WebSocket through, and one that looks into answers sends each on when it is complete. */
async function startProxy(
  target: () => string,
  fate: Upgrade,
  holdsBack: boolean,
): Promise<{ readonly url: string; close(): void }> {
  const upgraded = new Set<Socket>()
  const proxy: Server = createServer((incoming, outgoing) => {
    const { method, headers } = incoming
    const sent = requestTo(new URL(incoming.url ?? '/', target()), { method, headers }, (answer) => {
      if (holdsBack) {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
          outgoing.end(Buffer.concat(parts))
        })
        return
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    sent.on('error', () => outgoing.destroy())
    outgoing.on('close', () => sent.destroy())
    incoming.pipe(sent)
  })
  proxy.on('upgrade', (request, socket: Socket, head) => {
    upgraded.add(socket.on('error', () => undefined))
    if (fate === 'refused') socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    if (fate === 'dropped') dropping.handleUpgrade(request, socket, head, (opened) => opened.pause())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      for (const socket of upgraded) socket.destroy()
      proxy.closeAllConnections()
      proxy.close()
    },
  }
}

const noBrowser = missingBrowser !== undefined

describe.skipIf(noBrowser)(`behind a proxy${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  let database: TestDatabase
  let home: string
  let pages: Pages
  let server: RunningServer
  let site: HostSite
  let proxy: Awaited<ReturnType<typeof startProxy>> | undefined

  beforeAll(async () => {
    database = await createTestDatabase()
    home = await mkdtemp(join(tmpdir(), 'guichet-proxies-'))
    site = await serveHostPage(() => proxy?.url ?? server.url)
    server = await serve({ DATABASE_URL: database.url, GUICHET_HOME: home, GUICHET_CORS_ORIGINS: site.origin })
    await leaveCamilleAlone(server.url)
    pages = await startPages()
  })
  afterEach(async ({ task }) => {
    await pages.closeAfter(task)
    proxy?.close()
    proxy = undefined
  })
  afterAll(async () => {
    await pages?.close()
    site?.close()
    killLeftovers()
    await database?.drop()
    await rm(home, { recursive: true, force: true })
  })

  const tokenOf = (id: string): Promise<string> =>
    issueToken(
      { issuer: 'guichet', audience: 'guichet', key: { algorithm: 'HS256', secret: tokenSecret } },
      { role: 'customer', id, name: 'Zoé Martin', seconds: 3_600 },
    )
  const write = async (page: Page, name: string, text: string): Promise<void> => {
    const field = page.getByRole('textbox', { name })
    await field.fill(text)
    await field.press('Enter')
  }

  it.each([
    ['refuses WebSockets', 'refused', false],
    ['leaves WebSockets unanswered', 'unanswered', false],
    ['takes WebSockets and drops what they say', 'dropped', false],
    ['also holds answers back until they are complete', 'refused', true],
  ] as const)(
    'a visitor and an agent talk although it %s, and are not told that the connection is lost',
    async (_, fate, holdsBack) => {
      proxy = await startProxy(() => server.url, fate, holdsBack)
      const token = await tokenOf(`zoe-${fate}-${holdsBack}`)

      const visitor = await pages.open(`${site.origin}/?${new URLSearchParams({ token }).toString()}`)
      await visitor.getByRole('button', { name: 'Open the chat' }).click()
      await write(visitor, 'Your message', 'Good morning')
      await visitor.getByRole('log').getByText('Good morning').waitFor()
      const agent = await pages.open(`${proxy.url}/chat/agent`)
      await agent.getByRole('button', { name: 'Zoé Martin' }).first().click()
      await acceptChat(agent)
      await visitor.getByRole('status').getByText('You are talking to').waitFor()
      await write(agent, 'Write a message', 'What can I do for you?')
      await visitor.getByRole('log').getByText('What can I do for you?').waitFor()
      await write(visitor, 'Write a message', 'My card is blocked')
      await agent.getByRole('log').getByText('My card is blocked').waitFor()
      expect(await visitor.getByText('The connection is lost.').isVisible()).toBe(false)
      expect(await agent.getByText('The connection is lost.').isVisible()).toBe(false)
      await visitor.getByRole('button', { name: 'End the chat' }).click()
      await visitor.getByRole('button', { name: 'Yes, end it' }).click()
      await agent.getByRole('log').getByText('The chat has ended.').waitFor()
    },
  )

  it('opens at a second click when the widget could not be loaded at the first', async () => {
    // The first attempt is that of the page itself, which looks for chats of the customer on other devices.
    let attempts = 0
    const token = await tokenOf('mia')
    const visitor = await pages.open(`${site.origin}/?${new URLSearchParams({ token }).toString()}`, {
      before: (page) =>
        page.route('**/chat/widget-*.js', (route) => (++attempts <= 2 ? route.abort() : route.continue())),
    })
    await eventually(async () => attempts === 1)
    const button = visitor.getByRole('button', { name: 'Open the chat' })
    await button.click()
    await eventually(async () => attempts === 2 && (await visitor.locator('guichet-chat[open]').count()) === 0)
    await button.click()
    await visitor.getByRole('textbox', { name: 'Your message' }).waitFor()
  })
})
