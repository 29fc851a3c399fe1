import { chatActor } from '../kernel/actor.ts'
import { parseStream } from '../kernel/event.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, throwIfTransient } from '../kernel/refusal.ts'
import type { Customer } from '../person.ts'
import type { HoldingChat } from './chat-reservations.ts'
import { isOpen, reserveChat, settleReservation } from './chat-reservations.ts'
import { settleChat } from './chats.ts'
import { walkHistory } from '../history.ts'
import type { StreamDesk } from './port.ts'
import { completion, untilUndisturbed } from './process.ts'
import { isSurvivorOf } from './survivors.ts'

type ClaimDesk = Pick<StreamDesk, 'engine' | 'read' | 'store'>

/** The customer whom a visitor has proved to be, as a token of the host says. */
export type VisitorClaim = { readonly customer: Customer; readonly plan?: string | undefined }

/**
 * Makes the chats of a visitor those of the customer whom the visitor has proved to be. The visitor's stream records it
 * first: from then on the visitor begins no chat of their own. A repeat, or the reaction to it, completes the rest.
 * Only a token of the host proves it: what a visitor types never does.
 */
export async function claimVisitor(desk: ClaimDesk, visitorId: string, claim: VisitorClaim): Promise<Result<null>> {
  // Whoever has been merged into the visitor is the same person already.
  if (!(await isSurvivorOf(desk, visitorId, claim.customer.id))) {
    const identify = { type: 'identify', ...claim } as const
    const identified = await desk.engine.execute('customer', visitorId, identify, { by: chatActor })
    if (!identified.ok) return identified
  }
  await moveChats(desk, visitorId, claim)
  return accept(null)
}

/**
 * Moves every chat that a visitor has begun. A customer has one open chat: of two, one is closed (`closeOther`).
 * @throws Error when a stream changes too fast, so that its sender tries again.
 */
async function moveChats(desk: ClaimDesk, visitorId: string, claim: VisitorClaim): Promise<void> {
  for (const chatId of await chatsOf(desk, visitorId)) await moveChat(desk, chatId, visitorId, claim)
}

/**
 * Moves a chat, if it is still the visitor's. One that is open is reserved for the customer first.
 * @throws Error when a stream changes too fast, so that its sender tries again.
 */
async function moveChat(
  desk: Pick<StreamDesk, 'engine' | 'read'>,
  chatId: string,
  visitorId: string,
  claim: VisitorClaim,
): Promise<void> {
  throwIfTransient(
    await untilUndisturbed(async () => ((await hasMoved(desk, chatId, visitorId, claim)) ? accept(null) : undefined)),
  )
  throwIfTransient(await settleReservation(desk, visitorId))
}

/** Takes the next step of the move of a chat; returns whether the chat is the visitor's no more. */
async function hasMoved(
  desk: Pick<StreamDesk, 'engine' | 'read'>,
  chatId: string,
  visitorId: string,
  { customer, plan }: VisitorClaim,
): Promise<boolean> {
  const { version, state } = await desk.read('chat', chatId)
  if (state.status === 'absent' || state.customer.id !== visitorId) return true
  const reserved = isOpen(state) ? await reserveChat(desk, customer.id, chatId, { begun: true }) : undefined
  if (reserved && !reserved.ok) throw new Error(reserved.refusal.message)
  const reservation = reserved?.value
  if (reservation && 'holding' in reservation) {
    if (isOpen(state)) await closeOther(desk, { chatId, version, state }, reservation.holding)
    return false
  }
  const command = {
    type: 'identify',
    visitorId,
    customer,
    ...(plan !== undefined && { plan }),
    ...(reservation && { reservation: reservation.number }),
  } as const
  const identified = await desk.engine.execute('chat', chatId, command, { by: chatActor })
  throwIfTransient(identified)
  await settleChat(desk, chatId)
  return identified.ok
}

/**
 * Closes one of two open chats of a customer: the one that they had before, unless only that one has an agent. Both
 * were seen in this status, so that two processes never close both.
 */
async function closeOther(
  desk: Pick<StreamDesk, 'engine' | 'read'>,
  chat: HoldingChat,
  other: HoldingChat,
): Promise<void> {
  if (chat.chatId === other.chatId) return
  const goesOn = chat.state.status === 'waiting' && other.state.status === 'active' ? other : chat
  const ends = goesOn === chat ? other : chat
  const close = { type: 'close', continuedIn: goesOn.chatId } as const
  const closed = await desk.engine.execute('chat', ends.chatId, close, { by: chatActor, expectedVersion: ends.version })
  if (closed.ok) await settleChat(desk, ends.chatId)
}

/** The chats that a visitor has begun, from their own stream: no read model is complete at this moment. */
async function chatsOf({ store }: ClaimDesk, visitorId: string): Promise<readonly string[]> {
  const ids = new Set<string>()
  for await (const { event } of walkHistory(store, 'customer', visitorId))
    if (event.type === 'ChatReserved') ids.add(event.chatId)
  return [...ids]
}

/**
 * Moves the chats of a visitor who has proved to be a customer, in case the claim died on the way; also the chat whose
 * start was under way at that moment.
 */
export const settleVisitors = completion({
  name: 'settle_visitors',
  on: ['VisitorIdentified', 'ChatStarted'],
  complete: async ({ event, stream }, desk) => {
    const { category, id } = parseStream(stream)
    if (event.type === 'VisitorIdentified') return moveChats(desk, id, event)
    const visitorId = event.customer.id
    const { state } = await desk.readRecent('customer', visitorId)
    if (category !== 'chat' || state.status === 'absent' || !state.identifiedAs) return
    await moveChat(desk, id, visitorId, state.identifiedAs)
  },
})
