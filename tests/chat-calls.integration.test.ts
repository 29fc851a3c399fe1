import { createTestDatabase } from '@guichet/eventstore/testing'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { issueToken } from '../packages/cli/src/tokens/issue-token.ts'
import { leaveCamilleAlone } from './browser/agent.ts'
import { errorsOf, missingBrowser, seriousViolations } from './browser/chromium.ts'
import type { HostSite } from './browser/host-page.ts'
import { serveHostPage } from './browser/host-page.ts'
import type { Pages } from './browser/pages.ts'
import { startPages } from './browser/pages.ts'
import type { RunningServer } from './process/guichet.ts'
import { eventually, guichetOutput, killLeftovers, serve, tokenSecret } from './process/guichet.ts'

const noBrowser = missingBrowser !== undefined

/** Counts the frames of pictures that a page has decoded from the other side, for each of its connections. */
const watchFrames = `
window.peers = []
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.peers.push(this) }
}
window.framesDecoded = () => Promise.all(window.peers.map(async (peer) => {
  let frames = 0
  for (const report of (await peer.getStats()).values()) if (report.type === 'inbound-rtp') frames += report.framesDecoded ?? 0
  return frames
}))
window.connections = () => Promise.all(window.peers.map(async (peer) => {
  const { connectionState, iceConnectionState, signalingState } = peer
  const kinds = ['inbound-rtp', 'outbound-rtp', 'media-source']
  const counts = [...(await peer.getStats()).values()].filter(({ type }) => kinds.includes(type)).map(
    ({ type, kind, packetsReceived, packetsSent, framesDecoded, framesEncoded, framesDropped, frames }) =>
      ({ type, kind, packetsReceived, packetsSent, framesDecoded, framesEncoded, framesDropped, frames }))
  const tracks = [...peer.getSenders(), ...peer.getReceivers()].map(({ track }) => track && [track.kind, track.readyState, track.muted])
  return { connectionState, iceConnectionState, signalingState, visible: document.visibilityState, tracks, counts }
}))`

describe.skipIf(noBrowser)(`a call${noBrowser ? ` (${missingBrowser})` : ''}`, () => {
  let database: TestDatabase
  let home: string
  let pages: Pages
  let site: HostSite
  /** The visitor talks to the first, the agent to the second. */
  let servers: [RunningServer, RunningServer]

  beforeAll(async () => {
    database = await createTestDatabase()
    home = await mkdtemp(join(tmpdir(), 'guichet-calls-'))
    site = await serveHostPage(() => servers[0].url)
    const environment = { DATABASE_URL: database.url, GUICHET_HOME: home, GUICHET_CORS_ORIGINS: site.origin }
    servers = [await serve(environment), await serve(environment)]
    const configuration = join(home, 'calls.json')
    await writeFile(
      configuration,
      JSON.stringify({
        sla: { policies: [{ name: 'all', promises: 'nothing' }] },
        chat: { channels: { web: { videoCalls: true, voiceCalls: true } } },
      }),
    )
    await guichetOutput(['config', 'apply', configuration], environment)
    await leaveCamilleAlone(servers[0].url)
    pages = await startPages({
      flags: [
        // A picture that changes ten times a second is as good as one that costs twice as much.
        '--use-fake-device-for-media-stream=fps=10',
        '--disable-audio-output',
        '--use-fake-ui-for-media-stream',
        '--auto-select-desktop-capture-source=Entire screen',
      ],
      withoutFeatures: ['WebRtcHideLocalIpsWithMdns'],
    })
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

  const tokenOf = (role: 'agent' | 'customer' | 'supervisor', id: string, name: string): Promise<string> => {
    const key = { algorithm: 'HS256', secret: tokenSecret } as const
    return issueToken({ issuer: 'guichet', audience: 'guichet', key }, { role, id, name, seconds: 3_600 })
  }
  const ask = async (token: string, query: string, variables: object = {}): Promise<unknown> => {
    const response = await fetch(`${servers[0].url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    })
    return response.json()
  }
  /** The tokens of the customers of the current test. */
  const customers: string[] = []
  const chatOf = async (token: string): Promise<string | undefined> => {
    const { data } = (await ask(token, '{ chats(first: 1) { nodes { id } } }')) as {
      readonly data: { readonly chats: { readonly nodes: readonly { readonly id: string }[] } }
    }
    return data.chats.nodes[0]?.id
  }
  const endChats = async (): Promise<void> => {
    const document = 'mutation ($input: EndChatInput!) { result: endChat(input: $input) { userErrors { code } } }'
    for (const token of customers.splice(0)) {
      const input = { commandId: 'end', chatId: await chatOf(token) }
      expect(await ask(token, document, { input })).toMatchObject({ data: { result: {} } })
    }
  }

  const open = (address: string): Promise<Page> =>
    pages.open(address, {
      permissions: ['camera', 'microphone'],
      before: (page) => page.addInitScript(watchFrames),
    })
  const frames = (page: Page): Promise<readonly number[]> => page.evaluate<readonly number[]>('window.framesDecoded()')
  /** A connection counts from nothing when it replaces another one. */
  const seesMoreFrames = async (page: Page): Promise<void> => {
    const before = await frames(page)
    await eventually(
      async () => (await frames(page)).some((count, index) => count > (before[index] ?? 0) + 5),
      async () => ({ before, now: await frames(page), connections: await page.evaluate('window.connections()') }),
    )
  }

  /** A visitor, and an agent who has accepted their chat. */
  const talk = async (
    id: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly visitor: Page; readonly agent: Page; readonly token: string }> => {
    const name = `${id} Martin`
    const token = await tokenOf('customer', id, name)
    customers.push(token)
    const visitor = await open(`${site.origin}/?${new URLSearchParams({ token, ...query }).toString()}`)
    await visitor.getByRole('button', { name: 'Open the chat' }).click()
    await visitor.getByRole('textbox', { name: 'Your message' }).fill('Can I show you?')
    await visitor.getByRole('button', { name: 'Start the chat' }).click()
    await visitor.getByRole('log').getByText('Can I show you?').waitFor()
    const agent = await open(`${servers[1].url}/chat/agent`)
    await agent.locator('[data-chat]', { hasText: name }).click()
    await agent.getByRole('button', { name: 'Accept', exact: true }).click()
    return { visitor, agent, token }
  }
  const reload = async (visitor: Page): Promise<void> => {
    await visitor.reload()
    await visitor.getByRole('button', { name: 'Open the chat' }).click()
  }

  it('is asked for, accepted and seen by both sides, goes on after a reload and when both offer at once, and ends', async () => {
    const { visitor, agent, token } = await talk('zoe')
    const errors = [errorsOf(visitor), errorsOf(agent)]

    await visitor.getByRole('button', { name: 'Video call' }).click()
    await agent.getByRole('button', { name: 'Accept the call' }).click()
    for (const page of [visitor, agent]) await seesMoreFrames(page)
    expect(await seriousViolations(visitor)).toEqual([])
    expect(await seriousViolations(agent)).toEqual([])

    await reload(visitor)
    for (const page of [visitor, agent]) await seesMoreFrames(page)

    // Each adds a track in the same moment: both offer, and the visitor gives way.
    const addTrack = `(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ video: true })
      window.peers.at(-1).addTrack(stream.getVideoTracks()[0], stream)
    })()`
    await Promise.all([visitor.evaluate(addTrack), agent.evaluate(addTrack)])
    const received = (page: Page): Promise<number> =>
      page.evaluate<number>(
        `window.peers.at(-1).getTransceivers().filter(({ receiver, currentDirection }) => receiver.track.kind === 'video' && /recv/.test(currentDirection)).length`,
      )
    for (const page of [visitor, agent]) await eventually(async () => (await received(page)) === 2)

    await agent.getByRole('button', { name: 'Hang up' }).click()
    await visitor.getByRole('button', { name: 'Video call' }).waitFor()
    const calls = await ask(
      token,
      '{ chats(first: 1) { nodes { calls { kind side startedAt endReason agent { userId } } } } }',
    )
    expect(calls).toMatchObject({
      data: { chats: { nodes: [{ calls: [{ kind: 'VIDEO', side: 'CUSTOMER', endReason: 'HUNG_UP' }] }] } },
    })
    expect(errors).toEqual([[], []])
  })

  it('is left alone by a second tab until that joins it, and moves there then', async () => {
    const { visitor, agent } = await talk('yan')
    await visitor.getByRole('button', { name: 'Video call' }).click()
    await agent.getByRole('button', { name: 'Accept the call' }).click()
    for (const page of [visitor, agent]) await seesMoreFrames(page)

    for (const first of [visitor, agent]) {
      const second = await first.context().newPage()
      await second.addInitScript(watchFrames)
      await second.addInitScript('navigator.mediaDevices.getUserMedia = async () => { throw new Error("no camera") }')
      await second.goto(first.url())
      if (first === visitor) await second.getByRole('button', { name: 'Open the chat' }).click()
      const join = second.getByRole('button', { name: 'Join the call' })
      await join.waitFor()
      for (const page of [visitor, agent]) await seesMoreFrames(page)
      expect(await second.evaluate('window.peers.length')).toBe(0)
      // Without a camera it stays outside.
      await join.click()
      await second.getByText(/call_not_joined|could not be joined/).waitFor()
      for (const page of [visitor, agent]) await seesMoreFrames(page)
      await second.close()
    }

    const second = await visitor.context().newPage()
    await second.addInitScript(watchFrames)
    await second.goto(visitor.url())
    await second.getByRole('button', { name: 'Open the chat' }).click()
    await second.getByRole('button', { name: 'Join the call' }).click()
    for (const page of [second, agent]) await seesMoreFrames(page)
    await visitor.getByRole('button', { name: 'Join the call' }).waitFor()
    expect(await visitor.evaluate(`window.peers.every(({ connectionState }) => connectionState === 'closed')`)).toBe(
      true,
    )
  })

  it('is connected although a signal was lost on its way', async () => {
    const { visitor, agent } = await talk('vera')
    let lost = 0
    await agent.route('**/graphql', async (route) => {
      const { variables } = (route.request().postDataJSON() ?? {}) as {
        readonly variables?: { input?: { data?: string } }
      }
      const isDescription = variables?.input?.data?.includes('"description"') === true
      if (!isDescription || lost++ > 0) return route.fallback()
      return route.fulfill({ json: { data: { result: { userErrors: [] } } } })
    })
    await visitor.getByRole('button', { name: 'Video call' }).click()
    await agent.getByRole('button', { name: 'Accept the call' }).click()
    for (const page of [visitor, agent]) await seesMoreFrames(page)
    expect(lost).toBeGreaterThan(1)
  })

  it('shows the screen of the customer once they press the button, however late the agent has accepted', async () => {
    const { visitor, agent } = await talk('xia', { channel: 'video' })
    await visitor.getByRole('button', { name: 'Show the screen' }).click()
    // A page that was loaded again has no press of a button to its credit, like one that has waited for the agent.
    await reload(visitor)
    await agent.getByRole('button', { name: 'Accept the call' }).click()
    await visitor.getByRole('button', { name: 'Share the screen' }).click()
    await seesMoreFrames(agent)
    await visitor.getByRole('button', { name: 'Stop sharing' }).click()
    await visitor.getByRole('button', { name: 'Share the screen' }).waitFor()
    await agent.getByRole('button', { name: 'Close as solved' }).click()
    await agent.getByRole('button', { name: 'Yes, close it' }).click()
    await visitor.getByText('How was this chat?').waitFor()
  })

  it('is recorded with a consent that is given anew for each call, and that each side can withdraw', async () => {
    const { visitor, agent, token } = await talk('will', { channel: 'video' })
    const desk = await tokenOf('agent', 'camille', 'Camille')
    const chatId = await chatOf(token)
    const requestCall = async (callId: string): Promise<void> => {
      const document =
        'mutation ($input: RequestChatCallInput!) { result: requestChatCall(input: $input) { userErrors { code } } }'
      const input = { commandId: callId, chatId, callId, kind: 'VOICE', recorded: true }
      expect(await ask(desk, document, { input })).toEqual({ data: { result: { userErrors: [] } } })
    }
    const consent = visitor.getByLabel('I agree that the call is recorded')
    const accept = visitor.getByRole('button', { name: 'Accept the call' })
    const recorded = visitor.getByText('The call is recorded.')
    await visitor.getByRole('status').getByText('You are talking to').waitFor()
    await requestCall('first')
    await consent.check()
    await accept.click()
    await recorded.waitFor()
    expect(await seriousViolations(visitor)).toEqual([])
    await agent.getByRole('button', { name: 'Stop recording the call' }).waitFor()
    await visitor.getByRole('button', { name: 'Stop recording the call' }).click()
    await recorded.waitFor({ state: 'detached' })
    await agent.getByRole('button', { name: 'Stop recording the call' }).waitFor({ state: 'hidden' })
    await visitor.getByRole('button', { name: 'Hang up' }).click()
    await accept.waitFor({ state: 'hidden' })
    await requestCall('second')
    await accept.waitFor()
    expect(await consent.isChecked()).toBe(false)
    await accept.click()
    await visitor.getByText('You are in a call.').waitFor()
    expect(await recorded.count()).toBe(0)
  })
})
