import { inWords, words as agentWords } from './agent-language.ts'
import { actionForm } from './action-form.ts'
import { agentDocuments } from './agent-documents.ts'
import { createArticlePlace } from './article-place.ts'
import { showFile } from '../conversation/attachments.ts'
import { createSender, newId } from '../connection/command-ids.ts'
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
import type { Unsent } from '../conversation/outbox.ts'
import { openSession } from '../conversation/session.ts'
import type { Store } from '../connection/storage.ts'
import { textForm } from '../page/text-form.ts'
import type { TranslationPanel } from './translation-panel.ts'
import type { Transport } from '../connection/transport.ts'
import { codeOf, refusalIn } from '../connection/refusals.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

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
  let translation: TranslationPanel | undefined
  /** What nobody need translate loads nothing. */
  const translate = async (): Promise<void> => {
    const { chat: read } = await transport.ask<WorkingLanguage>(agentDocuments.workingLanguage, { id: chat.id })
    if (!read?.workingLanguage) return
    const { openTranslation } = await import('./translation-panel.ts')
    if (!element.isConnected) return
    const write = (body: string, original: Unsent['original']): void => session.write(body, 'TEXT', newId(), original)
    const failed = (error: unknown): void => fail(codeOf(error))
    const parts = { h, words: agentWords.translation, transport, chatId: chat.id, log: log.element, field: text, note }
    translation = openTranslation({ ...parts, ...read, workingLanguage: read.workingLanguage, write, fail: failed })
    articlePlace.append(translation.element)
  }
  void translate().catch((error: unknown) => fail(codeOf(error)))
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
      translation?.close()
      tools.close()
      calls.close()
      panel.close()
      session.close()
    },
  }
}

/** The language of a chat, and that in which the agent works on it, where services translate. */
type WorkingLanguage = {
  readonly chat: { readonly language: string; readonly workingLanguage: string | null } | null
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

  const accept = button(agentWords.accept, 'acceptChat')
  const decline = button(agentWords.decline, 'declineChat')
  const closing = (label: string, reason: string): HTMLElement =>
    confirmButton({
      label,
      question: fill(agentWords.closeAsked, label),
      yes: agentWords.closeYes,
      no: agentWords.no,
      confirmed: () => void press('closeChat', { reason }),
    })
  const [close, spam] = [closing(agentWords.closeSolved, 'SOLVED'), closing(agentWords.closeSpam, 'SPAM')] as const
  const join = button(agentWords.join, 'joinChat', { role: 'SPEAKER' })
  const observe = button(agentWords.observe, 'joinChat', { role: 'OBSERVER' })
  const leave = button(agentWords.leave, 'leaveChat')
  const targetField = { label: agentWords.transferTo, choices: () => transferable(transport, viewer) }
  const transfer = actionForm(
    agentWords.transfer,
    [targetField, noteField],
    ([to = '', why = '']) => act('transferChat', { to: targetOf(to), ...(why && { note: why }) }),
    forms,
  )
  const offer = actionForm(
    agentWords.offerTransfer,
    [targetField, { label: agentWords.buttonLabel }],
    ([to = '', label]) =>
      act(
        'sendChatMessage',
        { kind: 'ACTIONS', actions: [{ actionId: 'transfer', label, transferTo: targetOf(to) }] },
        'messageId',
      ),
    forms,
  )
  const colleagueField = { label: agentWords.colleague, choices: () => invitable(transport, viewer) }
  const invite = actionForm(
    agentWords.invite,
    [colleagueField, noteField],
    ([to = '', why = '']) => act('inviteToChat', { ...targetOf(to), ...(why && { note: why }) }),
    forms,
  )
  const convert = actionForm(
    agentWords.convert,
    [{ label: agentWords.subject }],
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
      return fill(agentWords.notDone, codeOf(error))
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
    inWords(chat.status),
    ...(chat.agent ? [chat.agent.name ?? chat.agent.userId] : []),
    ...(chat.customerAway ? [agentWords.away] : []),
    ...(chat.offer ? [offerOf(chat.offer, viewer)] : []),
    ...(chat.transfer ? [fill(agentWords.transferOf, nameOf(chat.transfer))] : []),
    ...(chat.closeReason === null ? [] : [inWords(chat.closeReason)]),
    ...(chat.rating
      ? [`★ ${chat.rating.rating}${chat.rating.comment === null ? '' : ` “${chat.rating.comment}”`}`]
      : []),
    ...(chat.ticket ? [fill(agentWords.ticketOf, chat.ticket.id)] : []),
  ].join(' · ')

const noteField = { label: agentWords.noteLabel, optional: true } as const

const nameOf = ({ agent, team, level }: NonNullable<Chat['transfer']>): string =>
  agent ? (agent.name ?? agent.userId) : (team ?? fill(agentWords.levelOf, String(level)))
