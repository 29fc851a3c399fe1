import type { Conversation } from '../conversation/conversation.ts'
import { lastOfOthers, unreadCount } from '../conversation/conversation.ts'
import type { Actor } from '../connection/documents.ts'
import { h } from '../page/dom.ts'
import type { Formats } from '../page/formats.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

/** Whether the visitor wrote it. */
export const isOwn = (by: Actor): boolean => by.kind === 'CUSTOMER'

/** How many messages of a chat the visitor has not seen, and whether a draft is offered, on the button that opens it. */
type UnreadBadge = {
  /** Shows it for a chat while the panel is shut; `isSeen` says that the visitor looks at the chat now. */
  show(conversation: Conversation | undefined, isOpen: boolean, isSeen: boolean, hasDraft: boolean): void
  /** How many messages of a chat the visitor has not seen. */
  unread(conversation: Conversation): number
  remove(): void
}

/** Adds the count to the launcher, and to its name. */
export function createUnreadBadge(launcher: HTMLElement, words: Words, formats: Formats): UnreadBadge {
  const name = launcher.getAttribute('aria-label') ?? ''
  // Its number is drawn by the style: the name of the launcher says it in words.
  const badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true })
  launcher.append(badge)
  /** What was seen on this page: the server hears of it a moment later. */
  let seen = { chatId: '', upTo: 0 }
  const unread = (conversation: Conversation): number =>
    unreadCount(conversation, isOwn, conversation.chat.id === seen.chatId ? seen.upTo : 0)
  return {
    unread,
    show: (conversation, isOpen, isSeen, hasDraft) => {
      const { id: chatId = '' } = conversation?.chat ?? {}
      if (chatId !== seen.chatId) seen = { chatId, upTo: 0 }
      if (conversation && isSeen) seen.upTo = lastOfOthers(conversation, isOwn)
      const count = conversation && !isOpen ? unread(conversation) : 0
      const isOffered = hasDraft && !isOpen
      const parts = [
        ...(count === 0 ? [] : [fill(words.unread, formats.number(count))]),
        ...(isOffered ? [words.draftReady] : []),
      ]
      badge.hidden = parts.length === 0
      badge.dataset['count'] = `${count + (isOffered ? 1 : 0)}`
      launcher.setAttribute('aria-label', parts.length === 0 ? name : `${name} (${parts.join(', ')})`)
    },
    remove: () => {
      badge.remove()
      launcher.setAttribute('aria-label', name)
    },
  }
}
