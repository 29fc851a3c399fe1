import type { ListedChat } from './documents.ts'
import { documents } from './documents.ts'
import { h, setText } from './dom.ts'
import type { Transport } from './transport.ts'
import { codeOf, Unreachable } from './transport.ts'

type Options = {
  readonly transport: Transport
  readonly open: (id: string) => void
  readonly fail: (code: string) => void
}

/** The open chats of the desk, and those that were closed since the page was opened. */
type ChatList = { readonly element: HTMLElement; readonly add: (chat: ListedChat) => void; close(): void }

type Entry = { chat: ListedChat; readonly item: HTMLElement; readonly button: HTMLButtonElement }

/** How often the minutes that customers wait are counted again, in milliseconds. */
const countMs = 15_000

/** Lists the chats that wait or go on, the longest wait first, and follows what changes. */
export function createChatList({ transport, open, fail }: Options): ChatList {
  const items = h('ul')
  const entries = new Map<string, Entry>()
  const add = (chat: ListedChat): void => {
    const entry = entries.get(chat.id) ?? newEntry(chat)
    entry.chat = { ...entry.chat, ...chat }
    entries.set(chat.id, entry)
    setText(entry.button, labelOf(entry.chat, Date.now()))
    place(entry)
  }
  const newEntry = (chat: ListedChat): Entry => {
    const button = h('button', { type: 'button', dir: 'auto', 'data-chat': chat.id, onclick: () => open(chat.id) })
    return { chat, button, item: h('li', {}, button) }
  }
  /** Moves a chat to its place. One that is there already stays: a move would take the focus from it. */
  const place = ({ chat, item, button }: Entry): void => {
    const order = [...entries.values()].map((entry) => entry.chat).toSorted(byWait)
    const next = order[order.findIndex(({ id }) => id === chat.id) + 1]
    const before = next ? (entries.get(next.id)?.item ?? null) : null
    if (item.isConnected && item.nextSibling === before) return
    const isFocused = document.activeElement === button
    items.insertBefore(item, before)
    if (isFocused) button.focus()
  }
  const counting = setInterval(() => {
    for (const { chat, button } of entries.values()) setText(button, labelOf(chat, Date.now()))
  }, countMs)
  // What changes while the list is read is received, and what was missed before is read.
  const stop = transport.follow<{ readonly chatsChanged: ListedChat }>(documents.chatsChanged, () => ({}), {
    next: ({ chatsChanged }) => add(chatsChanged),
    refused: fail,
    connected: () => read(),
  })
  /** Counts the reads: the last one alone goes on. */
  let reads = 0
  const read = (): void => {
    const turn = ++reads
    const known = [...entries.values()].map(({ chat }) => chat)
    void readChats({ transport, known, add, fail, isStopped: () => turn !== reads })
  }
  read()
  return {
    element: h('nav', { 'aria-label': 'Chats' }, items),
    add,
    close: () => {
      reads++
      clearInterval(counting)
      stop()
    },
  }
}

type Reading = Pick<Options, 'fail'> & {
  readonly transport: Pick<Transport, 'ask' | 'pause'>
  readonly known: readonly ListedChat[]
  readonly add: (chat: ListedChat) => void
  readonly isStopped: () => boolean
}

/** Reads the open chats, and the known ones that are not among them any more, each until the server has answered. */
export async function readChats({ transport, known, add, fail, isStopped }: Reading): Promise<void> {
  const ask = async <T>(document: string, variables: object, take: (answer: T) => void): Promise<void> => {
    for (let attempt = 0; !isStopped(); attempt++) {
      try {
        const answer = await transport.ask<T>(document, variables)
        return isStopped() ? undefined : take(answer)
      } catch (error) {
        if (!(error instanceof Unreachable)) return fail(codeOf(error))
        await transport.pause(attempt)
      }
    }
  }
  let gone: readonly string[] = []
  await ask<{ readonly chats: { readonly nodes: readonly ListedChat[] } }>(documents.chats, {}, ({ chats }) => {
    gone = unlisted(known, chats.nodes)
    chats.nodes.forEach(add)
  })
  await Promise.all(
    gone.map((id) =>
      ask<{ readonly chat: ListedChat | null }>(documents.chat, { id }, ({ chat }) => {
        if (chat) add(chat)
      }),
    ),
  )
}

/** The chats that are shown as open and not listed any more: those that were closed during an outage are among them. */
export function unlisted(known: readonly ListedChat[], listed: readonly ListedChat[]): readonly string[] {
  const ids = new Set(listed.map(({ id }) => id))
  return known.filter(({ id, status }) => status !== 'CLOSED' && !ids.has(id)).map(({ id }) => id)
}

/** Sorts as `orderBy: WAIT` does: the chats that wait for the desk, the longest wait first, then others, then closed ones. */
export function byWait(a: ListedChat, b: ListedChat): number {
  const order = rankOf(a) - rankOf(b) || sinceOf(a) - sinceOf(b)
  return order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

const rankOf = ({ status, awaitedReply }: ListedChat): number =>
  status === 'CLOSED' ? 2 : awaitedReply?.from === 'DESK' ? 0 : 1

const sinceOf = ({ startedAt, awaitedReply }: ListedChat): number => Date.parse(awaitedReply?.since ?? startedAt)

/** What the list says of a chat: who it is with, how long the customer waits, and the last message. */
export function labelOf(chat: ListedChat, now: number): string {
  const { customer, status, agent, offer, lastMessage, awaitedReply } = chat
  const waits = status !== 'CLOSED' && awaitedReply?.from === 'DESK'
  return [
    customer.name ?? customer.userId,
    status.toLowerCase(),
    ...(agent ? [agent.name ?? agent.userId] : []),
    ...(offer ? [`offered to ${offer.agent.name ?? offer.agent.userId}`] : []),
    ...(waits ? [`waits ${minutesSince(awaitedReply.since, now)} min${awaitedReply.overdue ? ', late' : ''}`] : []),
    ...(lastMessage ? [lastMessage.text || (lastMessage.attachments > 0 ? 'a file' : '…')] : []),
  ].join(' · ')
}

const minutesSince = (since: string, now: number): number => Math.max(0, Math.floor((now - Date.parse(since)) / 60_000))
