import { newId } from '../connection/command-ids.ts'
import type { Call, CallKind, Chat, ChatMutation } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import { h, setText } from '../page/dom.ts'
import type { Peer } from './peer.ts'
import { connectPeer } from './peer.ts'
import { tabStorage } from '../connection/storage.ts'
import type { Transport } from '../connection/transport.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

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

type Connection = {
  readonly iceServers: readonly { urls: string[]; username: string | null; credential: string | null }[] | null
  readonly url: string | null
}

/** Where a tab remembers the call that it takes part in, so that it goes on after a reload. */
const callKey = 'guichet-call'

/** Adds the calls of a chat to a page. Only the tab that has asked for a call, accepted or joined it opens its camera. */
export function createCallPanel({ transport, side, agent, words, command, fail }: Options): CallPanel {
  const state = h('p', { class: 'call-state', role: 'status', dir: 'auto' })
  const theirs = h('video', { autoplay: true, playsinline: true, class: 'theirs', 'aria-label': words.theirPicture })
  const ours = h('video', { autoplay: true, playsinline: true, class: 'ours', 'aria-label': words.yourPicture })
  ours.muted = true
  const page = h('a', { class: 'call-page', target: '_blank', rel: 'noopener noreferrer' }, words.joinCall)
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
  const share = makeButton(words.shareScreen, () => void shareScreen())
  const joinHere = makeButton(words.joinCall, () => joinOpen())
  const withdraw = makeButton(words.withdrawConsent, () => open && act('withdrawChatCallRecording', named(open)))
  const element = h(
    'div',
    { class: 'call', hidden: true },
    state,
    consenting,
    theirs,
    ours,
    page,
    h('div', { class: 'chat-actions' }, accept, decline, joinHere, share, withdraw, hangUp),
    asks,
  )

  const tab = tabStorage()
  let chatId = ''
  let open: Call | undefined
  /** The call that this page is connected to, and what it holds. */
  let joined: { readonly callId: string; peer?: Peer; readonly streams: MediaStream[] } | undefined
  let unshare: (() => void) | undefined

  const named = ({ callId }: Call) => ({ callId })
  const act = (name: ChatMutation, input: object): void =>
    void command(name, input).then(fail, () => fail('unavailable'))

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
    void join(open, leaveAgain).then(show)
    show()
  }
  /** Another tab or device of this side goes on with the call. */
  const leaveToOther = (): void => {
    tab.removeItem(callKey)
    leave()
    show()
  }

  const isIn = ({ agent: theirAgent, acceptedAt }: Call): boolean =>
    acceptedAt !== null && (side === 'customer' || theirAgent?.userId === agent)

  const leave = (): void => {
    const stop = unshare
    unshare = undefined
    stop?.()
    joined?.peer?.close()
    for (const stream of joined?.streams ?? []) for (const track of stream.getTracks()) track.stop()
    joined = undefined
    theirs.srcObject = null
    ours.srcObject = null
    page.removeAttribute('href')
  }

  const endFailed = (call: Call): void => act('endChatCall', { ...named(call), failed: true })

  /** `without` is called when there is no camera, or it was not allowed. */
  const join = async (call: Call, without: (call: Call) => void = endFailed): Promise<void> => {
    const mine: NonNullable<typeof joined> = { callId: call.callId, streams: [] }
    joined = mine
    try {
      const connection = await connectionOf(call.callId)
      if (joined !== mine || !connection) return
      if (connection.url !== null) {
        page.href = connection.url
        page.hidden = false
        return
      }
      const stream = await ownStream(call.kind)
      if (joined !== mine) return stream?.getTracks().forEach((track) => track.stop())
      mine.peer = connectPeer({
        transport,
        chatId,
        callId: call.callId,
        iceServers: (connection.iceServers ?? []).map(({ urls, username, credential }) => ({
          urls,
          ...(username !== null && { username }),
          ...(credential !== null && { credential }),
        })),
        polite: side === 'customer',
        showStream: (media) => (theirs.srcObject = media),
        connected: () => act('connectChatCall', named(call)),
        failed: () => endFailed(call),
        replaced: leaveToOther,
      })
      if (!stream) return
      mine.streams.push(stream)
      ours.srcObject = stream
      for (const track of stream.getTracks()) mine.peer.add(track, stream)
    } catch {
      if (joined === mine) without(call)
    }
  }

  const connectionOf = async (callId: string): Promise<Connection | null> => {
    type Answer = {
      readonly chat: { readonly calls: readonly (Call & { readonly setup: Connection | null })[] } | null
    }
    const { chat } = await transport.ask<Answer>(documents.callSetup, { id: chatId })
    return chat?.calls.find((each) => each.callId === callId)?.setup ?? null
  }

  /** A shared screen begins without a stream: browsers share one only when a button is pressed. */
  const ownStream = async (kind: CallKind): Promise<MediaStream | undefined> =>
    kind === 'SCREEN' ? undefined : navigator.mediaDevices.getUserMedia({ audio: true, video: kind === 'VIDEO' })

  const sharesScreen = ({ kind }: Call): boolean => kind === 'VIDEO' || (kind === 'SCREEN' && side === 'customer')

  const shareScreen = async (): Promise<void> => {
    const current = joined
    if (!current?.peer) return
    if (unshare) return unshare()
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: true })
      const [track] = stream.getVideoTracks()
      if (!track || joined !== current) return stream.getTracks().forEach((each) => each.stop())
      current.streams.push(stream)
      const remove = current.peer.add(track, stream)
      if (!ours.srcObject) ours.srcObject = stream
      const stop = (): void => {
        remove()
        track.stop()
        if (unshare !== stop) return
        unshare = undefined
        if (ours.srcObject === stream) ours.srcObject = null
        show()
      }
      unshare = stop
      track.addEventListener('ended', stop)
      show()
    } catch {
      fail('screen_not_shared')
    }
  }

  const show = (): void => {
    const isRinging = open !== undefined && open.acceptedAt === null
    const isOwn = open !== undefined && (open.side === 'CUSTOMER') === (side === 'customer')
    const inside = open !== undefined && isIn(open)
    accept.hidden = !isRinging || isOwn
    decline.hidden = !isRinging || isOwn
    hangUp.hidden = !(inside || (isRinging && isOwn))
    consenting.hidden = !(isRinging && !isOwn && open?.recorded)
    withdraw.hidden = !inside || !open?.recorded
    joinHere.hidden = !inside || joined !== undefined
    share.hidden = !open || !inside || !sharesScreen(open) || !joined?.peer
    setText(share, unshare ? words.stopSharing : words.shareScreen)
    for (const video of [theirs, ours]) video.hidden = !inside || !video.srcObject
    page.hidden = !inside || !page.href
    asks.hidden = open !== undefined
    setText(state, stateText(isRinging, isOwn, inside))
  }

  const stateText = (isRinging: boolean, isOwn: boolean, inside: boolean): string => {
    if (!open) return ''
    if (isRinging) return isOwn ? words.calling : fill(words.called, open.agent?.name ?? words.customer)
    if (!inside) return words.callOfOther
    return `${words.inCall}${open.recorded ? ` ${words.recorded}` : ''}`
  }

  for (const video of [theirs, ours]) video.addEventListener('loadedmetadata', show)

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
      if (joined && joined.callId !== open?.callId) leave()
      if (open && !joined && isIn(open) && tab.getItem(callKey) === open.callId) void join(open).then(show)
      show()
    },
    close: leave,
  }
}
