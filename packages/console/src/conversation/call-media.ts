import type { Call, CallKind, ChatMutation } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import type { Transport } from '../connection/transport.ts'
import { h } from '../page/dom.ts'
import type { Words } from '../page/words.ts'
import type { Peer } from './peer.ts'
import { connectPeer } from './peer.ts'

type Options = {
  readonly transport: Transport
  readonly side: 'customer' | 'desk'
  readonly words: Words
  /** Sends a command about the chat, and shows its refusal. */
  readonly act: (name: ChatMutation, input: object) => void
  readonly fail: (code: string) => void
  /** Another tab or device of this side goes on with the call. */
  readonly replaced: () => void
  /** There is a picture, or none any more. */
  readonly changed: () => void
}

/** The part of this page in a call: its camera and screen, the pictures of both sides, and the connection of the two. */
type CallMedia = {
  readonly theirs: HTMLVideoElement
  readonly ours: HTMLVideoElement
  /** Leads to the page of a call that is held elsewhere. */
  readonly page: HTMLAnchorElement
  /** The id of the call that this page takes part in. */
  joinedId(): string | undefined
  /** Whether it is connected with the other page. */
  isConnected(): boolean
  isSharing(): boolean
  /** Takes part in a call. `without` is called when there is no camera, or it was not allowed. */
  join(chatId: string, call: Call, without?: (call: Call) => void): Promise<void>
  leave(): void
  /** Shares the screen, or ends that. */
  shareScreen(): Promise<void>
  /** Shows the pictures, or the way to the page, to those who are in the call. */
  show(inside: boolean): void
}

type Connection = {
  readonly iceServers: readonly { urls: string[]; username: string | null; credential: string | null }[] | null
  readonly url: string | null
}

/** Takes part in one call after another. */
export function createCallMedia({ transport, side, words, act, fail, replaced, changed }: Options): CallMedia {
  const theirs = h('video', { autoplay: true, playsinline: true, class: 'theirs', 'aria-label': words.theirPicture })
  const ours = h('video', { autoplay: true, playsinline: true, class: 'ours', 'aria-label': words.yourPicture })
  ours.muted = true
  const page = h('a', { class: 'call-page', target: '_blank', rel: 'noopener noreferrer' }, words.joinCall)
  /** The call that this page is connected to, and what it holds. */
  let joined: { readonly callId: string; peer?: Peer; readonly streams: MediaStream[] } | undefined
  let unshare: (() => void) | undefined

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

  const endFailed = ({ callId }: Call): void => act('endChatCall', { callId, failed: true })

  const join: CallMedia['join'] = async (chatId, call, without = endFailed) => {
    const mine: NonNullable<typeof joined> = { callId: call.callId, streams: [] }
    joined = mine
    try {
      const connection = await connectionOf(transport, chatId, call.callId)
      if (joined !== mine) return
      if (!connection) return leave()
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
        connected: () => act('connectChatCall', { callId: call.callId }),
        failed: () => endFailed(call),
        replaced,
      })
      if (!stream) return
      mine.streams.push(stream)
      ours.srcObject = stream
      for (const track of stream.getTracks()) mine.peer.add(track, stream)
    } catch {
      if (joined === mine) without(call)
    }
  }

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
        changed()
      }
      unshare = stop
      track.addEventListener('ended', stop)
      changed()
    } catch {
      fail('screen_not_shared')
    }
  }

  for (const video of [theirs, ours]) video.addEventListener('loadedmetadata', changed)

  return {
    theirs,
    ours,
    page,
    joinedId: () => joined?.callId,
    isConnected: () => joined?.peer !== undefined,
    isSharing: () => unshare !== undefined,
    join,
    leave,
    shareScreen,
    show: (inside) => {
      for (const video of [theirs, ours]) video.hidden = !inside || !video.srcObject
      page.hidden = !inside || !page.href
    },
  }
}

async function connectionOf(transport: Transport, chatId: string, callId: string): Promise<Connection | null> {
  type Answer = {
    readonly chat: { readonly calls: readonly (Call & { readonly setup: Connection | null })[] } | null
  }
  const { chat } = await transport.ask<Answer>(documents.callSetup, { id: chatId })
  return chat?.calls.find((each) => each.callId === callId)?.setup ?? null
}

/** A shared screen begins without a stream: browsers share one only when a button is pressed. */
const ownStream = async (kind: CallKind): Promise<MediaStream | undefined> =>
  kind === 'SCREEN' ? undefined : navigator.mediaDevices.getUserMedia({ audio: true, video: kind === 'VIDEO' })
