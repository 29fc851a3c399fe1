import { newId } from '../connection/command-ids.ts'
import { documents } from '../connection/documents.ts'
import type { Transport } from '../connection/transport.ts'

/** What a side of a call needs to connect to the other. */
type PeerOptions = {
  readonly transport: Transport
  readonly chatId: string
  readonly callId: string
  readonly iceServers: readonly RTCIceServer[]
  /** The polite side gives way when both offer at once: the visitor's. */
  readonly polite: boolean
  /** The other side's sound and picture. */
  readonly showStream: (stream: MediaStream) => void
  readonly connected: () => void
  /** No connection can be made, or it broke for good. */
  readonly failed: () => void
  /** Another page of this side has taken the call over. */
  readonly replaced: () => void
}

/** One side of a call by WebRTC. */
export type Peer = {
  /** Sends a track to the other side; returns a function that ends that. */
  add(track: MediaStreamTrack, stream: MediaStream): () => void
  close(): void
}

type Signal = {
  /** The page that sends it, and the page that it is for: a page that was loaded again is another one. */
  readonly from: string
  readonly to?: string
  /** The other side is connected to a later page now. */
  readonly replaced?: true
  readonly description?: RTCSessionDescriptionInit
  readonly candidate?: RTCIceCandidateInit
}

/** How long two pages may take to agree before one begins anew, in milliseconds; twice as long each further time, up to a limit. */
const agreeMs = 15_000
const longestAgreeMs = 60_000

/** How long a connection that has failed is tried again before the call ends: a page that is loaded again takes a while. */
const reconnectMs = 30_000

/**
 * Connects two browsers. A page says that it is there; each side then opens a connection to the other's latest page, by “perfect
 * negotiation”: both may offer at any time, and the polite one gives way. The desk passes signals on in their order; after a
 * lost connection to it known ones come again, and are dropped by their ids. Signals are stored nowhere and may be lost: a
 * page that is not connected in time begins anew, like one that was loaded again.
 */
export function connectPeer(options: PeerOptions): Peer {
  const { transport, chatId, callId } = options
  let self = newId()
  const signalIds = new Set<string>()
  const tracks = new Map<MediaStreamTrack, MediaStream>()
  let other: string | undefined
  let link: Link | undefined
  let closed = false
  let restarting: ReturnType<typeof setTimeout> | undefined
  let givingUp: ReturnType<typeof setTimeout> | undefined
  let longestMs = agreeMs
  let outgoing: Promise<unknown> = Promise.resolve()
  let incoming: Promise<unknown> = Promise.resolve()

  /** Signals are sent one after another, each until the server has it. */
  const send = (signal: Omit<Signal, 'from'>): void => {
    const data = JSON.stringify({ ...signal, from: self } satisfies Signal)
    const input = { chatId, callId, signalId: newId(), data }
    const attempt = async (): Promise<void> => {
      for (let tries = 0; !closed; tries++) {
        try {
          await transport.ask(documents.sendChatCallSignal, { input })
          return
        } catch {
          await transport.pause(tries)
        }
      }
    }
    outgoing = outgoing.then(attempt)
  }

  const restart = (): void => {
    longestMs = Math.min(2 * longestMs, longestAgreeMs)
    if (other !== undefined) giveUpLater()
    self = newId()
    other = undefined
    link?.close()
    link = undefined
    restarting = undefined
    begin()
  }
  /** An answer or a hello may have been lost. */
  const restartLater = (): void => {
    if (!closed) restarting ??= setTimeout(restart, longestMs)
  }
  const begin = (): void => {
    send({})
    restartLater()
  }
  const giveUpLater = (): void => {
    givingUp ??= setTimeout(options.failed, reconnectMs)
  }
  const cancelRestart = (): void => {
    clearTimeout(restarting)
    restarting = undefined
  }
  const recover = (): void => {
    clearTimeout(givingUp)
    givingUp = undefined
    longestMs = agreeMs
  }
  const changed = ({ connectionState, signalingState }: RTCPeerConnection): void => {
    if (connectionState === 'failed') giveUpLater()
    if (connectionState === 'connected') recover()
    // Without tracks of either side there is nothing to agree on.
    if (signalingState === 'stable' && ['new', 'connected'].includes(connectionState)) cancelRestart()
    else restartLater()
  }

  const receive = async ({ from, to, replaced, description, candidate }: Signal): Promise<void> => {
    if (closed || (to !== undefined && to !== self)) return
    if (replaced) return options.replaced()
    if (!description && !candidate) {
      if (to === undefined) send({ to: from })
      if (from === other) return
      if (other !== undefined) send({ to: other, replaced: true })
      other = from
      link?.close()
      cancelRestart()
      link = openLink({ ...options, tracks, changed, send: (signal) => send({ ...signal, to: from }) })
      return
    }
    if (from !== other) return
    if (description) await link?.describe(description)
    if (candidate) await link?.reach(candidate)
  }

  const leave = transport.follow<{ readonly chatCallSignalled: { readonly signalId: string; readonly data: string } }>(
    documents.chatCallSignalled,
    () => ({ chatId, callId }),
    {
      next: ({ chatCallSignalled: { signalId, data } }) => {
        if (signalIds.has(signalId)) return
        signalIds.add(signalId)
        // A signal that does not fit, such as a candidate of an offer that was dropped, must not end the call.
        incoming = incoming.then(() => receive(JSON.parse(data) as Signal)).catch(() => undefined)
      },
      refused: () => undefined,
    },
  )
  begin()

  return {
    add: (track, stream) => {
      tracks.set(track, stream)
      link?.add(track, stream)
      return () => {
        tracks.delete(track)
        link?.remove(track)
      }
    },
    close: () => {
      closed = true
      cancelRestart()
      recover()
      leave()
      link?.close()
    },
  }
}

type Link = {
  describe(description: RTCSessionDescriptionInit): Promise<void>
  reach(candidate: RTCIceCandidateInit): Promise<void>
  add(track: MediaStreamTrack, stream: MediaStream): void
  remove(track: MediaStreamTrack): void
  close(): void
}

type LinkOptions = Pick<PeerOptions, 'iceServers' | 'polite' | 'showStream' | 'connected'> & {
  readonly changed: (connection: RTCPeerConnection) => void
  readonly tracks: ReadonlyMap<MediaStreamTrack, MediaStream>
  readonly send: (signal: Pick<Signal, 'description' | 'candidate'>) => void
}

/** A connection to one page of the other side. */
function openLink({ iceServers, polite, showStream, connected, changed, tracks, send }: LinkOptions): Link {
  const connection = new RTCPeerConnection({ iceServers: [...iceServers] })
  const early: RTCIceCandidateInit[] = []
  let offering = false
  let ignoring = false

  const sendDescription = (): void => {
    if (connection.localDescription) send({ description: connection.localDescription.toJSON() })
  }
  connection.onnegotiationneeded = async () => {
    offering = true
    try {
      await connection.setLocalDescription()
      sendDescription()
    } finally {
      offering = false
    }
  }
  connection.onicecandidate = ({ candidate }) => {
    if (candidate) send({ candidate: candidate.toJSON() })
  }
  connection.ontrack = ({ streams, track }) => showStream(streams[0] ?? new MediaStream([track]))
  connection.onsignalingstatechange = () => changed(connection)
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === 'connected') connected()
    if (connection.connectionState === 'failed') connection.restartIce()
    changed(connection)
  }
  connection.oniceconnectionstatechange = () => {
    if (connection.iceConnectionState === 'disconnected') connection.restartIce()
  }
  for (const [track, stream] of tracks) connection.addTrack(track, stream)

  return {
    describe: async (description) => {
      const collides = description.type === 'offer' && (offering || connection.signalingState !== 'stable')
      ignoring = !polite && collides
      if (ignoring) return
      await connection.setRemoteDescription(description)
      for (const candidate of early.splice(0)) await connection.addIceCandidate(candidate)
      if (description.type !== 'offer') return
      await connection.setLocalDescription()
      sendDescription()
    },
    reach: async (candidate) => {
      if (!connection.remoteDescription) early.push(candidate)
      else if (!ignoring) await connection.addIceCandidate(candidate)
    },
    add: (track, stream) => void connection.addTrack(track, stream),
    remove: (track) => {
      const sender = connection.getSenders().find((each) => each.track === track)
      if (sender && connection.signalingState !== 'closed') connection.removeTrack(sender)
    },
    close: () => connection.close(),
  }
}
