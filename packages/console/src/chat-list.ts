import type { Chat } from './documents.ts'
import { h } from './dom.ts'
import type { Store } from './outbox.ts'

type Options = {
  readonly store: Store
  readonly key: string
  readonly open: (id: string) => void
}

/** The chats that this page was told of, newest first. */
type ChatList = { readonly element: HTMLElement; readonly add: (chat: Chat) => void }

/** How many chats the page remembers. */
const most = 50

type Known = { readonly id: string; readonly customer: string; readonly status: string }

/** Lists the chats that were opened here by their ids, and keeps them for the next visit. */
export function createChatList({ store, key, open }: Options): ChatList {
  let known = JSON.parse(store.getItem(key) ?? '[]') as readonly Known[]
  const id = h('input', { id: 'chat-id', required: true, autocomplete: 'off' })
  const form = h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault()
        open(id.value.trim())
        id.value = ''
      },
    },
    h('label', { for: 'chat-id' }, 'Chat'),
    id,
    h('button', {}, 'Open'),
  )
  const items = h('ul')
  const show = (): void =>
    items.replaceChildren(
      ...known.map((chat) =>
        h(
          'li',
          {},
          h(
            'button',
            { type: 'button', 'data-chat': chat.id, onclick: () => open(chat.id) },
            chat.customer,
            ' · ',
            chat.status.toLowerCase(),
          ),
        ),
      ),
    )
  show()
  return {
    element: h('nav', { 'aria-label': 'Chats' }, form, items),
    add: ({ id: chatId, customer, status }) => {
      const chat = { id: chatId, customer: customer.name ?? customer.userId, status }
      const before = known.find((one) => one.id === chatId)
      if (before?.status === status) return
      known = [chat, ...known.filter((one) => one.id !== chatId)].slice(0, most)
      store.setItem(key, JSON.stringify(known))
      show()
    },
  }
}
