import { newId } from '../connection/command-ids.ts'
import type { Channel, Chat, CurrentChat, Result } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import type { Unsent } from '../conversation/outbox.ts'
import type { Store } from '../connection/storage.ts'
import { readJson, removeAll } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import { refusalIn, Refused } from '../connection/refusals.ts'

/** A start that the server has not acknowledged yet. */
export type Start = { readonly commandId: string; readonly message: Pick<Unsent, 'messageId' | 'body'> }

/** What this browser remembers of the chat of one person: its id, or a start that is not acknowledged. */
export type Visit = {
  chatId(): string | null
  start(): Start | undefined
  /**
   * Remembers a start with its first message, under ids that stay the same however often it is sent. Returns false when
   * another one waits here already, such as that of another tab, which is kept.
   */
  begin(body: string): boolean
  /** The start has led to a chat, or was refused. */
  endStart(): void
  setChat(id: string): void
  /** Forgets a chat, unless it remembers another one by now. */
  forgetChat(id: string): void
  /** What an anonymous visitor has begun here is this person's from now on. */
  adopt(): void
  /** Removes what this person has begun here. */
  drop(): void
  /** The same, and what was not sent in any chat. */
  forget(): void
}

/**
 * What `startChat` is sent: with the page, and what was searched in vain on the page that has led there. `language` is that of the page: what the desk itself writes in the chat is in the same.
 */
export function startInput(
  start: Start,
  channel: Channel,
  language: string,
  page: string = location.origin + location.pathname,
  search: string | null = new URLSearchParams(location.search).get('search'),
): object {
  const words = search
    ?.replaceAll(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 500)
  const searched = words ? [{ name: 'search', value: words }] : []
  return {
    ...start,
    ...channel,
    language,
    context: [{ name: 'page', value: page.slice(0, 500) }, ...searched],
  }
}

/** How the customer chats, as the host's attribute says. */
export const channelOf = (named: string | null): Channel => (named === null ? {} : { channel: named.toUpperCase() })

/** The visit of an `owner` at a server. */
export function createVisit(store: Store, server: string, owner: string): Visit {
  const keysOf = (person: string) => [`guichet-chat:${server}:${person}`, `guichet-start:${server}:${person}`] as const
  const [chatKey, startKey] = keysOf(owner)
  const readStart = (): Start | undefined =>
    readJson<Start>(store, startKey, ({ commandId, message }) =>
      [commandId, message.messageId, message.body].every((text) => typeof text === 'string'),
    )
  const drop = (): void => [chatKey, startKey].forEach((key) => store.removeItem(key))
  return {
    chatId: () => store.getItem(chatKey),
    start: readStart,
    begin: (body) => {
      if (readStart()) return false
      const start: Start = { commandId: newId(), message: { messageId: newId(), body } }
      store.setItem(startKey, JSON.stringify(start))
      return true
    },
    endStart: () => store.removeItem(startKey),
    setChat: (id) => store.setItem(chatKey, id),
    forgetChat: (id) => {
      if (store.getItem(chatKey) === id) store.removeItem(chatKey)
    },
    adopt: () => {
      for (const [index, from] of keysOf('visitor').entries()) {
        const value = store.getItem(from)
        if (value !== null) store.setItem(index === 0 ? chatKey : startKey, value)
        store.removeItem(from)
      }
    },
    drop,
    forget: () => {
      removeAll(store, 'guichet-outbox:customer:')
      drop()
    },
  }
}

/**
 * Starts the chat of a start that waits; `repeated` says that the customer had a chat already. A start that is refused is
 * forgotten. @throws Unreachable @throws Refused
 */
export async function startChat(
  transport: Pick<Transport, 'ask'>,
  visit: Visit,
  input: object,
): Promise<{ readonly chat: Chat; readonly repeated: boolean }> {
  try {
    const { result } = await transport.ask<Result>(documents.startChat, { input })
    const refused = refusalIn(result.userErrors)
    if (!result.chat) throw new Refused(refused ?? 'internal_error')
    visit.setChat(result.chat.id)
    return { chat: result.chat, repeated: result.repeated }
  } catch (error) {
    if (error instanceof Refused) visit.endStart()
    throw error
  }
}

/** How long a chat may be reopened after its end, in milliseconds. */
const reopenMs = 86_400_000

/** Whether a chat ended so long ago that it cannot be reopened. */
export const isOver = ({ status, closedAt }: Chat): boolean =>
  status === 'CLOSED' && closedAt !== null && Date.now() - Date.parse(closedAt) > reopenMs

/** Whether a chat ended because its customer has another one, which goes on. */
export const isContinued = ({ status, closeReason }: Chat): boolean =>
  status === 'CLOSED' && closeReason === 'CONTINUED'

/**
 * The chat that a visit goes on with: the one it remembers or, except for an anonymous visitor, the one that the customer
 * has begun on another device, also one that has ended with an answer that they have not read. One that is over and read,
 * or goes on as another one, is forgotten. @throws Unreachable @throws Refused
 */
export async function currentChat(
  transport: Pick<Transport, 'ask'>,
  visit: Visit,
  isAnonymous: boolean,
): Promise<CurrentChat | null> {
  const id = visit.chatId()
  if (id !== null) {
    const { chat } = await transport.ask<{ readonly chat: CurrentChat | null }>(documents.chat, { id })
    if (!chat) visit.forget()
    if (!chat || !((isOver(chat) && chat.unread === 0) || isContinued(chat))) return chat
    visit.forgetChat(id)
  }
  return isAnonymous ? null : ownChat(transport, visit)
}

type ChatList = { readonly nodes: readonly CurrentChat[] }

async function ownChat(transport: Pick<Transport, 'ask'>, visit: Visit): Promise<CurrentChat | null> {
  const { open, ended } = await transport.ask<{ readonly open: ChatList; readonly ended: ChatList }>(documents.ownChats)
  const answered = ended.nodes.find((chat) => chat.unread > 0 && !isContinued(chat))
  const chat = open.nodes[0] ?? answered ?? null
  if (chat) visit.setChat(chat.id)
  return chat
}
