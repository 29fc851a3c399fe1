import { newId } from '../connection/command-ids.ts'
import type { Call, CallKind, Chat, ChatMutation } from '../connection/documents.ts'
import { h, setText } from '../page/dom.ts'
import { tabStorage } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'
import { createCallMedia } from './call-media.ts'

type Options = {
  readonly transport: Transport
  readonly side: 'customer' | 'desk'
  /** The id of the agent; undefined for the visitor. */
  readonly agent?: string
  readonly words: Words
  /** Sends a command about the chat; returns the code of a refusal. */
  readonly command: (name: ChatMutation, input: object) => Promise<string | undefined>
  readonly fail: (code: string | undefined) => void
}

/** The calls of a chat: asking, answering, and the picture of the one that goes on. */
export type CallPanel = {
  readonly element: HTMLElement
  /** Shows the chat as it is now. */
  show(chat: Chat, calls: readonly Call[]): void
  close(): void
}

/** Where a tab remembers the call that it takes part in, so that it goes on after a reload. */
const callKey = 'guichet-call'

/** Adds the calls of a chat to a page. Only the tab that has asked for a call, accepted or joined it opens its camera. */
export function createCallPanel({ transport, side, agent, words, command, fail }: Options): CallPanel {
  const act = (name: ChatMutation, input: object): void =>
    void command(name, input).then(fail, () => fail('unavailable'))
  const changed = (): void => show()
  const replaced = (): void => leaveToOther()
  const media = createCallMedia({ transport, side, words, act, fail, replaced, changed })
  const state = h('p', { class: 'call-state', role: 'status', dir: 'auto' })
  const consent = h('input', { type: 'checkbox', id: 'consent' })
  const consenting = h('label', { for: 'consent' }, consent, ' ', words.consent)
  const ask = (kind: CallKind, label: string): HTMLButtonElement =>
    h('button', { type: 'button', onclick: () => take('requestChatCall', newId(), { kind }) }, label)
  const kinds = {
    VOICE: ask('VOICE', words.voiceCall),
    VIDEO: ask('VIDEO', words.videoCall),
    SCREEN: ask('SCREEN', words.screenCall),
    REMOTE: ask('REMOTE', words.remoteCall),
  }
  const asks = h('div', { class: 'chat-actions' }, ...Object.values(kinds))
  const makeButton = (label: string, act: () => void): HTMLButtonElement =>
    h('button', { type: 'button', onclick: act }, label)
  const accept = makeButton(
    words.acceptCall,
    () => open && take('acceptChatCall', open.callId, { recorded: consent.checked }),
  )
  const decline = makeButton(words.declineCall, () => open && act('endChatCall', named(open)))
  const hangUp = makeButton(words.hangUp, () => open && act('endChatCall', named(open)))
  const share = makeButton(words.shareScreen, () => void media.shareScreen())
  const joinHere = makeButton(words.joinCall, () => joinOpen())
  const withdraw = makeButton(words.withdrawConsent, () => open && act('withdrawChatCallRecording', named(open)))
  const element = h(
    'div',
    { class: 'call', hidden: true },
    state,
    consenting,
    media.theirs,
    media.ours,
    media.page,
    h('div', { class: 'chat-actions' }, accept, decline, joinHere, share, withdraw, hangUp),
    asks,
  )

  const tab = tabStorage()
  let chatId = ''
  let open: Call | undefined

  const named = ({ callId }: Call) => ({ callId })

  /** Asks for a call or accepts one: this tab takes part in it. */
  const take = (name: 'requestChatCall' | 'acceptChatCall', callId: string, input: object): void => {
    tab.setItem(callKey, callId)
    act(name, { callId, ...input })
  }
  const joinOpen = (): void => {
    if (!open) return
    tab.setItem(callKey, open.callId)
    const leaveAgain = (): void => {
      leaveToOther()
      fail('call_not_joined')
    }
    void media.join(chatId, open, leaveAgain).then(show)
    show()
  }
  /** Another tab or device of this side goes on with the call. */
  const leaveToOther = (): void => {
    tab.removeItem(callKey)
    media.leave()
    show()
  }

  const isIn = ({ agent: theirAgent, acceptedAt }: Call): boolean =>
    acceptedAt !== null && (side === 'customer' || theirAgent?.userId === agent)

  const sharesScreen = ({ kind }: Call): boolean => kind === 'VIDEO' || (kind === 'SCREEN' && side === 'customer')

  const show = (): void => {
    const isRinging = open !== undefined && open.acceptedAt === null
    const isOwn = open !== undefined && (open.side === 'CUSTOMER') === (side === 'customer')
    const inside = open !== undefined && isIn(open)
    accept.hidden = !isRinging || isOwn
    decline.hidden = !isRinging || isOwn
    hangUp.hidden = !(inside || (isRinging && isOwn))
    consenting.hidden = !(isRinging && !isOwn && open?.recorded)
    withdraw.hidden = !inside || !open?.recorded
    joinHere.hidden = !inside || media.joinedId() !== undefined
    share.hidden = !open || !inside || !sharesScreen(open) || !media.isConnected()
    setText(share, media.isSharing() ? words.stopSharing : words.shareScreen)
    media.show(inside)
    asks.hidden = open !== undefined
    setText(state, stateText(isRinging, isOwn, inside))
  }

  const stateText = (isRinging: boolean, isOwn: boolean, inside: boolean): string => {
    if (!open) return ''
    if (isRinging) return isOwn ? words.calling : fill(words.called, open.agent?.name ?? words.customer)
    if (!inside) return words.callOfOther
    return `${words.inCall}${open.recorded ? ` ${words.recorded}` : ''}`
  }

  return {
    element,
    show: (chat, calls) => {
      chatId = chat.id
      const before = open?.callId
      open = calls.find(({ endedAt }) => endedAt === null)
      // Consent is to one call, and given anew for the next.
      if (open?.callId !== before) consent.checked = false
      for (const [kind, button] of Object.entries(kinds)) button.hidden = !chat.callKinds.includes(kind as CallKind)
      element.hidden = chat.status !== 'ACTIVE' || (open === undefined && chat.callKinds.length === 0)
      const joinedId = media.joinedId()
      if (joinedId !== undefined && joinedId !== open?.callId) media.leave()
      if (open && media.joinedId() === undefined && isIn(open) && tab.getItem(callKey) === open.callId)
        void media.join(chatId, open).then(show)
      show()
    },
    close: media.leave,
  }
}
