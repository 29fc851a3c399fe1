import { openChatView } from './agent-chat.ts'
import type { ChatView } from './agent-chat.ts'
import { createChatList } from './chat-list.ts'
import type { Chat } from './documents.ts'
import { documents } from './documents.ts'
import { adopt, h, setText } from './dom.ts'
import { hostStorage } from './outbox.ts'
import { newId } from './session.ts'
import { agentStyles, logStyles } from './styles.ts'
import type { Transport } from './transport.ts'
import { createTransport, Refused } from './transport.ts'
import { wordsFor } from './words.ts'

type Viewer = { readonly userId: string; readonly name: string | null; readonly role: string }

const { language, words } = wordsFor(document.documentElement.lang, navigator.language)
const store = hostStorage()
const server = location.origin
const main = document.querySelector('main') as HTMLElement

/** The agent's page: signs in, lists chats, and shows one of them. */
function begin(): void {
  adopt(document, agentStyles + logStyles)
  const given = main.dataset['token'] ?? sessionStorage.getItem('guichet-token')
  if (given) void signIn(given)
  else showSignIn()
}

function showSignIn(problem?: string): void {
  const token = h('input', { id: 'token', type: 'password', autocomplete: 'off', required: true })
  const form = h(
    'form',
    {
      class: 'sign-in',
      onsubmit: (event) => {
        event.preventDefault()
        void signIn(token.value.trim())
      },
    },
    h('label', { for: 'token' }, 'Token'),
    token,
    h('button', { class: 'primary' }, 'Sign in'),
  )
  main.replaceChildren(...(problem === undefined ? [] : [h('p', { role: 'alert' }, problem)]), form)
}

async function signIn(token: string): Promise<void> {
  const connection = h('p', { class: 'offline', hidden: true, role: 'status' }, words.offline)
  const transport = createTransport({
    server,
    token: async () => token,
    onConnection: (connected) => (connection.hidden = connected),
  })
  for (let attempt = 0; ; attempt++) {
    try {
      const { viewer } = await transport.ask<{ readonly viewer: Viewer }>(documents.viewer)
      if (viewer.role === 'CUSTOMER') throw new Refused('forbidden')
      sessionStorage.setItem('guichet-token', token)
      return showDesk(transport, viewer, connection)
    } catch (error) {
      if (!(error instanceof Refused)) {
        await transport.pause(attempt)
        continue
      }
      transport.close()
      sessionStorage.removeItem('guichet-token')
      return showSignIn(`The token was refused: ${error.code}`)
    }
  }
}

function showDesk(transport: Transport, viewer: Viewer, connection: HTMLElement): void {
  const problem = h('p', { class: 'problem', role: 'alert' })
  const fail = (code: string | undefined): void => setText(problem, code === undefined ? '' : `Refused: ${code}`)
  const place = h('section', { class: 'chat', 'aria-label': words.title }, h('p', {}, 'Choose a chat.'))
  let view: ChatView | undefined
  let shown: string | undefined

  const open = async (id: string): Promise<void> => {
    const { chat } = await transport.ask<{ readonly chat: Chat | null }>(documents.chat, { id })
    if (!chat) return fail('chat_not_found')
    fail(undefined)
    list.add(chat)
    if (shown === chat.id) return
    view?.close()
    shown = chat.id
    history.replaceState(null, '', `#${encodeURIComponent(chat.id)}`)
    view = openChatView({ transport, store, chat, viewer: viewer.userId, words, language, fail, changed: list.add })
    place.replaceChildren(view.element)
  }
  const tryOpen = (id: string): void =>
    void open(id).catch((error: unknown) => fail(error instanceof Refused ? error.code : 'unavailable'))

  const list = createChatList({ transport, open: tryOpen, fail })
  const setAvailability = async (availability: string): Promise<void> => {
    const input = { commandId: newId(), agentId: viewer.userId, availability }
    const { result } = await transport.ask<{ readonly result: { readonly userErrors: readonly { code: string }[] } }>(
      documents.setAvailability,
      { input },
    )
    fail(result.userErrors[0]?.code)
  }
  const availability = (value: string, label: string): HTMLElement =>
    h(
      'button',
      { type: 'button', onclick: () => void setAvailability(value).catch((error: unknown) => fail(String(error))) },
      label,
    )
  main.replaceChildren(
    h(
      'div',
      { class: 'bar' },
      h('span', {}, viewer.name ?? viewer.userId),
      h('span', {}, availability('AVAILABLE', 'Available'), ' ', availability('AWAY', 'Away')),
    ),
    connection,
    problem,
    h('div', { class: 'desk' }, list.element, place),
  )
  if (location.hash.length > 1) tryOpen(decodeURIComponent(location.hash.slice(1)))
}

begin()
