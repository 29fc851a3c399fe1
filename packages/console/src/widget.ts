import type { Actor, Chat, Result } from './documents.ts'
import { documents } from './documents.ts'
import { adopt, h, setText } from './dom.ts'
import { createMessageLog } from './message-log.ts'
import type { Identity } from './identity.ts'
import { createIdentity } from './identity.ts'
import type { Store, Unsent } from './outbox.ts'
import { hostStorage } from './outbox.ts'
import { createQueuePlace } from './queue-place.ts'
import type { Session } from './session.ts'
import { newId, openSession } from './session.ts'
import { logStyles, widgetStyles } from './styles.ts'
import type { Transport } from './transport.ts'
import { createTransport, Refused, Unreachable } from './transport.ts'
import { fill, wordsFor } from './words.ts'

/** The element that the widget lives in. */
type Host = HTMLElement & { readonly server: string; readonly token: string }

/** What the loader tells the widget. */
export type Widget = {
  /** An attribute or property of the element has changed. */
  changed(name: string): void
  close(): void
}

/** A visitor whose new tokens are refused too has to wait for another visit. */
const mostRejections = 3

/** How often the status line is read out at most, in milliseconds. */
const statusMs = 5_000

const isOwn = (by: Actor): boolean => by.kind === 'CUSTOMER'

/** A start that the server has not acknowledged yet. */
type Start = { readonly commandId: string; readonly message: Pick<Unsent, 'messageId' | 'body'> }

/** Opens the visitor's side of a chat in the shadow root of its element. */
export function openWidget(host: Host): Widget {
  const root = host.shadowRoot as ShadowRoot
  const launcher = root.querySelector('.launcher') as HTMLButtonElement
  const store: Store = hostStorage()
  /** Where this browser remembers the chat of whoever the token names, and a start that is not acknowledged. */
  let chatKey = ':'
  let startKey = ':'
  const { language, words } = wordsFor(host.lang, document.documentElement.lang, navigator.language)

  let who: Identity | undefined
  let rejections = 0
  let transport: Transport | undefined
  let session: Session | undefined
  let closed = false
  let problem: string | undefined
  /** Counts identities: what an earlier one still waits for is dropped. */
  let identity = 0

  const status = h('p', { class: 'status', role: 'status' })
  const offline = h('p', { class: 'offline', hidden: true }, words.offline)
  const title = h('h2', { id: 'title' }, words.title)
  const hide = h(
    'button',
    { type: 'button', 'aria-label': words.close, onclick: () => host.removeAttribute('open') },
    '×',
  )
  const first = h('textarea', { rows: '3', id: 'first', dir: 'auto', required: true, maxlength: '10000' })
  const startForm = h(
    'form',
    { class: 'start', onsubmit: (event) => submit(event, first, begin) },
    h('p', {}, words.welcome),
    h('label', { for: 'first' }, words.firstMessage),
    first,
    h('button', { class: 'primary' }, words.start),
  )
  const text = h('textarea', { rows: '2', dir: 'auto', 'aria-label': words.write, maxlength: '10000' })
  const composer = h(
    'form',
    { class: 'composer', onsubmit: (event) => submit(event, text, (body) => session?.write(body)) },
    text,
    h('button', { class: 'primary' }, words.send),
  )
  const stars = [1, 2, 3, 4, 5].map((n) =>
    h(
      'button',
      { type: 'button', 'aria-label': fill(words.stars, `${n}`), onclick: () => act('rateChat', { rating: n }) },
      `${n} ★`,
    ),
  )
  const rating = h('fieldset', { class: 'rating' }, h('legend', {}, words.rate), h('div', {}, ...stars))
  const thanks = h('p', { class: 'hint' }, words.thanks)
  const end = h('button', { type: 'button', class: 'end', onclick: () => act('endChat', {}) }, words.end)
  const again = h('button', { type: 'button', class: 'again', onclick: () => leave() }, words.again)
  const place = createQueuePlace(words, () => say())
  const logPlace = h('div', { class: 'log-place' })
  const panel = h(
    'section',
    { class: 'panel', role: 'dialog', 'aria-labelledby': 'title', lang: language, hidden: true },
    h('div', { class: 'bar' }, title, hide),
    offline,
    status,
    startForm,
    logPlace,
    rating,
    thanks,
    composer,
    h('div', { class: 'feet' }, end, again),
  )
  let log = newLog()

  function newLog() {
    const created = createMessageLog({
      words,
      language,
      isOwn,
      nameOf: ({ name }) => name ?? words.agent,
      readBy: 'desk',
      choose: (messageId, actionId) => act('chooseChatAction', { messageId, actionId }),
    })
    logPlace.replaceChildren(created.element)
    return created
  }

  adopt(root, logStyles + widgetStyles)
  root.prepend(panel)
  for (const area of [first, text]) {
    area.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
      event.preventDefault()
      area.form?.requestSubmit()
    })
  }
  const escape = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') host.removeAttribute('open')
  }
  panel.addEventListener('keydown', escape)
  const looked = (): void => {
    if (isSeen()) session?.seen()
  }
  document.addEventListener('visibilitychange', looked)

  const isOpen = (): boolean => host.hasAttribute('open')
  const isSeen = (): boolean => isOpen() && document.visibilityState === 'visible'

  function submit(event: Event, area: HTMLTextAreaElement, take: (body: string) => void): void {
    event.preventDefault()
    const body = area.value.trim()
    if (body === '') return
    area.value = ''
    take(body)
  }

  function act(name: 'rateChat' | 'endChat' | 'chooseChatAction', input: object): void {
    void session?.command(name, input).then(
      (code) => fail(code),
      (error: unknown) => fail(error instanceof Unreachable ? 'unavailable' : String(error)),
    )
  }

  function fail(code: string | undefined): void {
    problem = code
    if (code !== undefined) host.dispatchEvent(new CustomEvent('guichet-refused', { detail: { code } }))
    show()
  }

  /** Starts a chat with its first message, again and again until the server has answered. */
  function begin(body: string): void {
    store.setItem(
      startKey,
      JSON.stringify({ commandId: newId(), message: { messageId: newId(), body } } satisfies Start),
    )
    void resume(identity)
  }

  const startOf = (): Start | null => JSON.parse(store.getItem(startKey) ?? 'null') as Start | null

  /** Goes on where this browser was: with a start, with a chat, or with nothing. */
  async function resume(of: number): Promise<void> {
    show()
    for (let attempt = 0; !closed && of === identity && transport; attempt++) {
      try {
        const chat = await currentChat(transport)
        if (of !== identity || closed) return
        problem = undefined
        if (chat) follow(chat)
        return show()
      } catch (error) {
        if (error instanceof Refused) {
          if (of === identity) fail(error.code)
          return
        }
        if (!(error instanceof Unreachable)) throw error
        await transport.pause(attempt)
      }
    }
  }

  async function currentChat(asked: Transport): Promise<Chat | null> {
    const start = startOf()
    if (start) {
      const { result } = await asked.ask<Result>(documents.startChat, {
        input: {
          ...start,
          language,
          context: [{ name: 'page', value: (location.origin + location.pathname).slice(0, 500) }],
        },
      })
      if (!result.chat) {
        store.removeItem(startKey)
        throw new Refused(result.userErrors[0]?.code ?? 'internal')
      }
      // The customer had a chat already: the message goes there.
      if (result.repeated)
        await asked.ask(documents.sendChatMessage, {
          input: { commandId: start.message.messageId, chatId: result.chat.id, ...start.message },
        })
      store.setItem(chatKey, result.chat.id)
      store.removeItem(startKey)
      return result.chat
    }
    const id = store.getItem(chatKey)
    if (id === null) return null
    const { chat } = await asked.ask<{ readonly chat: Chat | null }>(documents.chat, { id })
    if (!chat) forgetChat()
    return chat
  }

  function follow(chat: Chat): void {
    if (!transport) return
    session?.close()
    log = newLog()
    const of = identity
    session = openSession({
      transport,
      store,
      chat,
      side: 'customer',
      isOwn,
      changed: () => of === identity && show(),
      ended: (code) => {
        if (of === identity) fail(code)
      },
    })
    show()
  }

  /** Leaves a chat that is over. */
  function leave(): void {
    store.removeItem(chatKey)
    session?.close()
    session = undefined
    problem = undefined
    show()
    first.focus()
  }

  let statusAt = 0
  let statusTimer: ReturnType<typeof setTimeout> | undefined
  /** Changes the status line at most every few seconds: a place that moves is not read out at every step. */
  function say(): void {
    clearTimeout(statusTimer)
    const wait = statusAt + statusMs - Date.now()
    if (wait > 0 && status.textContent !== '') {
      statusTimer = setTimeout(say, wait)
      return
    }
    const now = statusText()
    if (now === status.textContent) return
    statusAt = Date.now()
    setText(status, now)
  }

  function statusText(): string {
    if (problem !== undefined) return fill(words.identify, problem)
    const chat = session?.conversation.chat
    if (!chat) return ''
    if (chat.status === 'CLOSED') return words.ended
    if (chat.status === 'WAITING') return place.text()
    return fill(words.with, chat.agent?.name ?? words.agent)
  }

  function show(): void {
    if (closed) return
    const open = isOpen()
    panel.hidden = !open
    launcher.ariaExpanded = String(open)
    const chat = session?.conversation.chat
    const starting = !session && startOf() !== null
    startForm.hidden = session !== undefined || starting || store.getItem(chatKey) !== null
    logPlace.hidden = !session
    const isClosed = chat?.status === 'CLOSED'
    composer.hidden = !session || isClosed
    end.hidden = !session || isClosed
    again.hidden = !session || !isClosed
    rating.hidden = !isClosed || chat?.rating !== null
    thanks.hidden = !isClosed || chat?.rating === null
    if (transport && chat) place.follow(transport, chat)
    say()
    if (session) log.show(session)
    if (isSeen()) session?.seen()
  }

  /** Removes what this browser remembers of a chat, a message that was not sent included. */
  function forgetChat(): void {
    store.removeItem(`guichet-outbox:customer:${store.getItem(chatKey)}`)
    store.removeItem(chatKey)
    store.removeItem(startKey)
  }

  function disconnect(): void {
    identity++
    session?.close()
    session = undefined
    place.stop()
    transport?.close()
    transport = undefined
  }

  /** Connects as whoever the element's token names now. */
  function identify(): void {
    disconnect()
    problem = undefined
    who = createIdentity(host.server, host.token, store)
    chatKey = `guichet-chat:${host.server}:${who.owner}`
    startKey = `guichet-start:${host.server}:${who.owner}`
    const { token } = who
    transport = createTransport({
      server: host.server,
      token,
      onConnection: (connected) => {
        offline.hidden = connected || !session
        if (connected) rejections = 0
      },
      onRejected: rejected,
    })
    void resume(identity)
  }

  /** The server takes the token no more: a visitor gets another one, and the host is asked for one of its own. */
  function rejected(code: string): void {
    if (who?.rejected() && rejections++ < mostRejections) return identify()
    disconnect()
    host.dispatchEvent(new CustomEvent('guichet-token', { detail: { code } }))
    fail(code)
  }

  identify()
  return {
    changed: (name) => {
      if (name === 'token') {
        // Whoever signs out leaves nothing here for the next person at this browser.
        if (host.token === '') forgetChat()
        return identify()
      }
      if (name === 'forget') {
        forgetChat()
        void who?.leave().catch(() => undefined)
        return identify()
      }
      show()
      if (name !== 'open') return
      if (isOpen()) (session ? text : first).focus()
      else launcher.focus()
    },
    close: () => {
      closed = true
      identity++
      clearTimeout(statusTimer)
      document.removeEventListener('visibilitychange', looked)
      session?.close()
      transport?.close()
      panel.remove()
    },
  }
}
