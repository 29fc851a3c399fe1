import { actionForm } from './action-form.ts'
import { createArticlePlace } from './article-place.ts'
import { showFile } from '../conversation/attachments.ts'
import { createSender } from '../connection/command-ids.ts'
import { invitable, targetOf, transferable } from './colleagues.ts'
import { openComposer } from '../conversation/composer.ts'
import { confirmButton } from '../page/confirm-button.ts'
import { createCallPanel } from '../conversation/call.ts'
import { customerOf, isInvited, offerOf, speaksIn } from './chat-list.ts'
import { createCustomerPanel } from './customer-panel.ts'
import type { Actor, Chat, ChatMutation, Result } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { h, setText } from '../page/dom.ts'
import type { Drafts } from '../conversation/draft.ts'
import type { Formats } from '../page/formats.ts'
import { createMessageLog } from '../conversation/message-log.ts'
import { createReplyPicker } from './reply-picker.ts'
import { openSession } from '../conversation/session.ts'
import type { Store } from '../connection/storage.ts'
import { textForm } from '../page/text-form.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf, refusalIn } from '../connection/refusals.ts'
import type { Words } from '../page/words.ts'

type Options = {
  readonly transport: Transport
  readonly store: Store
  readonly chat: Chat
  /** The id of the agent. */
  readonly viewer: string
  /** What was typed here and not sent. */
  readonly draft: Draft | undefined
  /** What was typed in the forms of its actions and not sent. */
  readonly forms: Drafts
  readonly words: Words
  readonly formats: Formats
  readonly fail: (code: string | undefined) => void
  readonly changed: (chat: Chat) => void
}

/** What an agent has typed, and whether it is to be a note. */
export type Draft = { readonly body: string; readonly isNote: boolean }

/** One chat on the agent's page. */
export type ChatView = {
  readonly element: HTMLElement
  draft(): Draft
  close(): void
}

/** Shows a chat to an agent, with all that they may do with it. */
export function openChatView({
  transport,
  store,
  chat,
  viewer,
  draft,
  forms,
  words,
  formats,
  fail,
  changed,
}: Options): ChatView {
  const isDesk = ({ kind }: Actor): boolean => kind !== 'CUSTOMER'
  const log = createMessageLog({
    words,
    formats,
    isOwn: ({ kind, userId }) => kind === 'AGENT' && userId === viewer,
    nameOf: ({ name, kind }) => name ?? (kind === 'CUSTOMER' ? words.customer : words.agent),
    readBy: 'customer',
    showFile: (file) => showFile({ transport, server: location.origin, words }, file),
    fail,
  })
  const heading = h('h2', { dir: 'auto' }, customerOf(chat))
  const state = h('p', { class: 'chat-state', role: 'status' })
  const note = h('input', { type: 'checkbox', id: 'note' })
  const text = h('textarea', { rows: '2', dir: 'auto', 'aria-label': words.write })
  note.checked = draft?.isNote ?? false
  text.value = draft?.body ?? ''
  const attachPlace = h('div')
  /** A note is one message: the next one goes to the customer again. */
  const write = (body: string): void => {
    session.write(body, note.checked ? 'NOTE' : 'TEXT')
    if (!note.disabled) note.checked = false
  }
  // Before the form: a suggestion that is chosen by Enter is not sent.
  const picker = createReplyPicker({ transport, chatId: chat.id, field: text, fail })
  const articles = createArticlePlace({ transport, chatId: chat.id, field: text, note, fail })
  const composer = textForm(
    { class: 'composer', field: text, take: (body) => write(body), words, formats },
    attachPlace,
    articles.button,
    text,
    h('label', { for: 'note' }, note, ' ', words.note),
    h('button', { class: 'primary' }, words.send),
  )

  const actions = createChatActions({ transport, chat, viewer, forms })
  const show = (): void => {
    const { chat: now } = session.conversation
    calls.show(now, session.conversation.calls)
    log.show(session)
    panel.show(now)
    actions.show(now)
    setText(state, stateOf(now, viewer))
    const { isMine, speaks } = partOf(now, viewer)
    // What was typed when the customer ended the chat stays in sight.
    composer.hidden =
      tools.above.hidden =
      articlePlace.hidden =
        !isMine || (now.status === 'CLOSED' && text.value.trim() === '')
    takeNotesOnly(isMine && !speaks)
    if (document.visibilityState === 'visible' && speaks) session.seen()
    changed(now)
  }
  /** Who observes a chat writes to the desk alone. */
  const takeNotesOnly = (only: boolean): void => {
    if (only !== note.disabled) note.checked = only
    note.disabled = only
  }
  const session = openSession({
    transport,
    store,
    chat,
    side: 'desk',
    agent: viewer,
    isOwn: isDesk,
    changed: () => show(),
    delayed: fail,
    ended: fail,
  })
  const panel = createCustomerPanel({ transport, chat, formats, fail })
  const calls = createCallPanel({ transport, side: 'desk', agent: viewer, words, command: session.command, fail })
  document.addEventListener('visibilitychange', show)
  const articlePlace = h('div', {}, articles.element)
  const element = h('div', { class: 'conversation' })
  const tools = openComposer({
    transport,
    session,
    words,
    server: location.origin,
    field: text,
    area: element,
    isShown: () => !note.checked,
  })
  attachPlace.replaceChildren(tools.button)
  element.append(
    heading,
    state,
    actions.element,
    calls.element,
    log.element,
    tools.above,
    articlePlace,
    picker.element,
    composer,
  )
  show()
  return {
    element: h('div', { class: 'chat-beside' }, element, panel.element),
    draft: () => ({ body: text.value, isNote: note.checked }),
    close: () => {
      document.removeEventListener('visibilitychange', show)
      tools.close()
      calls.close()
      panel.close()
      session.close()
    },
  }
}

/** What an agent may do with a chat, and why something was not done. */
type ChatActions = { readonly element: HTMLElement; show(chat: Chat): void }

type ActionsOptions = Pick<Options, 'transport' | 'chat' | 'viewer' | 'forms'>

function createChatActions({ transport, chat, viewer, forms }: ActionsOptions): ChatActions {
  const act = createChatSender(transport, chat.id)
  const problem = h('p', { class: 'problem', role: 'alert', dir: 'auto' })
  const press = async (name: ChatMutation, input: object): Promise<void> => {
    setText(problem, '')
    setText(problem, (await act(name, input)) ?? '')
  }
  const button = (label: string, name: ChatMutation, input: object = {}): HTMLButtonElement =>
    h('button', { type: 'button', onclick: () => void press(name, input) }, label)

  const accept = button('Accept', 'acceptChat')
  const decline = button('Decline', 'declineChat')
  const closing = (label: string, reason: string): HTMLElement =>
    confirmButton({
      label,
      question: `${label}?`,
      yes: 'Yes, close it',
      no: 'No',
      confirmed: () => void press('closeChat', { reason }),
    })
  const [close, spam] = [closing('Close as solved', 'SOLVED'), closing('Close as spam', 'SPAM')] as const
  const join = button('Join', 'joinChat', { role: 'SPEAKER' })
  const observe = button('Observe', 'joinChat', { role: 'OBSERVER' })
  const leave = button('Leave', 'leaveChat')
  const targetField = { label: 'To', choices: () => transferable(transport, viewer) }
  const transfer = actionForm(
    'Transfer',
    [targetField, noteField],
    ([to = '', why = '']) => act('transferChat', { to: targetOf(to), ...(why && { note: why }) }),
    forms,
  )
  const offer = actionForm(
    'Offer a transfer',
    [targetField, { label: 'Button' }],
    ([to = '', label]) =>
      act(
        'sendChatMessage',
        { kind: 'ACTIONS', actions: [{ actionId: 'transfer', label, transferTo: targetOf(to) }] },
        'messageId',
      ),
    forms,
  )
  const colleagueField = { label: 'Colleague', choices: () => invitable(transport, viewer) }
  const invite = actionForm(
    'Invite',
    [colleagueField, noteField],
    ([to = '', why = '']) => act('inviteToChat', { ...targetOf(to), ...(why && { note: why }) }),
    forms,
  )
  const convert = actionForm(
    'Convert to a ticket',
    [{ label: 'Subject' }],
    ([subject = '']) => act('convertChat', { subject }),
    forms,
  )

  const element = h(
    'div',
    { class: 'chat-actions' },
    accept,
    decline,
    join,
    observe,
    leave,
    close,
    spam,
    transfer,
    offer,
    invite,
    convert,
    problem,
  )
  const show = (now: Chat): void => {
    const { isAgent, hasJoined, isMine, speaks } = partOf(now, viewer)
    const isClosed = now.status === 'CLOSED'
    const mayJoin = now.status === 'ACTIVE' || (!isClosed && isInvited(now, viewer))
    const isOfferedToOthers = now.offer !== null && now.offer.agent.userId !== viewer
    accept.hidden = isClosed || isOfferedToOthers || (now.status === 'ACTIVE' && (isAgent || !now.transfer))
    // What has been offered already can be accepted.
    accept.disabled = now.customerAway === true && now.offer === null
    decline.hidden = now.offer?.agent.userId !== viewer && now.transfer?.agent?.userId !== viewer
    for (const one of [close, spam, transfer, offer, invite]) one.hidden = isClosed || !isMine
    join.hidden = !mayJoin || speaks
    observe.hidden = !mayJoin || isMine
    leave.hidden = isClosed || isAgent || !hasJoined
    convert.hidden = now.ticket !== null || (!isMine && !isClosed)
  }
  return { element, show }
}

/** Sends a command about a chat; returns in words why it was not done. */
type SendChatCommand = (name: ChatMutation, input?: object, idName?: 'messageId') => Promise<string | undefined>

function createChatSender(transport: Transport, chatId: string): SendChatCommand {
  const sendCommand = createSender()
  return async (name, input = {}, idName) => {
    try {
      return await sendCommand([name, input], async (commandId) => {
        const { result } = await transport.ask<Result>(documents[name], {
          input: { commandId, chatId, ...(idName && { [idName]: commandId }), ...input },
        })
        return refusalIn(result.userErrors) && result.userErrors[0]?.message
      })
    } catch (error) {
      return `Not done: ${codeOf(error)}`
    }
  }
}

/** The part that an agent takes in a chat. */
const partOf = (chat: Chat, viewer: string) => {
  const isAgent = chat.agent?.userId === viewer
  const hasJoined = chat.participants.some(({ agent, joined }) => joined && agent.userId === viewer)
  return { isAgent, hasJoined, isMine: isAgent || hasJoined, speaks: speaksIn(chat, viewer) }
}

/** How a chat stands, in one line. */
const stateOf = (chat: Chat, viewer: string): string =>
  [
    chat.status.toLowerCase(),
    ...(chat.agent ? [chat.agent.name ?? chat.agent.userId] : []),
    ...(chat.customerAway ? ['not connected now; keeps its place for a moment'] : []),
    ...(chat.offer ? [offerOf(chat.offer, viewer)] : []),
    ...(chat.transfer ? [`transfer to ${nameOf(chat.transfer)}`] : []),
    ...(chat.closeReason === null ? [] : [chat.closeReason.toLowerCase()]),
    ...(chat.rating
      ? [`★ ${chat.rating.rating}${chat.rating.comment === null ? '' : ` “${chat.rating.comment}”`}`]
      : []),
    ...(chat.ticket ? [`ticket ${chat.ticket.id}`] : []),
  ].join(' · ')

const noteField = { label: 'Note', optional: true } as const

const nameOf = ({ agent, team, level }: NonNullable<Chat['transfer']>): string =>
  agent ? (agent.name ?? agent.userId) : (team ?? `level ${level}`)
