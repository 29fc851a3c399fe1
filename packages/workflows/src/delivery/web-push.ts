import { createECDH, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { encrypt } from 'http_ece'
import { directionOf } from '@guichet/domain'
import { inTime } from '../supervision.ts'
import type { Delivery, SendOutcome, Transport } from './delivery.ts'
import { TryAgain } from './delivery.ts'
import type { PushDevice, PushSubscriptions } from './push-subscriptions.ts'
import { retryAfterMs } from './webhook.ts'

/** The pair of keys by which push services know a desk (VAPID, RFC 8292), in base64url as browsers take them. */
export type PushKeys = { readonly publicKey: string; readonly privateKey: string }

const curve = 'prime256v1'

/** Makes a pair of keys. */
export function newPushKeys(): PushKeys {
  const { d = '' } = generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ format: 'jwk' })
  return { publicKey: pushPublicKey(d), privateKey: d }
}

/** The public key of a private key. @throws Error when it is none of the curve P-256. */
export function pushPublicKey(privateKey: string): string {
  const pair = createECDH(curve)
  pair.setPrivateKey(Buffer.from(privateKey, 'base64url'))
  return pair.getPublicKey().toString('base64url')
}

/** Whether the keys of a browser are a point of the curve P-256 and a secret of 16 bytes. */
export function arePushKeys({ p256dh, auth }: Pick<PushDevice, 'p256dh' | 'auth'>): boolean {
  const point = Buffer.from(p256dh, 'base64url')
  if (point.length !== 65 || point[0] !== 4 || Buffer.from(auth, 'base64url').length !== 16) return false
  try {
    createPublicKey({ key: jwkOf(point), format: 'jwk' })
    return true
  } catch {
    return false
  }
}

const jwkOf = (point: Buffer) => ({
  kty: 'EC',
  crv: 'P-256',
  x: point.subarray(1, 33).toString('base64url'),
  y: point.subarray(33).toString('base64url'),
})

/** The hosts of the push services of browsers; a dot at the beginning stands for any host below. */
const knownHosts: readonly string[] = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  '.push.services.mozilla.com',
  '.push.apple.com',
  '.notify.windows.com',
]

/**
 * Whether an address may be sent to: that of a known push service over https, or of an origin that the desk has
 * configured. Visitors type it, and the server calls it.
 */
export function isPushEndpoint(endpoint: string, origins: readonly string[]): boolean {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (!url || url.username !== '' || url.password !== '') return false
  if (origins.includes(url.origin)) return true
  const { protocol, port, hostname } = url
  const isKnown = knownHosts.some((host) => (host.startsWith('.') ? hostname.endsWith(host) : hostname === host))
  return protocol === 'https:' && port === '' && isKnown
}

/** The keys with which push notifications are sent. */
export type WebPushOptions = {
  /** The private key of the desk, in base64url. */
  readonly privateKey: string
  /** Whom push services contact about the desk: `mailto:` or `https:`. */
  readonly contact: string
  /** Origins of push services beside the known ones. */
  readonly origins: readonly string[]
  readonly subscriptions: Pick<PushSubscriptions, 'find' | 'remove'>
  /** Whether the customer still needs a push; every one unless given. */
  readonly isNeeded?: ((delivery: Delivery) => Promise<boolean>) | undefined
  /** 10,000 by default. */
  readonly timeoutMs?: number
}

const worthAnotherTry: ReadonlySet<number> = new Set([408, 425, 429])
const goneForGood: ReadonlySet<number> = new Set([404, 410])

/**
 * Sends deliveries to browsers through their push services (RFC 8030), encrypted for the browser (RFC 8291). A device
 * that its service no longer knows is unsubscribed. 408, 425, 429, 5xx, a redirect (none is followed) and silence are
 * retried, at the time of `Retry-After` if given; every other answer is a refusal. No address of a device is in a reason.
 */
export function webPushTransport(options: WebPushOptions): Transport {
  const { privateKey, contact, origins, subscriptions, isNeeded = async () => true, timeoutMs = 10_000 } = options
  const publicKey = pushPublicKey(privateKey)
  const signer = createPrivateKey({
    key: { ...jwkOf(Buffer.from(publicKey, 'base64url')), d: privateKey },
    format: 'jwk',
  })

  const post = async (delivery: Delivery, device: PushDevice, signal: AbortSignal): Promise<Response> => {
    const { push } = delivery.content
    const token = await vapidToken(signer, contact, new URL(device.endpoint).origin)
    const headers = {
      authorization: `vapid t=${token}, k=${publicKey}`,
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      ttl: String(Math.floor(Math.max(0, pushEnd(delivery) - Date.now()) / 1_000)),
      ...(push && { urgency: push.urgency, topic: push.topic }),
    }
    try {
      const body = new Uint8Array(encrypted(delivery, device))
      return await fetch(device.endpoint, { method: 'POST', redirect: 'manual', signal, headers, body })
    } catch (error) {
      // The message of the error may hold the address of the device.
      throw new TryAgain('the push service cannot be reached', { cause: error })
    }
  }

  return {
    send: (delivery, { signal }): Promise<SendOutcome> =>
      inTime(timeoutMs, signal, async (untilThen) => {
        const id = delivery.content.push?.subscriptionId
        if (pushEnd(delivery) <= Date.now()) return { sent: false, dropped: 'too late' }
        const device = id === undefined ? undefined : await subscriptions.find(id)
        if (id === undefined || !device) return { sent: false, dropped: 'no longer subscribed' }
        if (!isPushEndpoint(device.endpoint, origins)) return { sent: false, refused: 'not a known push service' }
        if (!(await isNeeded(delivery))) return { sent: false, dropped: 'the customer has seen it' }
        const response = await post(delivery, device, untilThen)
        await response.body?.cancel()
        const { status } = response
        if (response.ok) return { sent: true }
        if (goneForGood.has(status)) {
          await subscriptions.remove(id)
          return { sent: false, dropped: `the push service no longer knows the device (${status})` }
        }
        const reason = `the push service answered ${status}`
        if (status >= 500 || status < 400 || worthAnotherTry.has(status)) {
          throw new TryAgain(reason, { afterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()) })
        }
        return { sent: false, refused: reason }
      }),
    close: async () => undefined,
  }
}

/** Until when a push is worth showing, in milliseconds of the epoch. */
const pushEnd = ({ content: { at, push } }: Delivery): number => Date.parse(at) + (push?.ttlMs ?? 0)

/** A token that lets the desk send to a push service for an hour. */
async function vapidToken(signer: KeyObject, contact: string, audience: string): Promise<string> {
  const { SignJWT } = await import('jose')
  return new SignJWT({})
    .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
    .setAudience(audience)
    .setSubject(contact)
    .setExpirationTime('1h')
    .sign(signer)
}

/** What the service worker of the page gets: texts, and the chat, whose notifications replace one another. */
function encrypted({ content }: Delivery, { p256dh, auth }: PushDevice): Buffer {
  const { title, message, language, chatId } = content
  const pair = createECDH(curve)
  pair.generateKeys()
  return encrypt(Buffer.from(JSON.stringify({ title, message, language, direction: directionOf(language), chatId })), {
    version: 'aes128gcm',
    privateKey: pair,
    dh: p256dh,
    authSecret: auth,
  })
}
