import type { WorkChannel } from '../agent/vocabulary.ts'

/** Of which channel a ticket takes a place, by how it reached the desk. */
export const workChannelOf = (channel: string): WorkChannel =>
  channel === 'chat' || channel === 'phone' ? channel : 'ticket'

/** Whether a ticket is somebody's to work on: it is until it is resolved or closed. */
export const isOngoing = ({ status }: { readonly status: string }): boolean =>
  status === 'new' || status === 'in_progress' || status === 'waiting_customer'

/**
 * Whether a ticket takes a place of whoever has it: as long as it is ongoing. A chat or a call gives its place back while it waits for
 * the customer.
 */
export const takesPlace = (ticket: { readonly status: string; readonly channel: string }): boolean =>
  isOngoing(ticket) && (ticket.status !== 'waiting_customer' || workChannelOf(ticket.channel) === 'ticket')
