import { createECDH, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { decrypt } from 'http_ece'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import type { Delivery } from './delivery.ts'
import { TryAgain } from './delivery.ts'
import type { PushDevice } from './push-subscriptions.ts'
import { arePushKeys, isPushEndpoint, newPushKeys, webPushTransport } from './web-push.ts'

const { signal } = new AbortController()
const open: (() => unknown)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

type Answer = { readonly status: number; readonly headers?: Record<string, string> }
type Received = { readonly headers: IncomingHttpHeaders; readonly text: string }

/** A push service with one browser, and a transport that knows it. */
async function pushService(answer: Answer = { status: 201 }, isNeeded?: () => Promise<boolean>) {
  const keys = newPushKeys()
  const browser = createECDH('prime256v1')
  const p256dh = browser.generateKeys().toString('base64url')
  const auth = randomBytes(16).toString('base64url')
  const received: Received[] = []
  const removed: string[] = []
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request)
    const text = decrypt(body, { version: 'aes128gcm', privateKey: browser, authSecret: auth }).toString()
    received.push({ headers: request.headers, text })
    response.writeHead(answer.status, answer.headers).end()
  }
  const server = createServer((request, response) => void receive(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const device: PushDevice = { endpoint: `${origin}/device`, p256dh, auth }
  const transport = webPushTransport({
    privateKey: keys.privateKey,
    contact: 'mailto:desk@desk.example',
    origins: [origin],
    subscriptions: {
      find: async (id) => (id === 'device' && !removed.includes(id) ? device : undefined),
      remove: async (id) => void removed.push(id),
    },
    isNeeded,
  })
  return { keys, origin, received, removed, transport }
}

function aPush(ageMs = 0): Delivery {
  return {
    id: 'event/web_push/device',
    key: '0123456789abcdef',
    channel: 'web_push',
    kind: 'chat_message',
    recipientId: 'marie',
    content: {
      at: instant(new Date(Date.now() - ageMs)),
      language: 'fr',
      title: 'Nouveau message',
      message: 'Le support vous a écrit.',
      chatId: 'chat-1',
      push: { subscriptionId: 'device', topic: '0123456789abcdef0123456789abcdef', urgency: 'high', ttlMs: 600_000 },
    },
  }
}

describe('a web push', () => {
  it('is encrypted for the browser, signed by the desk, and replaces an earlier one of its topic', async () => {
    const { keys, origin, received, transport } = await pushService()
    expect(await transport.send(aPush(), { signal })).toEqual({ sent: true })
    const [{ headers, text } = { headers: {}, text: '' }] = received
    expect(JSON.parse(text)).toEqual({
      title: 'Nouveau message',
      message: 'Le support vous a écrit.',
      language: 'fr',
      direction: 'ltr',
      chatId: 'chat-1',
    })
    expect(headers).toMatchObject({
      'content-encoding': 'aes128gcm',
      topic: '0123456789abcdef0123456789abcdef',
      urgency: 'high',
    })
    expect(Number(headers['ttl'])).toBeGreaterThan(500)
    const [, token = '', key = ''] = /^vapid t=([^,]+), k=(.+)$/.exec(headers.authorization ?? '') ?? []
    expect(key).toBe(keys.publicKey)
    const point = Buffer.from(key, 'base64url')
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    }
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [jwk] }), { audience: origin })
    expect(payload).toMatchObject({ sub: 'mailto:desk@desk.example', exp: expect.any(Number) as number })
  })

  it.each([404, 410])('unsubscribes a device that its service no longer knows (%i)', async (status) => {
    const { removed, transport } = await pushService({ status })
    const dropped = `the push service no longer knows the device (${status})`
    expect(await transport.send(aPush(), { signal })).toEqual({ sent: false, dropped })
    expect(removed).toEqual(['device'])
    expect(await transport.send(aPush(), { signal })).toEqual({ sent: false, dropped: 'no longer subscribed' })
  })

  it.each([
    [429, { 'retry-after': '120' }, 120_000],
    [500, {}, undefined],
    [503, { 'retry-after': '7' }, 7_000],
    [302, { location: 'http://127.0.0.1:1/elsewhere' }, undefined],
  ])('is tried again after %i', async (status, headers, afterMs) => {
    const { removed, transport } = await pushService({ status, headers })
    const failure = await transport.send(aPush(), { signal }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TryAgain)
    expect(failure).toMatchObject({ message: `the push service answered ${status}`, afterMs })
    expect(removed).toEqual([])
  })

  it('is refused with any other answer', async () => {
    const { transport } = await pushService({ status: 413 })
    expect(await transport.send(aPush(), { signal })).toEqual({
      sent: false,
      refused: 'the push service answered 413',
    })
  })

  it('is not sent when it is too late, or nobody needs it any more', async () => {
    const late = await pushService()
    expect(await late.transport.send(aPush(700_000), { signal })).toEqual({ sent: false, dropped: 'too late' })
    const seen = await pushService({ status: 201 }, async () => false)
    expect(await seen.transport.send(aPush(), { signal })).toEqual({
      sent: false,
      dropped: 'the customer has seen it',
    })
    expect([...late.received, ...seen.received]).toEqual([])
  })

  it('names no address of a device when its service cannot be reached', async () => {
    const { keys } = await pushService()
    const browser = createECDH('prime256v1')
    const transport = webPushTransport({
      privateKey: keys.privateKey,
      contact: 'mailto:desk@desk.example',
      origins: ['http://127.0.0.1:1'],
      subscriptions: {
        find: async () => ({
          endpoint: 'http://127.0.0.1:1/secret-of-the-device',
          p256dh: browser.generateKeys().toString('base64url'),
          auth: randomBytes(16).toString('base64url'),
        }),
        remove: async () => undefined,
      },
    })
    await expect(transport.send(aPush(), { signal })).rejects.toThrow(/^the push service cannot be reached$/)
  })
})

describe('the address of a device', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/abc',
    'https://autopush.prod.push.services.mozilla.com/x',
    'https://web.push.apple.com/abc',
    'https://wns2-par02p.notify.windows.com/w/?token=abc',
    'http://127.0.0.1:9000/abc',
  ])('may be %s', (endpoint) => {
    expect(isPushEndpoint(endpoint, ['http://127.0.0.1:9000'])).toBe(true)
  })

  it.each([
    'http://fcm.googleapis.com/fcm/send/abc',
    'https://fcm.googleapis.com:8443/abc',
    'https://fcm.googleapis.com@169.254.169.254/latest',
    'https://user:word@fcm.googleapis.com/abc',
    'https://fcm.googleapis.com.evil.example/abc',
    'https://evil.example/?https://fcm.googleapis.com/',
    'https://evilpush.apple.com/abc',
    'https://push.apple.com/abc',
    'https://127.0.0.1:9000/abc',
    'http://127.0.0.1:9001/abc',
    'file:///etc/passwd',
    'fcm.googleapis.com',
  ])('may not be %s', (endpoint) => {
    expect(isPushEndpoint(endpoint, ['http://127.0.0.1:9000'])).toBe(false)
  })
})

it('takes keys of a browser that are a point of the curve and a secret of 16 bytes', () => {
  const { publicKey: p256dh } = newPushKeys()
  const auth = randomBytes(16).toString('base64url')
  expect(arePushKeys({ p256dh, auth })).toBe(true)
  expect(arePushKeys({ p256dh, auth: randomBytes(15).toString('base64url') })).toBe(false)
  expect(arePushKeys({ p256dh: Buffer.alloc(65, 4).toString('base64url'), auth })).toBe(false)
  expect(arePushKeys({ p256dh: p256dh.slice(0, 40), auth })).toBe(false)
})
