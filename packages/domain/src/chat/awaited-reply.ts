import type { Instant } from '../kernel/time.ts'
import type { WithCalls } from './call.ts'
import { isConnected, openCall } from './call.ts'
import type { ChatSide } from './vocabulary.ts'

/** A reply that one side awaits from the other. */
export type AwaitedReply = {
  readonly from: ChatSide
  readonly since: Instant
  /** Counts the waits of the chat, from 1. */
  readonly cycle: number
  /** Whether the desk is late with it, or the customer was warned. */
  readonly overdue: boolean
  /** When the chat is closed for want of the customer's answer, once they were warned. */
  readonly closesAt?: Instant
}

/** The part of a chat that says who awaits a reply. */
type Awaiting = { readonly awaitedReply: AwaitedReply; readonly answeredAt?: Instant | undefined }

/** A reply is awaited from a side from now on, unless it already is. The customer's clock begins again with every message. */
export function nowAwaited(from: ChatSide, { awaitedReply }: Awaiting, since: Instant): Pick<Awaiting, 'awaitedReply'> {
  if (from === 'desk' && awaitedReply.from === 'desk') return { awaitedReply }
  return { awaitedReply: { from, since, cycle: awaitedReply.cycle + 1, overdue: false } }
}

/** What the customer writes while they talk with the desk is answered by the call. */
export const customerWrote = (chat: Awaiting & WithCalls, at: Instant): Partial<Awaiting> =>
  isConnected(chat) ? {} : nowAwaited('desk', chat, at)

/** Somebody of the desk has answered: by a message, or by a call that is connected. */
export const deskAnswered = (chat: Awaiting & WithCalls, at: Instant): Partial<Awaiting> => ({
  answeredAt: chat.answeredAt ?? at,
  ...nowAwaited('customer', chat, at),
})

/** From the end of a call on, the customer's time to write runs again. */
export const afterCall = (chat: Awaiting & WithCalls, at: Instant): Partial<Awaiting> =>
  openCall(chat)?.acceptedAt !== undefined && chat.awaitedReply.from === 'customer'
    ? nowAwaited('customer', chat, at)
    : {}

/** The time of a customer whose reply is awaited begins again when another agent has come. */
export const restartedWait = ({ awaitedReply: { from, since, cycle } }: Awaiting): Partial<Awaiting> =>
  from === 'customer' ? { awaitedReply: { from, since, cycle: cycle + 1, overdue: false } } : {}
