import type { TicketCommandInput } from '../ticket/commands.ts'
import { ticketCommandSchema } from '../ticket/commands.ts'
import type { TicketEvent } from '../ticket/events.ts'
import type { TicketPolicy } from '../ticket/policy.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import type { TicketState } from '../ticket/state.ts'
import type { TermsTimeline } from '../ticket/terms.ts'
import { unchanging } from '../ticket/terms.ts'
import { ticketAggregate } from '../ticket/ticket.ts'
import { defaultWording } from '../wording/index.ts'
import type { Wording } from '../wording/wording.ts'
import type { Specification } from './specification.ts'
import { asSent, specify } from './specification.ts'
import { byAlex } from './ticket-events.ts'

/**
 * Specifies the ticket under a policy and a wording (the product's own without them), or under a timeline of both. Commands are written as a sender
 * writes them, and checked as the desk checks them.
 */
export function specifyTicket(
  terms: { readonly policy?: TicketPolicy; readonly wording?: Wording; readonly timeline?: TermsTimeline } = {},
): Specification<TicketCommandInput, TicketEvent, TicketState> {
  const { policy = defaultTicketPolicy, wording = defaultWording } = terms
  const timeline = terms.timeline ?? unchanging({ policy, wording })
  const ticket = ticketAggregate(() => timeline)
  return specify(asSent(ticketCommandSchema, ticket), byAlex)
}
