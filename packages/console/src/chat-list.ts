import type { Chat } from './documents.ts'
import { documents } from './documents.ts'
import { h } from './dom.ts'
import type { Transport } from './transport.ts'

type Options = {
  readonly transport: Transport
  readonly open: (id: string) => void
  readonly fail: (code: string) => void
}

/** The open chats of the desk, and those that were closed since the page was opened. */
type ChatList = { readonly element: HTMLElement; readonly add: (chat: Chat) => void; close(): void }

const labelOf = ({ customer, status, agent, offer }: Chat): string =>
  [
    customer.name ?? customer.userId,
    status.toLowerCase(),
    ...(agent ? [agent.name ?? agent.userId] : []),
    ...(offer ? [`offered to ${offer.agent.name ?? offer.agent.userId}`] : []),
  ].join(' · ')

/** Lists the chats that wait or go on, the longest wait first, and follows what changes. */
export function createChatList({ transport, open, fail }: Options): ChatList {
  const items = h('ul')
  const buttons = new Map<string, HTMLButtonElement>()
  const add = (chat: Chat): void => {
    let button = buttons.get(chat.id)
    if (!button) {
      button = h('button', { type: 'button', dir: 'auto', 'data-chat': chat.id, onclick: () => open(chat.id) })
      buttons.set(chat.id, button)
      items.append(h('li', {}, button))
    }
    const label = labelOf(chat)
    if (button.textContent !== label) button.textContent = label
  }
  // What changes while the list is read is told, and what was missed before is read.
  const stop = transport.follow<{ readonly chatsChanged: Chat }>(documents.chatsChanged, () => ({}), {
    next: ({ chatsChanged }) => add(chatsChanged),
    refused: fail,
    connected: () => void read(),
  })
  const read = async (): Promise<void> => {
    try {
      const { chats } = await transport.ask<{ readonly chats: { readonly nodes: readonly Chat[] } }>(documents.chats)
      for (const chat of chats.nodes) add(chat)
    } catch (error) {
      fail(String(error))
    }
  }
  void read()
  return { element: h('nav', { 'aria-label': 'Chats' }, items), add, close: stop }
}
