import type { Instant } from '../kernel/time.ts'
import type { ChatEvent, ChatEventData } from './events.ts'
import type { CallEndReason, CallKind, ChatSide } from './vocabulary.ts'

/** A call in a chat, by its history. Its sides are the customer and one agent. */
export type ChatCall = {
  readonly callId: string
  readonly kind: CallKind
  /** The side that asked for it. */
  readonly side: ChatSide
  /** The one of the desk in it; undefined until somebody accepts the customer's request. */
  readonly agent?: ChatEventData<'ChatCallAccepted'>['agent'] | undefined
  readonly requestedAt: Instant
  readonly expiresAt: Instant
  /** The longest time from acceptance to end, in milliseconds. */
  readonly longest: number
  /** Whether a recording is asked for, and from acceptance on, whether both sides consent to it. */
  readonly recorded: boolean
  readonly acceptedAt?: Instant | undefined
  readonly endsAt?: Instant | undefined
  readonly startedAt?: Instant | undefined
  readonly ended?: { readonly at: Instant; readonly reason: CallEndReason } | undefined
  /** Where its recording is kept. */
  readonly recording?: string | undefined
}

/** A chat, as far as its calls. */
export type WithCalls = {
  /** The latest calls, in the order in which they were asked for. */
  readonly calls: readonly ChatCall[]
  /** How many were asked for. */
  readonly callCount: number
}

/** The most calls that the state of a chat keeps: the latest ones. */
const recentCalls = 20

/** The call of a chat that was asked for and has not ended. */
export const openCall = ({ calls }: WithCalls): ChatCall | undefined => calls.find(({ ended }) => !ended)

/** Since when the sides of a chat have been in a call, connected or not, so that nobody waits for a written answer. */
export const inCallSince = (chat: WithCalls): Instant | undefined => openCall(chat)?.acceptedAt

/** Whether the sides of a chat talk now. */
export const isConnected = (chat: WithCalls): boolean => openCall(chat)?.startedAt !== undefined

/** The calls of a chat after one more event of a call. */
export function withCall(chat: WithCalls, event: CallEvent): WithCalls {
  const { callCount } = chat
  const { at, callId } = event
  if (event.type === 'ChatCallRequested') {
    const { kind, side, agent, recorded, expiresAt, longest } = event
    const call = { callId, kind, side, agent, recorded, expiresAt, longest, requestedAt: at }
    return { calls: [...chat.calls, call].slice(-recentCalls), callCount: callCount + 1 }
  }
  const calls = chat.calls.map((call) => (call.callId === callId ? { ...call, ...changed(event) } : call))
  return { calls, callCount }
}

type CallEvent = Extract<ChatEvent, { readonly callId: string }>

function changed(event: Exclude<CallEvent, { readonly type: 'ChatCallRequested' }>): Partial<ChatCall> {
  const { at } = event
  switch (event.type) {
    case 'ChatCallAccepted':
      return { acceptedAt: at, agent: event.agent, recorded: event.recorded, endsAt: event.endsAt }
    case 'ChatCallStarted':
      return { startedAt: at }
    case 'ChatCallRecordingWithdrawn':
      return { recorded: false }
    case 'ChatCallEnded':
      return { ended: { at, reason: event.reason } }
    case 'ChatCallRecorded':
      return { recording: event.reference }
  }
}
