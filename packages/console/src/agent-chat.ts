import { actionForm } from './action-form.ts'
import type { Actor, Chat, ChatMutation } from './documents.ts'
import { h, setText } from './dom.ts'
import { createMessageLog } from './message-log.ts'
import type { Store } from './outbox.ts'
import { openSession } from './session.ts'
import type { Transport } from './transport.ts'
import type { Words } from './words.ts'

type Options = {
  readonly transport: Transport
  readonly store: Store
  readonly chat: Chat
  /** The id of the agent. */
  readonly viewer: string
  readonly words: Words
  readonly language: string
  readonly fail: (code: string | undefined) => void
  readonly changed: (chat: Chat) => void
}

/** One chat on the agent's page. */
export type ChatView = { readonly element: HTMLElement; close(): void }

/** Shows a chat to an agent, with all that they may do with it. */
export function openChatView({ transport, store, chat, viewer, words, language, fail, changed }: Options): ChatView {
  const isDesk = ({ kind }: Actor): boolean => kind !== 'CUSTOMER'
  const log = createMessageLog({
    words,
    language,
    isOwn: ({ kind, userId }) => kind === 'AGENT' && userId === viewer,
    nameOf: ({ name, kind }) => name ?? (kind === 'CUSTOMER' ? words.customer : words.agent),
    readBy: 'customer',
  })
  const heading = h('h2', { dir: 'auto' }, chat.customer.name ?? chat.customer.userId)
  const state = h('p', { class: 'chat-state', role: 'status' })
  const note = h('input', { type: 'checkbox', id: 'note' })
  const text = h('textarea', { rows: '2', dir: 'auto', 'aria-label': words.write, maxlength: '10000' })
  const composer = h(
    'form',
    {
      class: 'composer',
      onsubmit: (event) => {
        event.preventDefault()
        const body = text.value.trim()
        if (body === '') return
        session.write(body, note.checked ? 'NOTE' : 'TEXT')
        text.value = ''
      },
    },
    text,
    h('label', { for: 'note' }, note, ' ', words.note),
    h('button', { class: 'primary' }, words.send),
  )
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    composer.requestSubmit()
  })

  const act = (name: ChatMutation, input: object = {}): void =>
    void session.command(name, input).then(fail, () => fail('unavailable'))
  const button = (label: string, name: ChatMutation, input: object = {}): HTMLButtonElement =>
    h('button', { type: 'button', onclick: () => act(name, input) }, label)

  const accept = button('Accept', 'acceptChat')
  const decline = button('Decline', 'declineChat')
  const close = button('Close as solved', 'closeChat', { reason: 'SOLVED' })
  const spam = button('Close as spam', 'closeChat', { reason: 'SPAM' })
  const transfer = actionForm('Transfer', ['Agent', 'Note'], ([id = '', why = '']) =>
    act('transferChat', { to: { agent: { id } }, ...(why && { note: why }) }),
  )
  const invite = actionForm('Invite', ['Agent', 'Note'], ([id = '', why = '']) =>
    act('inviteToChat', { agent: { id }, ...(why && { note: why }) }),
  )
  const convert = actionForm('Convert to a ticket', ['Subject'], ([subject = '']) => act('convertChat', { subject }))

  const show = (): void => {
    const { chat: now } = session.conversation
    log.show(session)
    const isMine =
      now.agent?.userId === viewer || now.participants.some(({ agent, joined }) => joined && agent.userId === viewer)
    setText(
      state,
      [
        now.status.toLowerCase(),
        ...(now.agent ? [now.agent.name ?? now.agent.userId] : []),
        ...(now.transfer ? [`transfer to ${now.transfer.agent?.name ?? '…'}`] : []),
        ...(now.closeReason === null ? [] : [now.closeReason.toLowerCase()]),
        ...(now.rating ? [`★ ${now.rating.rating}`] : []),
        ...(now.ticket ? [`ticket ${now.ticket.id}`] : []),
      ].join(' · '),
    )
    const isClosed = now.status === 'CLOSED'
    accept.hidden = isClosed || (now.status === 'ACTIVE' && (now.agent?.userId === viewer || !now.transfer))
    decline.hidden = now.offer?.agent.userId !== viewer && now.transfer?.agent?.userId !== viewer
    composer.hidden = isClosed || !isMine
    for (const one of [close, spam, transfer, invite]) one.hidden = isClosed || !isMine
    convert.hidden = now.ticket !== null || (!isMine && !isClosed)
    if (document.visibilityState === 'visible' && isMine) session.seen()
    changed(now)
  }
  const session = openSession({
    transport,
    store,
    chat,
    side: 'desk',
    isOwn: isDesk,
    changed: () => show(),
    ended: fail,
  })
  const looked = (): void => show()
  document.addEventListener('visibilitychange', looked)
  const element = h(
    'div',
    { class: 'conversation' },
    heading,
    state,
    h('div', { class: 'deeds' }, accept, decline, close, spam, transfer, invite, convert),
    log.element,
    composer,
  )
  show()
  return {
    element,
    close: () => {
      document.removeEventListener('visibilitychange', looked)
      session.close()
    },
  }
}
