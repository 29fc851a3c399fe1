import type { Conversation } from '../conversation/conversation.ts'
import type { Chat, ChatMutation } from '../connection/documents.ts'
import { adopt, isVisible } from '../page/dom.ts'
import { createVisitorTexts, moveText } from '../conversation/draft.ts'
import { createPanel } from './panel.ts'
import { endPushes } from './push.ts'
import type { Choice } from '../conversation/session.ts'
import { hostStorage } from '../connection/storage.ts'
import { localFailures } from '../page/status-line.ts'
import { widgetStyles } from '../page/styles.ts'
import { Refused, tokenCodes, Unreachable } from '../connection/transport.ts'
import { createUnreadBadge } from './unread-badge.ts'
import type { Start } from './visit.ts'
import { channelOf, currentChat, isContinued, startChat, startInput } from './visit.ts'
import { fill, wordsFor } from '../page/words.ts'
import type { Host } from './connection.ts'
import { createConnection } from './connection.ts'
import { createChatPane } from './chat-pane.ts'

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

  /** A chat that has ended and was read, while the panel is shut. */
  let chatSetAside: Chat | undefined
  let closed = false
  let problem: string | undefined
  /** Whether the connection was lost, or could not be made. */
  let lost = false
  /** A visitor says who they are: what they have read stays on the screen meanwhile. */
  let claiming = false
  const panel = createPanel({
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
    session: () => chatPane.session(),
    changed: () => show(),
  })
  const { status, refusal, offline, startForm, text, composer, attachPlace, aboveComposer, place, desk } = panel
  const first = startForm.field
  const badge = createUnreadBadge(launcher, words)
  const connection = createConnection({
    host,
    store,
    identifying: () => {
      claiming = chatPane.session() !== undefined && connection.who()?.owner === 'visitor' && host.token !== ''
      problem = undefined
      lost = false
    },
    disconnected: () => {
      chatPane.leave()
      chatPane.endCalls()
      place.stop()
      desk.stop()
      chatSetAside = undefined
    },
    identified: (owner, before) => {
      // A visitor who says who they are is the same person.
      if (before !== undefined && before !== 'visitor' && before !== owner) empty()
      texts.owner(host.server, owner)
      void resume(connection.turn())
    },
    onConnection: (connected) => {
      lost = !connected
      offline.hidden = connected || !isBegun()
      status.say()
    },
    refused: fail,
  })
  const chatPane = createChatPane({
    host,
    panel,
    words,
    formats,
    channel,
    store,
    texts,
    transport: connection.transport,
    choose: (messageId, actionId) => void act('chooseChatAction', { messageId, actionId }),
    answered,
  })

  adopt(root, widgetStyles)
  root.prepend(panel.element)
  document.addEventListener('visibilitychange', show)

  const isBegun = (): boolean =>
    chatPane.session() !== undefined ||
    chatSetAside !== undefined ||
    claiming ||
    connection.visit()?.start() !== undefined ||
    (connection.visit()?.chatId() ?? null) !== null
  const isOpen = (): boolean => host.hasAttribute('open')
  const isSeen = (): boolean => isOpen() && document.visibilityState === 'visible'

  async function act(name: ChatMutation, input: Choice): Promise<string | undefined> {
    const session = chatPane.session()
    const code = await session?.insist(name, input)
    if (session === chatPane.session()) answered(code)
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
    if (connection.visit()?.begin(body) === false) text.value = body
    void resume(connection.turn())
  }

  /** Sends what was written; in a chat that has ended meanwhile it continues the chat, or begins the next one. */
  async function write(body: string): Promise<void> {
    const [session, turn] = [chatPane.session(), connection.turn()]
    if (session?.conversation.chat.status !== 'CLOSED') return session?.write(body)
    const refused = await act('reopenChat', {})
    if (turn !== connection.turn()) return
    if (refused === undefined && session === chatPane.session()) return session.write(body)
    // What was typed goes back, for this chat or the next one.
    text.value = [body, text.value].join('\n').trim()
    if (session === chatPane.session()) leave()
  }

  /** Goes on where this browser was: with a start, with a chat, or with nothing. */
  async function resume(turn: number): Promise<void> {
    show()
    const [who, visit, transport] = [connection.who(), connection.visit(), connection.transport()]
    const isOver = (): boolean => turn !== connection.turn()
    let pendingStart: Start | undefined
    for (let attempt = 0; !closed && !isOver() && transport && visit; attempt++) {
      try {
        if (await who?.claim()) {
          visit.adopt()
          // They have signed out meanwhile: nothing stays here for the next person.
          if (isOver() && connection.who()?.owner === 'visitor') visit.drop()
        }
        if (isOver()) return
        const start = (pendingStart = visit.start())
        const started = start && (await startChat(transport, visit, startInput(start, channel, formats.locale)))
        const current = started ? null : await currentChat(transport, visit, who?.owner === 'visitor')
        if (isOver() || closed) return
        problem = undefined
        claiming = lost = false
        const chat = started?.chat ?? current
        if (current?.status === 'CLOSED' && current.unread === 0 && !isOpen()) setAside(current)
        else if (chat) follow(chat)
        // The customer had a chat already: the message goes there. The server takes it once.
        if (start && started?.repeated) chatPane.session()?.write(start.message.body, 'TEXT', start.message.messageId)
        if (start) visit.endStart()
        return show()
      } catch (error) {
        if (error instanceof Refused) {
          claiming = false
          first.value ||= pendingStart?.message.body ?? ''
          if (isOver()) return
          return tokenCodes.includes(error.code) ? connection.rejected(error.code) : fail(error.code)
        }
        if (!(error instanceof Unreachable)) throw error
        if (isOver()) return
        lost = true
        show()
        await transport.pause(attempt)
      }
    }
  }

  function follow(chat: Chat): void {
    const transport = connection.transport()
    if (!transport) return
    const turn = connection.turn()
    chatPane.follow(transport, chat, {
      changed: () => turn === connection.turn() && changed(),
      ended: (code) => {
        if (turn === connection.turn()) fail(code)
      },
    })
    show()
  }

  function changed(): void {
    const session = chatPane.session()
    if (session && isContinued(session.conversation.chat)) leave()
    else show()
  }

  /** Leaves a chat that has ended, for the one that this browser or the customer has meanwhile, or for a new one. */
  function leave(): void {
    const chat = chatPane.session()?.conversation.chat
    const visit = connection.visit()
    if (chat) visit?.forgetChat(chat.id)
    if (chat) moveText(text, first)
    chatPane.leave()
    problem = undefined
    show()
    if (isOpen()) first.focus()
    if (chat && (isContinued(chat) || visit?.chatId() !== null)) void resume(connection.turn())
  }

  /** Whether a chat has ended and the visitor, who does not look, has read it all: an answer before the end stays unread. */
  const isToSetAside = (conversation: Conversation): boolean =>
    conversation.chat.status === 'CLOSED' && !isOpen() && conversation.caughtUp && badge.unread(conversation) === 0

  /** Keeps a chat that has ended for as long as the page, and does not follow it while the panel is shut. */
  function setAside(chat: Chat): void {
    chatSetAside = chat
    chatPane.leave()
    // Who has typed something there finds it on the next page.
    if (!texts.holds(chat.id)) connection.visit()?.forgetChat(chat.id)
  }

  function takeUp(chat: Chat): void {
    chatSetAside = undefined
    const visit = connection.visit()
    if (visit?.chatId() === null) visit.setChat(chat.id)
    follow(chat)
  }

  function statusText(): string {
    const code = problem ?? chatPane.delay()
    if (code !== undefined) return fill(words.identify, code)
    const chat = chatPane.session()?.conversation.chat
    if (!chat) return ''
    if (chat.status === 'CLOSED') return words.ended
    if (chat.status === 'WAITING') return place.text()
    return fill(words.with, chat.agent?.name ?? words.agent)
  }

  function show(): void {
    if (closed) return
    const open = isOpen()
    if (open && chatSetAside) return takeUp(chatSetAside)
    const before = chatPane.session()?.conversation
    if (before && isToSetAside(before)) setAside(before.chat)
    panel.element.hidden = !open
    launcher.ariaExpanded = String(open)
    const [session, transport] = [chatPane.session(), connection.transport()]
    const [focused, chat] = [root.activeElement, session?.conversation.chat]
    startForm.element.hidden = isBegun()
    startForm.show(session || claiming ? undefined : connection.visit()?.start())
    offline.hidden = !lost || !isBegun()
    if (open && transport) desk.follow(transport)
    desk.element.hidden = startForm.element.hidden || desk.isOpen()
    if (!startForm.element.hidden) desk.exchange(first)
    startForm.element.hidden ||= !desk.isOpen()
    panel.logPlace.hidden = !session && !claiming
    const isClosed = chat?.status === 'CLOSED'
    // What was typed when the other side closed the chat stays in sight, and can still be sent.
    composer.hidden = aboveComposer.hidden = !session || (isClosed && text.value.trim() === '')
    attachPlace.hidden = !desk.takesFiles()
    panel.end.hidden = panel.feet.hidden = !session || isClosed
    panel.ended.show(transport, session)
    if (transport && chat) place.follow(transport, chat)
    status.say()
    chatPane.show()
    if (isSeen()) session?.seen()
    badge.show(session?.conversation, open, isSeen())
    if (open && focused && (focused === panel.element || !isVisible(focused))) focusField()
  }

  /** Moves the focus to where the visitor writes; to the panel where there is no such place, so that keys reach it. */
  function focusField(): void {
    ;([text, first].find(isVisible) ?? panel.element).focus()
  }

  /** Leaves nothing here for the next person at this browser. */
  function signOut(): void {
    connection.visit()?.forget()
    texts.forget()
    void endPushes(host).catch(() => undefined)
    connection.disconnect()
    empty()
  }

  /** Removes from the page what somebody has typed and read. */
  function empty(): void {
    texts.clear()
    startForm.show(undefined)
    desk.reset()
    chatPane.clear()
  }

  connection.identify()
  return {
    changed: (name) => {
      if (name === 'token') {
        // The same token again, which has not been refused.
        if (connection.isMadeWith(host.token)) return
        if (host.token === '') signOut()
        // An anonymous visitor whom the host names now is claimed; any other token of the desk has had its time.
        if (host.token === '' || connection.who()?.owner !== 'visitor')
          void connection
            .who()
            ?.leave()
            .catch(() => undefined)
        return connection.identify()
      }
      if (name === 'forget') {
        signOut()
        void connection
          .who()
          ?.leave()
          .catch(() => undefined)
        return connection.identify()
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
      connection.disconnect()
      panel.element.remove()
      badge.remove()
    },
  }
}
