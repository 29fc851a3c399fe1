import type { Conversation } from '../conversation/conversation.ts'
import { adopt, isVisible } from '../page/dom.ts'
import { widgetStyles } from '../page/styles.ts'
import type { Formats } from '../page/formats.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'
import type { ChatPane } from './chat-pane.ts'
import type { Connection, Host } from './connection.ts'
import type { OfferedDrafts } from './offered-drafts.ts'
import type { Panel } from './panel.ts'
import type { Resumption } from './resumption.ts'
import { createUnreadBadge } from './unread-badge.ts'
import type { VisitorChat } from './visitor-chat.ts'

type Options = {
  readonly host: Host
  readonly panel: Panel
  readonly words: Words
  readonly formats: Formats
  readonly connection: Connection
  readonly chatPane: ChatPane
  readonly visitorChat: VisitorChat
  readonly resumption: Resumption
  readonly drafts: OfferedDrafts
  /** Aborted when the widget is closed. */
  readonly signal: AbortSignal
}

/** What the visitor sees: the launcher with its count, and of the panel what is of use now. */
type PanelView = {
  /** Shows what has changed. */
  show(): void
  /** Shows that the connection is lost, or is there again. */
  showConnection(): void
  /** How the chat stands, in words. */
  statusText(): string
  /** Moves the focus into the panel that has been opened, or to the launcher of one that has been shut. */
  moveFocus(): void
  remove(): void
}

/** Puts the panel into the shadow root of its element, beside the launcher. */
export function createPanelView(options: Options): PanelView {
  const { host, panel, words, formats, connection, chatPane, visitorChat, resumption, drafts, signal } = options
  const { status, offline, startForm, text, composer, attachPlace, aboveComposer, place, desk } = panel
  const first = startForm.field
  const root = host.shadowRoot as ShadowRoot
  const launcher = root.querySelector('.launcher') as HTMLButtonElement
  const badge = createUnreadBadge(launcher, words, formats)

  const isBegun = (): boolean =>
    chatPane.session() !== undefined ||
    visitorChat.isSetAside() ||
    resumption.isClaiming() ||
    connection.visit()?.start() !== undefined ||
    (connection.visit()?.chatId() ?? null) !== null
  const isOpen = (): boolean => host.hasAttribute('open')
  const isSeen = (): boolean => isOpen() && document.visibilityState === 'visible'

  /** Whether a chat has ended and the visitor, who does not look, has read it all: an answer before the end stays unread. */
  const isToSetAside = (conversation: Conversation): boolean =>
    conversation.chat.status === 'CLOSED' && !isOpen() && conversation.caughtUp && badge.unread(conversation) === 0

  function statusText(): string {
    const code = resumption.problem() ?? chatPane.delay()
    if (code !== undefined) return fill(words.identify, code)
    const chat = chatPane.session()?.conversation.chat
    if (!chat) return ''
    if (chat.status === 'CLOSED') return words.ended
    if (chat.status === 'WAITING') return place.text()
    return fill(words.with, chat.agent?.name ?? words.agent)
  }

  function showConnection(): void {
    offline.hidden = !resumption.isLost() || !isBegun()
  }

  function show(): void {
    if (signal.aborted) return
    const open = isOpen()
    if (open && visitorChat.takeUp()) return
    const before = chatPane.session()?.conversation
    if (before && isToSetAside(before)) visitorChat.setAside(before.chat)
    panel.element.hidden = !open
    launcher.ariaExpanded = String(open)
    const [session, transport] = [chatPane.session(), connection.transport()]
    const [focused, chat] = [root.activeElement, session?.conversation.chat]
    const claiming = resumption.isClaiming()
    startForm.element.hidden = isBegun()
    startForm.show(session || claiming ? undefined : connection.visit()?.start())
    showConnection()
    if (open && transport) desk.follow(transport)
    if (transport && (open || host.hasAttribute('drafts'))) drafts.follow(transport)
    panel.draft.show()
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
    badge.show(session?.conversation, open, isSeen(), drafts.current() !== undefined)
    if (open && focused && (focused === panel.element || !isVisible(focused))) focusField()
  }

  /** Moves the focus to where the visitor writes; to the panel where there is no such place, so that keys reach it. */
  function focusField(): void {
    ;([text, first].find(isVisible) ?? panel.element).focus()
  }

  adopt(root, widgetStyles)
  root.prepend(panel.element)
  document.addEventListener('visibilitychange', show, { signal })
  return {
    show,
    showConnection,
    statusText,
    moveFocus: () => {
      if (isOpen()) focusField()
      else launcher.focus()
    },
    remove: () => {
      panel.element.remove()
      badge.remove()
    },
  }
}
