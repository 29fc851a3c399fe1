import { openChatView } from './agent-chat.ts'
import type { ChatView, Draft } from './agent-chat.ts'
import { agentDocuments } from './agent-documents.ts'
import { createAnnouncements } from '../conversation/announcements.ts'
import { createAvailability } from './availability.ts'
import type { Need } from './chat-list.ts'
import { createChatList, customerOf } from './chat-list.ts'
import type { Chat, ListedChat } from '../connection/documents.ts'
import { createDraftReview, reviewsDrafts } from './draft-review.ts'
import { documents } from '../connection/documents.ts'
import { adopt, h, setText } from '../page/dom.ts'
import { createDrafts, whenLeft } from '../conversation/draft.ts'
import { hostStorage, tabStorage } from '../connection/storage.ts'
import { agentStyles, logStyles } from '../page/styles.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf } from '../connection/refusals.ts'
import type { Viewer } from './sign-in.ts'
import { beginSignedIn } from './sign-in.ts'
import { createTrends, readsTrends } from './trends.ts'
import { createTroubleWatch } from './trouble-watch.ts'
import { fill } from '../page/words.ts'
import { chatWords as words, formats, language, words as agentWords } from './agent-language.ts'

const store = hostStorage()
const main = document.querySelector('main') as HTMLElement

/** How often activity is reported at most, in milliseconds: five minutes without a report are away. */
const reportEveryMs = 60_000

/** Reports to the desk that somebody uses the page. Who does nothing is shown as away after a while. Returns how to stop. */
function reportActivity({ ask }: Pick<Transport, 'ask'>): () => void {
  let reportedAt = -Infinity
  const active = (): void => {
    if (Date.now() - reportedAt < reportEveryMs) return
    reportedAt = Date.now()
    ask(agentDocuments.showPresence).catch(() => undefined)
  }
  const listening = new AbortController()
  for (const type of ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'])
    document.addEventListener(type, active, { passive: true, signal: listening.signal })
  return () => listening.abort()
}

/** How a need is announced. */
const titles: Readonly<Record<Need, string>> = {
  offer: agentWords.chatOffered,
  invitation: agentWords.chatInvited,
  message: agentWords.chatMessage,
}

/** The chat that the address names; undefined for none, and for what is no encoded id. */
function chatInAddress(): string | undefined {
  try {
    return decodeURIComponent(location.hash.slice(1)) || undefined
  } catch {
    return undefined
  }
}

/** Shows what an agent works with; returns how to leave it. */
function showDesk(transport: Transport, viewer: Viewer, connection: HTMLElement): () => void {
  const problem = h('p', { class: 'problem', role: 'alert' })
  const fail = (code: string | undefined): void =>
    setText(problem, code === undefined ? '' : fill(agentWords.refused, code))
  const place = h('section', { class: 'chat', 'aria-label': words.title }, h('p', {}, agentWords.chooseChat))
  let view: ChatView | undefined
  let openChatId: string | undefined
  const drafts = createDrafts(tabStorage(), `guichet-draft:desk:${viewer.userId}:`)
  /** The chats in which a note is typed. */
  const notes = createDrafts(tabStorage(), `guichet-note:desk:${viewer.userId}:`)
  /** Counts what was opened: an answer for an earlier chat is dropped. */
  let opened = 0

  const keepDraft = (): void => {
    if (!view || openChatId === undefined) return
    const { body, isNote } = view.draft()
    drafts.keep(openChatId, body)
    notes.keep(openChatId, isNote ? 'note' : '')
  }
  const stopKeeping = whenLeft(keepDraft)
  const leaveChat = (): void => {
    keepDraft()
    view?.close()
    view = openChatId = undefined
    list.shows(undefined)
  }
  const open = async (id: string): Promise<void> => {
    const turn = ++opened
    try {
      const { chat } = await transport.ask<{ readonly chat: Chat | null }>(documents.chat, { id })
      if (turn !== opened) return
      fail(chat ? undefined : 'chat_not_found')
      if (chat && chat.id !== openChatId) show(chat)
    } catch (error) {
      if (turn === opened) fail(codeOf(error))
    }
  }
  const show = (chat: Chat): void => {
    leaveChat()
    list.shows(chat.id)
    list.add(chat)
    history.replaceState(null, '', `#${encodeURIComponent(chat.id)}`)
    const draft: Draft = { body: drafts.read(chat.id), isNote: notes.read(chat.id) !== '' }
    announcements.seen(chat.id)
    const { userId } = viewer
    const forms = createDrafts(tabStorage(), `guichet-form:desk:${userId}:${chat.id}:`)
    const shownWith = { words, formats, fail, changed: updateList }
    view = openChatView({ transport, store, chat, viewer: userId, draft, forms, ...shownWith })
    openChatId = chat.id
    place.replaceChildren(view.element)
  }

  const stopReporting = reportActivity(transport)
  const announcements = createAnnouncements({ store, words: agentWords, open: (id) => void open(id) })
  const isSeen = (chatId: string): boolean =>
    chatId === openChatId && document.visibilityState === 'visible' && document.hasFocus()
  const onAttention = (chat: ListedChat, what: Need): void => {
    if (what !== 'offer' && isSeen(chat.id)) return
    const { offer, lastMessage } = chat
    const title = `${titles[what]}: ${customerOf(chat)}`
    const lasts = what === 'offer' && offer ? { lastsMs: Math.max(0, Date.parse(offer.expiresAt) - Date.now()) } : {}
    announcements.announce({ chatId: chat.id, title, body: lastMessage?.text ?? '', ...lasts })
  }
  /** What the page itself shows of its chat: nothing of it is announced while somebody looks at it. */
  const updateList = (chat: Chat): void => {
    list.add(chat)
    if (isSeen(chat.id)) announcements.seen(chat.id)
  }
  const markSeen = (): void => {
    if (openChatId !== undefined && document.visibilityState === 'visible') announcements.seen(openChatId)
  }
  window.addEventListener('focus', markSeen)
  const list = createChatList({
    transport,
    viewer: viewer.userId,
    open: (id) => void open(id),
    fail,
    onAttention,
    onAttentionOver: announcements.seen,
  })
  const review = reviewsDrafts(viewer.role) ? createDraftReview({ transport, formats, fail }) : undefined
  main.replaceChildren(
    h(
      'div',
      { class: 'bar' },
      h('span', {}, viewer.name ?? viewer.userId),
      createAvailability({ transport, agentId: viewer.userId, fail }),
      announcements.element,
      h('a', { href: '/desk/articles' }, agentWords.articles),
    ),
    connection,
    problem,
    ...(review ? [review.element, createTroubleWatch({ transport, formats, fail })] : []),
    h('div', { class: 'desk' }, list.element, place),
    ...(readsTrends(viewer.role) ? [createTrends({ transport, formats })] : []),
  )
  const linked = chatInAddress()
  if (linked !== undefined) void open(linked)
  return () => {
    opened++
    review?.close()
    stopReporting()
    leaveChat()
    stopKeeping()
    window.removeEventListener('focus', markSeen)
    announcements.close()
    list.close()
  }
}

document.documentElement.lang = language
document.title = agentWords.pageTitle
adopt(document, agentStyles + logStyles)
beginSignedIn({
  main,
  words: { ...agentWords, offline: words.offline },
  enter: showDesk,
})
