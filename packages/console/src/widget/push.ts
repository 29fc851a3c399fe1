import type { Channel } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { h } from '../page/dom.ts'
import type { Transport } from '../connection/transport.ts'
import { Refused, Unreachable } from '../connection/refusals.ts'
import type { Words } from '../page/words.ts'

/** The element that names the service worker of its page. */
type Host = HTMLElement & { readonly server: string }

/**
 * The address of the service worker that shows pushes: that of `push-worker`, else that of the server. Undefined where
 * the browser knows no pushes, or the worker is not of the page's own origin, as browsers require.
 */
function workerOf(host: Host): URL | undefined {
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) return undefined
  const url = new URL(host.getAttribute('push-worker') ?? `${host.server}/chat/push-worker.js`, location.href)
  if (url.origin !== location.origin) return undefined
  url.searchParams.set('page', location.pathname)
  return url
}

const registrationOf = async (worker: URL): Promise<ServiceWorkerRegistration | undefined> =>
  navigator.serviceWorker.getRegistration(new URL('.', worker))

/** A button with which the visitor lets this browser show pushes; hidden where that is impossible, or done already. */
export function createPushButton(host: Host, transport: Transport, words: Words, channel: Channel): HTMLElement {
  const worker = workerOf(host)
  let key = ''
  const allow = h('button', { type: 'button', class: 'push', hidden: true }, words.push)

  const save = async (subscription: PushSubscription): Promise<void> => {
    const { endpoint, keys } = subscription.toJSON()
    await transport.ask(documents.subscribeToPush, {
      input: { ...channel, endpoint, p256dh: keys?.['p256dh'], auth: keys?.['auth'] },
    })
  }
  const offer = async (): Promise<void> => {
    if (!worker || Notification.permission === 'denied') return
    const { chatAvailability } = await transport.ask<{
      readonly chatAvailability: { readonly pushKey: string | null }
    }>(documents.pushKey, channel)
    if (chatAvailability.pushKey === null) return
    key = chatAvailability.pushKey
    const subscription = await (await registrationOf(worker))?.pushManager.getSubscription()
    // A browser stays subscribed for as long as it renews; with another key of the desk it subscribes again.
    if (subscription && isFor(subscription, key)) return save(subscription)
    await subscription?.unsubscribe()
    allow.hidden = false
  }
  const subscribe = async (at: URL): Promise<void> => {
    allow.hidden = true
    if ((await Notification.requestPermission()) !== 'granted') return
    const registration = await navigator.serviceWorker.register(trusted(at))
    await active(registration)
    const options = { userVisibleOnly: true, applicationServerKey: key }
    await save(await registration.pushManager.subscribe(options))
  }
  const failed = (error: unknown): void => {
    // Without pushes the chat goes on: they are offered again on the next visit.
    if (!(error instanceof Refused || error instanceof Unreachable || error instanceof DOMException)) throw error
  }
  if (worker) allow.addEventListener('click', () => void subscribe(worker).catch(failed))
  void offer().catch(failed)
  return allow
}

/** Whether a subscription was made for a key in base64url; also where the browser does not say for which. */
function isFor({ options }: PushSubscription, key: string): boolean {
  const serverKey = options.applicationServerKey
  if (!serverKey) return true
  const encoded = btoa(String.fromCharCode(...new Uint8Array(serverKey)))
  return (
    encoded
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/={1,2}$/, '') === key.replace(/={1,2}$/, '')
  )
}

/** Ends the pushes to this browser: its address at the push service is valid no more. */
export async function endPushes(host: Host): Promise<void> {
  const worker = workerOf(host)
  if (!worker) return
  const subscription = await (await registrationOf(worker))?.pushManager.getSubscription()
  await subscription?.unsubscribe()
}

/** Waits until a worker is active: a browser subscribes none before. */
async function active({ installing, waiting }: ServiceWorkerRegistration): Promise<void> {
  const worker = installing ?? waiting
  if (!worker || worker.state === 'activated') return
  await new Promise<void>((resolve) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated' || worker.state === 'redundant') resolve()
    })
  })
}

type Policies = { createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy }
type Policy = { createScriptURL(url: string): string }

/** The address of a script, where a page insists on trusted types; it is of the page's own origin. */
function trusted(url: URL): string {
  const { trustedTypes } = window as { readonly trustedTypes?: Policies }
  const policy = trustedTypes?.createPolicy('guichet-push', { createScriptURL: (address) => address })
  return policy ? policy.createScriptURL(url.href) : url.href
}
