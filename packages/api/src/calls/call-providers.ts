import { createHmac } from 'node:crypto'
import type { CallKind, CallProvider, CallSeat, IceServer } from '@guichet/domain'

type WebRtcOptions = {
  /** Addresses of STUN servers, such as `stun:stun.example:3478`. */
  readonly stun: readonly string[]
  /** TURN servers, and the secret that they share with the desk (`static-auth-secret` of coturn). */
  readonly turn: { readonly urls: readonly string[]; readonly secret: string } | undefined
}

/**
 * Calls from browser to browser. Each side has a user of the TURN servers that expires with the call, as the REST API of TURN
 * proposes (draft-uberti-behave-turn-rest-00). It does not carry remote help: no browser lets a page operate the screen.
 */
export const webRtcCalls = ({ stun, turn }: WebRtcOptions): CallProvider => ({
  carries: (kind) => kind !== 'remote',
  connect: async (seat) => ({
    kind: 'webrtc',
    iceServers: [...(stun.length > 0 ? [{ urls: stun }] : []), ...(turn ? [turnServer(turn, seat)] : [])],
  }),
})

function turnServer({ urls, secret }: NonNullable<WebRtcOptions['turn']>, seat: CallSeat): IceServer {
  const username = `${secondsOf(seat)}:${seatNumber(secret, seat)}`
  return { urls, username, credential: createHmac('sha1', secret).update(username).digest('base64') }
}

type PageOptions = {
  /** The address of the provider's page, with `{room}` and, if it asks for one, `{token}`. */
  readonly url: string
  /** The secret from which rooms follow, and with which tokens are signed (HS256), at least 32 bytes. */
  readonly secret: string
}

/**
 * Calls at the page of a provider, such as a Jitsi of one's own, or a tool for remote help. The room cannot be guessed, and the
 * token names it (`room`), the side (`side`), and the end of the call (`exp`).
 */
export const pageCalls = ({ url, secret }: PageOptions): CallProvider => ({
  carries: () => true,
  connect: async (seat) => {
    const room = keyed(secret, 'room', seat.chatId, seat.callId)
    const { SignJWT } = await import('jose')
    const token = await new SignJWT({ room, side: seat.side, kind: seat.kind })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(seatNumber(secret, seat))
      .setExpirationTime(secondsOf(seat))
      .sign(new TextEncoder().encode(secret))
    return { kind: 'page', url: url.replaceAll('{room}', room).replaceAll('{token}', token) }
  },
})

/** Gives each kind of call to the first provider that carries it. */
export const firstCarrying = (providers: readonly CallProvider[]): CallProvider => {
  const carrying = (kind: CallKind): CallProvider | undefined => providers.find((provider) => provider.carries(kind))
  return {
    carries: (kind) => carrying(kind) !== undefined,
    connect: async (seat) => {
      const provider = carrying(seat.kind)
      if (!provider) throw new Error(`no provider carries calls of the kind ${seat.kind}`)
      return provider.connect(seat)
    },
  }
}

const secondsOf = ({ endsAt }: CallSeat): number => Math.ceil(Date.parse(endsAt) / 1_000)

const seatNumber = (secret: string, { chatId, callId, side }: CallSeat): string =>
  keyed(secret, side, chatId, callId).slice(0, 16)

const keyed = (secret: string, ...parts: readonly string[]): string =>
  createHmac('sha256', secret).update(JSON.stringify(parts)).digest('hex').slice(0, 32)
