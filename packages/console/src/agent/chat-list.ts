import { fill } from '../page/words.ts'
import { inWords, words } from './agent-language.ts'
import type { ChatPage, ChatsById, ListedChat } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { h, oncePerFrame, setText } from '../page/dom.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf, Unreachable } from '../connection/refusals.ts'

type Options = {
  readonly transport: Transport
  /** The id of the agent. */
  readonly viewer: string
  readonly open: (id: string) => void
  readonly fail: (code: string) => void
  /** Called with a chat that needs the viewer: one that was just offered to them or invites them, or in which they are to answer. */
  readonly onAttention: (chat: ListedChat, what: Need) => void
  /** Called with the id of a chat that does not need the viewer any more: it has ended, or its offer or invitation is over. */
  readonly onAttentionOver: (chatId: string) => void
}

/** The open chats of the desk. A chat that has ended stays only while the page shows it. */
type ChatList = {
  readonly element: HTMLElement
  add(chat: ListedChat): void
  /** Says which chat the page shows; undefined for none. */
  shows(id: string | undefined): void
  close(): void
}

type Entry = {
  chat: ListedChat
  readonly item: HTMLElement
  readonly button: HTMLButtonElement
  readonly label: HTMLElement
}

/** How often the minutes that customers wait are counted again, in milliseconds. */
const countMs = 15_000

/** Lists the chats that wait or go on, the longest wait first, and follows what changes. */
export function createChatList({ transport, viewer, open, fail, onAttention, onAttentionOver }: Options): ChatList {
  const items = h('ul')
  const none = h('p', { hidden: true }, words.chatsNone)
  const entries = new Map<string, Entry>()
  let shownId: string | undefined
  const remove = (id: string): void => {
    entries.get(id)?.item.remove()
    entries.delete(id)
    onAttentionOver(id)
    draw()
  }
  const add = (chat: ListedChat): void => {
    if (chat.status === 'CLOSED' && chat.id !== shownId) return remove(chat.id)
    const before = entries.get(chat.id)?.chat
    const entry = entries.get(chat.id) ?? newEntry(chat)
    entry.chat = { ...entry.chat, ...chat }
    entries.set(chat.id, entry)
    draw()
    const what = needOf(entry.chat, before, viewer)
    if (what) onAttention(entry.chat, what)
    else if (before && askedOf(before, viewer) && !askedOf(entry.chat, viewer)) onAttentionOver(chat.id)
  }
  const newEntry = (chat: ListedChat): Entry => {
    const label = h('span', { dir: 'auto' })
    const button = h('button', { type: 'button', 'data-chat': chat.id, onclick: () => open(chat.id) }, label)
    return { chat, button, label, item: h('li', {}, button) }
  }
  /** Puts the chats in order. One that is in its place already stays: a move would take the focus from it. */
  const draw = oncePerFrame(() => {
    const focused = document.activeElement
    let next = items.firstElementChild
    for (const { chat, item, button, label } of [...entries.values()].toSorted((a, b) => byWait(a.chat, b.chat))) {
      setText(label, labelOf(chat, Date.now(), viewer))
      button.ariaCurrent = chat.id === shownId ? 'true' : null
      if (item === next) next = next.nextElementSibling
      else items.insertBefore(item, next)
    }
    none.hidden = !isRead || entries.size > 0
    if (focused instanceof HTMLElement && items.contains(focused) && focused !== document.activeElement) focused.focus()
  })
  const counting = setInterval(draw, countMs)
  /** The seconds of an offer to the agent. */
  const countingDown = setInterval(() => {
    if ([...entries.values()].some(({ chat }) => chat.offer?.agent.userId === viewer)) draw()
  }, 1_000)
  // What changes while the list is read is received, and what was missed before is read.
  const stop = transport.follow<{ readonly chatsChanged: ListedChat }>(documents.chatsChanged, () => ({}), {
    next: ({ chatsChanged }) => add(chatsChanged),
    refused: fail,
    connected: () => read(),
  })
  /** Counts the reads: the last one alone goes on. */
  let reads = 0
  let isRead = false
  const read = (): void => {
    const turn = ++reads
    const chats = [...entries.values()].map(({ chat }) => chat)
    void readChats({ transport, chats, add, remove, fail, isStopped: () => turn !== reads }).then(() => {
      if (turn !== reads) return
      isRead = true
      draw()
    })
  }
  read()
  return {
    element: h('nav', { 'aria-label': words.chats }, none, items),
    add,
    shows: (id) => {
      const before = shownId === undefined ? undefined : entries.get(shownId)
      shownId = id
      if (before && before.chat.id !== id && before.chat.status === 'CLOSED') remove(before.chat.id)
      draw()
    },
    close: () => {
      reads++
      clearInterval(counting)
      clearInterval(countingDown)
      stop()
    },
  }
}

/** What an agent is needed for: to accept a chat, to join one, or to answer. */
export type Need = 'offer' | 'invitation' | 'message'

/** What a chat asks its viewer: to accept or to join it; undefined for neither. */
function askedOf(chat: ListedChat, viewer: string): 'offer' | 'invitation' | undefined {
  if (chat.offer?.agent.userId === viewer) return 'offer'
  return chat.status !== 'CLOSED' && isInvited(chat, viewer) ? 'invitation' : undefined
}

/** Whether somebody is invited to a chat, and has not joined it. */
export const isInvited = ({ participants }: Pick<ListedChat, 'participants'>, userId: string): boolean =>
  participants.some(({ agent, joined }) => agent.userId === userId && !joined)

/** Whether somebody writes to the customer of a chat: as its agent, or as a speaker who has joined it. */
export const speaksIn = (
  { agent, participants }: Pick<ListedChat, 'agent' | 'participants'>,
  userId: string,
): boolean =>
  agent?.userId === userId ||
  participants.some((one) => one.agent.userId === userId && one.role === 'SPEAKER' && one.joined)

/** What a chat needs its viewer for, which it did not need them for before; undefined for nothing. */
export function needOf(chat: ListedChat, before: ListedChat | undefined, viewer: string): Need | undefined {
  const need = askedOf(chat, viewer)
  if (need) return before && askedOf(before, viewer) === need ? undefined : need
  if (before === undefined || chat.status !== 'ACTIVE') return undefined
  const isAwaited = chat.awaitedReply?.from === 'DESK'
  const isNew = chat.lastNumber > before.lastNumber
  // Who joins has just read what is unanswered.
  return speaksIn(chat, viewer) && speaksIn(before, viewer) && isAwaited && isNew ? 'message' : undefined
}

type Reading = Pick<Options, 'fail'> & {
  readonly transport: Pick<Transport, 'ask' | 'pause'>
  readonly chats: readonly ListedChat[]
  readonly add: (chat: ListedChat) => void
  /** Receives the id of a known chat that the server shows no more. */
  readonly remove: (id: string) => void
  readonly isStopped: () => boolean
}

/** How many chats are asked for by their ids at once. */
const batchSize = 20

/**
 * Reads all open chats, page by page, then the known ones that are not among them any more, some at a time. Each request is
 * sent until the server has answered.
 */
export async function readChats({ transport, chats, add, remove, fail, isStopped }: Reading): Promise<void> {
  /** The answer; undefined when it was refused, or the reading has stopped. */
  const ask = async <T>(document: string, variables: object): Promise<T | undefined> => {
    for (let attempt = 0; !isStopped(); attempt++) {
      try {
        const answer = await transport.ask<T>(document, variables)
        return isStopped() ? undefined : answer
      } catch (error) {
        if (!(error instanceof Unreachable)) {
          if (!isStopped()) fail(codeOf(error))
          return undefined
        }
        await transport.pause(attempt)
      }
    }
    return undefined
  }
  const listed: ListedChat[] = []
  for (let after: string | null | undefined; after !== null;) {
    const page: ChatPage | undefined = await ask<ChatPage>(documents.chats, { after })
    if (!page) return
    const { nodes, pageInfo } = page.chats
    nodes.forEach(add)
    listed.push(...nodes)
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null
  }
  const gone = unlisted(chats, listed)
  for (let from = 0; from < gone.length; from += batchSize) {
    const ids = gone.slice(from, from + batchSize)
    const answer = await ask<ChatsById>(documents.chatsById, { ids })
    for (const [index, chat] of answer?.nodes.entries() ?? []) {
      if (chat) add(chat)
      else remove(ids[index] ?? '')
    }
  }
}

/** The chats that are shown as open and not listed any more: those that were closed during an outage are among them. */
export function unlisted(chats: readonly ListedChat[], listed: readonly ListedChat[]): readonly string[] {
  const ids = new Set(listed.map(({ id }) => id))
  return chats.filter(({ id, status }) => status !== 'CLOSED' && !ids.has(id)).map(({ id }) => id)
}

/** Sorts as `orderBy: WAIT` does: the chats that wait for the desk, the longest wait first, then others, then one that was closed. */
export function byWait(a: ListedChat, b: ListedChat): number {
  const order = rankOf(a) - rankOf(b) || sinceOf(a) - sinceOf(b)
  return order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

const rankOf = ({ status, awaitedReply }: ListedChat): number =>
  status === 'CLOSED' ? 2 : awaitedReply?.from === 'DESK' ? 0 : 1

const sinceOf = ({ startedAt, awaitedReply }: ListedChat): number => Date.parse(awaitedReply?.since ?? startedAt)

/** What the list says of a chat: who it is with, how long the customer waits, and the last message. */
export function labelOf(chat: ListedChat, now: number, viewer?: string): string {
  const { status, agent, offer, lastMessage, awaitedReply } = chat
  const waits = status !== 'CLOSED' && awaitedReply?.from === 'DESK'
  return [
    customerOf(chat),
    inWords(status),
    ...(agent ? [agent.name ?? agent.userId] : []),
    ...(chat.customerAway ? [words.notConnected] : []),
    ...(offer ? [offerOf(offer, viewer, now)] : []),
    ...(waits
      ? [
          `${fill(words.waits, String(minutesSince(awaitedReply.since, now)))}${awaitedReply.overdue ? `, ${words.late}` : ''}`,
        ]
      : []),
    ...(lastMessage ? [lastMessage.text || (lastMessage.attachments > 0 ? words.aFile : '…')] : []),
  ].join(' · ')
}

/** Who the customer is: an anonymous visitor by the first characters of the id. */
export const customerOf = ({ customer: { name, userId } }: Pick<ListedChat, 'customer'>): string =>
  name ?? userId.replace(/^visitor-(.{6}).*/, (_, first: string) => fill(words.visitor, first))

/** Whom a chat is offered to; with `now`, how long the offer to the viewer still stands. */
export function offerOf({ agent, expiresAt }: NonNullable<ListedChat['offer']>, viewer?: string, now?: number): string {
  if (agent.userId !== viewer) return fill(words.offeredTo, agent.name ?? agent.userId)
  if (now === undefined) return words.offeredToYou
  return fill(words.offerLeft, String(Math.max(0, Math.ceil((Date.parse(expiresAt) - now) / 1_000))))
}

const minutesSince = (since: string, now: number): number => Math.max(0, Math.floor((now - Date.parse(since)) / 60_000))
