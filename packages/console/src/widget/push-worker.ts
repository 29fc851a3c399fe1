/** The service worker that shows pushes about chats. It has no other part, and takes no requests of the page. */

type Client = { readonly url: string; readonly visibilityState: string; focus(): Promise<unknown> }
type Waiting = Event & { waitUntil(work: Promise<unknown>): void }
type Worker = {
  readonly registration: ServiceWorkerRegistration
  readonly clients: {
    matchAll(options: { readonly type: 'window'; readonly includeUncontrolled: true }): Promise<readonly Client[]>
    openWindow(url: string): Promise<unknown>
  }
  addEventListener(type: 'push', listener: (event: Waiting & { readonly data: { json(): Push } | null }) => void): void
  addEventListener(
    type: 'notificationclick',
    listener: (event: Waiting & { readonly notification: Notification }) => void,
  ): void
}

/** What the server encrypts for this browser. */
type Push = {
  readonly title: string
  readonly message: string
  readonly language: string
  readonly direction?: NotificationDirection
  readonly chatId: string
}

const worker = globalThis as unknown as Worker
const windows = () => worker.clients.matchAll({ type: 'window', includeUncontrolled: true })

worker.addEventListener('push', (event) => {
  const push = event.data?.json()
  if (push) event.waitUntil(show(push))
})

worker.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open())
})

/** Shows a push unless a page of the site is in sight; a newer one about the same chat takes the place of an older one. */
async function show({ title, message, language, direction = 'auto', chatId }: Push): Promise<void> {
  if ((await windows()).some(({ visibilityState }) => visibilityState === 'visible')) return
  await worker.registration.showNotification(title, { body: message, lang: language, dir: direction, tag: chatId })
}

/** Goes to a page that is open, else to the one on which the visitor allowed pushes. */
async function open(): Promise<void> {
  const [first] = await windows()
  if (first) await first.focus()
  else await worker.clients.openWindow(new URL(location.href).searchParams.get('page') ?? '/')
}
