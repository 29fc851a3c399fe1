import type { Instant } from '../kernel/time.ts'
import type { CallKind, ChatSide } from './vocabulary.ts'

/** A place in a call, for one of its two sides. */
export type CallSeat = {
  readonly chatId: string
  readonly callId: string
  readonly kind: CallKind
  readonly side: ChatSide
  /** When the call ends at the latest: nothing that the provider gives is valid for longer. */
  readonly endsAt: Instant
}

/** A server by which two browsers find a way to each other: STUN, or TURN with a user that expires. */
export type IceServer = {
  readonly urls: readonly string[]
  readonly username?: string
  readonly credential?: string
}

/**
 * How a side of a call connects: by WebRTC from browser to browser, for which the desk passes on the signals; or at a page of
 * a provider.
 */
export type CallConnection =
  | { readonly kind: 'webrtc'; readonly iceServers: readonly IceServer[] }
  | { readonly kind: 'page'; readonly url: string }

/**
 * Carries the sound and picture of calls; the history holds only that they took place. What it gives to the sides of one call
 * leads them together, is secret to others, expires with the call, and holds no personal data.
 */
export type CallProvider = {
  /** Whether it carries this kind of call. */
  carries(kind: CallKind): boolean
  /** Returns how a side connects. Repeats are harmless. */
  connect(seat: CallSeat): Promise<CallConnection>
}
