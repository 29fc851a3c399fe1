import { z } from 'zod'
import type { EventOf } from '../kernel/event.ts'
import { defineEvent } from '../kernel/event.ts'
import type { Instant } from '../kernel/time.ts'

/** The definition of every event of a customer: the customer's part of the event catalogue. */
export const customerEvents = {
  CustomerRegistered: defineEvent({ schema: z.object({}), personal: {} }),
  /** The customer begins a chat: no other one can begin before its reservation is released. */
  ChatReserved: defineEvent({ schema: z.object({ chatId: z.string() }), personal: {} }),
  ChatReservationReleased: defineEvent({ schema: z.object({ chatId: z.string() }), personal: {} }),
} as const

type Definitions = typeof customerEvents
type CustomerEventType = keyof Definitions
export type CustomerEventOf<T extends CustomerEventType> = EventOf<Definitions, T>

/** Every event of a customer. */
export type CustomerEvent = EventOf<Definitions>

/** A stream on which no customer was registered. */
type AbsentCustomer = { readonly status: 'absent' }

/** The facts of a customer that the rules need: their history, folded. */
export type CustomerRecord = {
  readonly status: 'known'
  /** The chat that the customer has now, or begins. */
  readonly chatId: string | undefined
  readonly registeredAt: Instant
  readonly updatedAt: Instant
}

export type CustomerState = AbsentCustomer | CustomerRecord

/** The customer after one more event; an event before the registration leaves the state unchanged. */
export function evolveCustomer(state: CustomerState, event: CustomerEvent): CustomerState {
  if (event.type === 'CustomerRegistered') {
    return { status: 'known', chatId: undefined, registeredAt: event.at, updatedAt: event.at }
  }
  if (state.status === 'absent') return state
  return { ...state, updatedAt: event.at, ...changes(event) }
}

function changes(event: Exclude<CustomerEvent, CustomerEventOf<'CustomerRegistered'>>): Partial<CustomerRecord> {
  switch (event.type) {
    case 'ChatReserved':
      return { chatId: event.chatId }
    case 'ChatReservationReleased':
      return { chatId: undefined }
  }
}
