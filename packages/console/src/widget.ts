import { retryDelay } from './back-off.ts'
import { showFile } from './attachments.ts'
import type { Composer } from './composer.ts'
import { openComposer } from './composer.ts'
import type { Conversation } from './conversation.ts'
import type { CallPanel } from './call.ts'
import { createCallPanel } from './call.ts'
import type { Chat, ChatMutation } from './documents.ts'
import { adopt, h, isVisible } from './dom.ts'
import { createVisitorTexts, moveText } from './draft.ts'
import { createMessageLog } from './message-log.ts'
import type { Identity } from './identity.ts'
import { createIdentity, mostRejections } from './identity.ts'
import { createPanel } from './panel.ts'
import { createPushButton, endPushes } from './push.ts'
import type { Choice, Session } from './session.ts'
import { openSession } from './session.ts'
import { hostStorage } from './storage.ts'
import { localFailures } from './status-line.ts'
import { widgetStyles } from './styles.ts'
import type { Transport } from './transport.ts'
import { createTransport, Refused, tokenCodes, Unreachable } from './transport.ts'
import { createUnreadBadge, isOwn } from './unread-badge.ts'
import type { Start, Visit } from './visit.ts'
import { channelOf, createVisit, currentChat, isContinued, startChat, startInput } from './visit.ts'
import { fill, wordsFor } from './words.ts'

/** The element that the widget lives in. */
type Host = HTMLElement & { readonly server: string; readonly token: string }

/** What the loader reports to the widget. */
export type Widget = {
  /** An attribute or property of the element has changed. */
  changed(name: string): void
  close(): void
}

/** Opens the visitor's side of a chat in the shadow root of its element. */
export function openWidget(host: Host): Widget {
  const root = host.shadowRoot as ShadowRoot
  const launcher = root.querySelector('.launcher') as HTMLButtonElement
  const store = hostStorage()
  const { words, formats } = wordsFor(host.lang, document.documentElement.lang, ...navigator.languages)
  const channel = channelOf(host.getAttribute('channel'))
  const texts = createVisitorTexts()

  let who: Identity | undefined
  let visit: Visit | undefined
  let endRenewal: (() => void) | undefined
  /** Counts the tokens that were refused since the last connection. */
  let rejections = 0
  let asking: ReturnType<typeof setTimeout> | undefined
  /** The host's token that the connection is made with. */
  let given = ''
  let transport: Transport | undefined
  let session: Session | undefined
  /** A chat that has ended and was read, while the panel is shut. */
  let chatSetAside: Chat | undefined
  let closed = false
  let problem: string | undefined
  /** Why the chat that is shown cannot be followed for now, as a code. */
  let delay: string | undefined
  /** Whether the connection was lost, or could not be made. */
  let lost = false
  /** Counts identities: what an earlier one still waits for is dropped. */
  let identity = 0
  /** A visitor says who they are: what they have read stays on the screen meanwhile. */
  let claiming = false
  let tools: Composer | undefined
  let calls: CallPanel | undefined
  const {
    element: panel,
    status,
    refusal,
    offline,
    startForm,
    text,
    composer,
    attachPlace,
    aboveComposer,
    ended,
    end,
    feet,
    place,
    desk,
    callPlace,
    logPlace,
  } = createPanel({
    words,
    formats,
    channel,
    texts,
    hide: () => host.removeAttribute('open'),
    statusText,
    begin,
    write: (body) => void write(body),
    act,
    beginAnother: () => leave(),
    session: () => session,
    changed: () => show(),
  })
  const first = startForm.field
  const badge = createUnreadBadge(launcher, words)
  let log = newLog()

  function newLog() {
    const created = createMessageLog({
      words,
      formats,
      isOwn,
      nameOf: ({ name }) => name ?? words.agent,
      readBy: 'desk',
      showFile: (file) => (transport ? showFile({ transport, server: host.server, words }, file) : h('p')),
      choose: (messageId, actionId) => void act('chooseChatAction', { messageId, actionId }),
      fail: answered,
    })
    logPlace.replaceChildren(created.element)
    return created
  }

  adopt(root, widgetStyles)
  root.prepend(panel)
  document.addEventListener('visibilitychange', show)

  const isBegun = (): boolean =>
    session !== undefined ||
    chatSetAside !== undefined ||
    claiming ||
    visit?.start() !== undefined ||
    (visit?.chatId() ?? null) !== null
  const isOpen = (): boolean => host.hasAttribute('open')
  const isSeen = (): boolean => isOpen() && document.visibilityState === 'visible'

  async function act(name: ChatMutation, input: Choice): Promise<string | undefined> {
    const asked = session
    const code = await asked?.insist(name, input)
    if (asked === session) answered(code)
    return code
  }

  /** A command was taken, or refused with a code: the chat goes on either way. */
  function answered(code: string | undefined): void {
    refusal.show(code)
    if (code !== undefined && !localFailures.includes(code)) report(code)
    show()
  }

  /** The chat is not available. */
  function fail(code: string): void {
    problem = code
    report(code)
    show()
  }

  function report(code: string): void {
    host.dispatchEvent(new CustomEvent('guichet-refused', { detail: { code } }))
  }

  /** Starts a chat with its first message, again and again until the server has answered. */
  function begin(body: string): void {
    // The start of another tab goes first: this text waits for its chat.
    if (visit?.begin(body) === false) text.value = body
    void resume(identity)
  }

  /** Sends what was written; in a chat that has ended meanwhile it continues the chat, or begins the next one. */
  async function write(body: string): Promise<void> {
    const [asked, turn] = [session, identity]
    if (asked?.conversation.chat.status !== 'CLOSED') return asked?.write(body)
    const refused = await act('reopenChat', {})
    if (turn !== identity) return
    if (refused === undefined && asked === session) return asked.write(body)
    // What was typed goes back, for this chat or the next one.
    text.value = [body, text.value].join('\n').trim()
    if (asked === session) leave()
  }

  /** Goes on where this browser was: with a start, with a chat, or with nothing. */
  async function resume(turn: number): Promise<void> {
    show()
    let begun: Start | undefined
    for (let attempt = 0; !closed && turn === identity && transport && visit; attempt++) {
      try {
        if (await who?.claim()) visit.adopt()
        if (turn !== identity) return
        const start = (begun = visit.start())
        const started = start && (await startChat(transport, visit, startInput(start, channel, formats.locale)))
        const current = started ? null : await currentChat(transport, visit, who?.owner === 'visitor')
        if (turn !== identity || closed) return
        problem = undefined
        claiming = lost = false
        const chat = started?.chat ?? current
        if (current?.status === 'CLOSED' && current.unread === 0 && !isOpen()) setAside(current)
        else if (chat) follow(chat)
        // The customer had a chat already: the message goes there. The server takes it once.
        if (start && started?.repeated) session?.write(start.message.body, 'TEXT', start.message.messageId)
        if (start) visit.endStart()
        return show()
      } catch (error) {
        if (error instanceof Refused) {
          claiming = false
          first.value ||= begun?.message.body ?? ''
          if (turn !== identity) return
          return tokenCodes.includes(error.code) ? rejected(error.code) : fail(error.code)
        }
        if (!(error instanceof Unreachable)) throw error
        if (turn !== identity) return
        lost = true
        show()
        await transport.pause(attempt)
      }
    }
  }

  function follow(chat: Chat): void {
    if (!transport) return
    closeSession()
    log = newLog()
    calls?.close()
    const turn = identity
    session = openSession({
      transport,
      store,
      chat,
      side: 'customer',
      isOwn,
      changed: () => turn === identity && changed(),
      delayed: (code) => {
        delay = code
        status.say()
      },
      ended: (code) => {
        if (turn === identity) fail(code)
      },
    })
    tools = openComposer({
      transport,
      session,
      words,
      server: host.server,
      field: text,
      area: panel,
      isShown: () => true,
      takesFiles: desk.takesFiles,
    })
    texts.restore(text)
    attachPlace.replaceChildren(tools.button)
    aboveComposer.replaceChildren(createPushButton(host, transport, words, channel), tools.above)
    const { command } = session
    calls = createCallPanel({ transport, side: 'customer', words, command, fail: answered })
    callPlace.replaceChildren(calls.element)
    show()
  }

  function closeSession(): void {
    texts.keep()
    tools?.close()
    tools = undefined
    session?.close()
    session = delay = undefined
    refusal.show(undefined)
  }

  function changed(): void {
    if (session && isContinued(session.conversation.chat)) leave()
    else show()
  }

  /** Leaves a chat that has ended, for the one that this browser or the customer has meanwhile, or for a new one. */
  function leave(): void {
    const chat = session?.conversation.chat
    if (chat) visit?.forgetChat(chat.id)
    if (chat) moveText(text, first)
    closeSession()
    problem = undefined
    show()
    if (isOpen()) first.focus()
    if (chat && (isContinued(chat) || visit?.chatId() !== null)) void resume(identity)
  }

  /** Whether a chat has ended and the visitor, who does not look, has read it all: an answer before the end stays unread. */
  const isToSetAside = (conversation: Conversation): boolean =>
    conversation.chat.status === 'CLOSED' && !isOpen() && conversation.caughtUp && badge.unread(conversation) === 0

  /** Keeps a chat that has ended for as long as the page, and does not follow it while the panel is shut. */
  function setAside(chat: Chat): void {
    chatSetAside = chat
    closeSession()
    // Who has typed something there finds it on the next page.
    if (!texts.holds(chat.id)) visit?.forgetChat(chat.id)
  }

  function takeUp(chat: Chat): void {
    chatSetAside = undefined
    if (visit?.chatId() === null) visit.setChat(chat.id)
    follow(chat)
  }

  function statusText(): string {
    const code = problem ?? delay
    if (code !== undefined) return fill(words.identify, code)
    const chat = session?.conversation.chat
    if (!chat) return ''
    if (chat.status === 'CLOSED') return words.ended
    if (chat.status === 'WAITING') return place.text()
    return fill(words.with, chat.agent?.name ?? words.agent)
  }

  function show(): void {
    if (closed) return
    const open = isOpen()
    if (open && chatSetAside) return takeUp(chatSetAside)
    if (session && isToSetAside(session.conversation)) setAside(session.conversation.chat)
    panel.hidden = !open
    launcher.ariaExpanded = String(open)
    const [focused, chat] = [root.activeElement, session?.conversation.chat]
    startForm.element.hidden = isBegun()
    startForm.show(session || claiming ? undefined : visit?.start())
    offline.hidden = !lost || !isBegun()
    if (open && transport) desk.follow(transport)
    desk.element.hidden = startForm.element.hidden || desk.isOpen()
    if (!startForm.element.hidden) desk.exchange(first)
    startForm.element.hidden ||= !desk.isOpen()
    logPlace.hidden = !session && !claiming
    const isClosed = chat?.status === 'CLOSED'
    // What was typed when the other side closed the chat stays in sight, and can still be sent.
    composer.hidden = aboveComposer.hidden = !session || (isClosed && text.value.trim() === '')
    attachPlace.hidden = !desk.takesFiles()
    end.hidden = feet.hidden = !session || isClosed
    ended.show(transport, session)
    if (transport && chat) place.follow(transport, chat)
    status.say()
    if (session) {
      log.show(session)
      calls?.show(session.conversation.chat, session.conversation.calls)
    }
    if (isSeen()) session?.seen()
    badge.show(session?.conversation, open, isSeen())
    if (open && focused && (focused === panel || !isVisible(focused))) focusField()
  }

  /** Moves the focus to where the visitor writes; to the panel where there is no such place, so that keys reach it. */
  function focusField(): void {
    ;([text, first].find(isVisible) ?? panel).focus()
  }

  /** Leaves nothing here for the next person at this browser. */
  function signOut(): void {
    visit?.forget()
    texts.forget()
    void endPushes(host).catch(() => undefined)
    disconnect()
    empty()
  }

  /** Removes from the page what somebody has typed and read. */
  function empty(): void {
    texts.clear()
    for (const place of [attachPlace, aboveComposer, callPlace]) place.replaceChildren()
    startForm.show(undefined)
    desk.reset()
    log = newLog()
  }

  function disconnect(): void {
    identity++
    clearTimeout(asking)
    endRenewal?.()
    closeSession()
    place.stop()
    desk.stop()
    calls?.close()
    transport?.close()
    transport = chatSetAside = undefined
  }

  /** Connects as whoever the element's token names now. */
  function identify(): void {
    claiming = session !== undefined && who?.owner === 'visitor' && host.token !== ''
    disconnect()
    problem = undefined
    lost = false
    given = host.token
    const before = who?.owner
    who = createIdentity(host.server, given, store)
    // A visitor who says who they are is the same person.
    if (before !== undefined && before !== 'visitor' && before !== who.owner) empty()
    visit = createVisit(store, host.server, who.owner)
    texts.owner(host.server, who.owner)
    const { token } = who
    const turn = identity
    transport = createTransport({
      server: host.server,
      token,
      onConnection: (connected) => {
        if (turn !== identity) return
        lost = !connected
        offline.hidden = connected || !isBegun()
        if (connected) rejections = 0
        status.say()
      },
      onRejected: rejected,
    })
    endRenewal = who.keepFresh(() => transport?.refresh())
    void resume(identity)
  }

  /** The server takes the token no more: a visitor gets another one, and the host is asked for one of its own. */
  function rejected(code: string, token?: string): void {
    const before = rejections++
    if (who?.rejected(token) && before < mostRejections) return identify()
    disconnect()
    fail(code)
    // A host whose tokens are all refused is asked less and less often.
    const wait = before === 0 ? 0 : retryDelay(before)
    asking = setTimeout(() => host.dispatchEvent(new CustomEvent('guichet-token', { detail: { code } })), wait)
  }

  identify()
  return {
    changed: (name) => {
      if (name === 'token') {
        // The same token again, which has not been refused.
        if (transport && given !== '' && host.token === given) return
        if (host.token === '') signOut()
        // An anonymous visitor whom the host names now is claimed; any other token of the desk has had its time.
        if (host.token === '' || who?.owner !== 'visitor') void who?.leave().catch(() => undefined)
        return identify()
      }
      if (name === 'forget') {
        signOut()
        void who?.leave().catch(() => undefined)
        return identify()
      }
      show()
      if (name !== 'open') return
      if (isOpen()) focusField()
      else launcher.focus()
    },
    close: () => {
      texts.close()
      closed = true
      status.close()
      document.removeEventListener('visibilitychange', show)
      disconnect()
      panel.remove()
      badge.remove()
    },
  }
}
