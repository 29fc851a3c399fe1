import type { Chat, ChatState } from '../chat/state.ts'
import type { CustomerRecord } from '../customer/events.ts'
import { chatActor } from '../kernel/actor.ts'
import type { Result } from '../kernel/refusal.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { StreamDesk } from './port.ts'
import { isSurvivorOf } from './survivors.ts'

/** The parts of a desk that reservations need. */
type ReservingDesk = Pick<StreamDesk, 'engine' | 'read'>

/** An open chat that holds the reservation of a customer. */
export type HoldingChat = { readonly chatId: string; readonly version: number; readonly state: Chat }

/** A reservation by which one process may open a chat, once. */
type ChatReservation = {
  readonly chatId: string
  readonly customerIds: readonly string[]
  readonly number: number
}

type ReservationOutcome = ChatReservation | { readonly holding: HoldingChat }

/** For what it is reserved: a chat that has `begun` keeps a reservation that it has, and is not refused to the blocked. */
type Purpose = { readonly begun?: true }

/** How often a reservation that others have left, or are about to use, is taken over in one attempt. */
const mostTakeovers = 10

/** Whether a chat has begun and has not ended. */
export const isOpen = (state: ChatState): state is Chat => state.status === 'waiting' || state.status === 'active'

/**
 * Reserves a chat on the stream of its customer, and of all who survive the merges of that customer: a person has one
 * open chat under all of their ids. A reservation is a fencing token: each has a higher number than those before it,
 * the chat is opened with that number, and whoever takes it over closes the chat to it first (`ChatFenced`). So it does
 * not matter whether the process that has it is dead or slow.
 */
export async function reserveChat(
  desk: ReservingDesk,
  customerId: string,
  chatId: string,
  purpose: Purpose = {},
): Promise<Result<ReservationOutcome>> {
  const customerIds: string[] = []
  let number: number | undefined
  let next: string | undefined = customerId
  const giveUp = async <T>(outcome: T): Promise<T> => {
    await releaseChat(desk, { chatId, customerIds, number: number ?? 0 })
    return outcome
  }
  for (let takeovers = 0; next !== undefined;) {
    const id: string = next
    const outcome = await desk.engine.execute(
      'customer',
      id,
      { type: 'reserveChat', chatId, ...(number !== undefined && { reservation: number }), ...purpose },
      { by: chatActor },
    )
    if (outcome.ok && (outcome.value.events.length > 0 || purpose.begun)) {
      const state = outcome.value.state as CustomerRecord
      number ??= state.reservation?.number
      customerIds.push(id)
      // A claim and a merge at the same moment may have made each of two the survivor of the other.
      next = customerIds.includes(state.mergedInto ?? id) ? undefined : state.mergedInto
      continue
    }
    if (!outcome.ok && outcome.refusal.code !== 'chat_already_active') return giveUp(outcome)
    const settled = await settleReservation(desk, id)
    if (!settled.ok) return giveUp(settled)
    if (settled.value) return giveUp(accept({ holding: settled.value }))
    if (++takeovers === mostTakeovers) return giveUp(deny(refusal('too_many_conflicts')))
  }
  return accept({ chatId, customerIds, number: number ?? 0 })
}

/** Releases a reservation that is used no more, the last one first. Later reservations of the chat stay. */
export async function releaseChat(
  desk: Pick<StreamDesk, 'engine'>,
  { chatId, customerIds, number }: ChatReservation,
): Promise<void> {
  for (const customerId of customerIds.toReversed()) await release(desk, customerId, chatId, number)
}

const release = (desk: Pick<StreamDesk, 'engine'>, customerId: string, chatId: string, reservation: number) =>
  desk.engine.execute('customer', customerId, { type: 'releaseChat', chatId, reservation }, { by: chatActor })

/**
 * Releases the reservation of a customer unless an open chat of theirs holds it, which is returned. Where the chat was
 * not opened yet, it is fenced first: the process that was about to open it cannot any more.
 */
export async function settleReservation(
  desk: ReservingDesk,
  customerId: string,
): Promise<Result<HoldingChat | undefined>> {
  const { state: customer } = await desk.read('customer', customerId)
  const reservation = customer.status === 'absent' ? undefined : customer.reservation
  if (!reservation) return accept(undefined)
  const { chatId, number } = reservation
  let { version, state } = await desk.read('chat', chatId)
  if (!isOpen(state) && !isUsed(state, number)) {
    const fenced = await desk.engine.execute('chat', chatId, { type: 'fence', reservation: number }, { by: chatActor })
    if (!fenced.ok) return fenced
    version = fenced.value.version
    state = fenced.value.state ?? { status: 'absent' }
  }
  if (isOpen(state) && (await isSurvivorOf(desk, customerId, state.customer.id))) {
    return accept({ chatId, version, state })
  }
  const released = await release(desk, customerId, chatId, number)
  return released.ok ? accept(undefined) : released
}

/** Whether a chat was opened by a reservation, or a later one. */
const isUsed = (state: ChatState, number: number): boolean =>
  state.status !== 'absent' && state.reservation !== undefined && state.reservation >= number
