import { refusal } from '../kernel/refusal.ts'
import { accept, deny } from '../kernel/result.ts'
import type { TicketEvent } from './events.ts'
import type { Given, Rules } from './rule.ts'
import { happened } from './rule.ts'
import type { Ticket } from './state.ts'

type StatusCommand = 'start' | 'waitForCustomer' | 'resolve' | 'confirm' | 'close' | 'reopen' | 'markSpam'

/** The rules of the commands that move a ticket through its life (003, « Workflow Recommandé »). */
export const decideStatus: Rules<StatusCommand> = {
  start: (command, ticket) => accept(startWork(command, ticket, 'manual')),

  waitForCustomer: (command, ticket) =>
    accept([
      ...(ticket.status === 'new' ? startWork(command, ticket, 'wait') : []),
      happened('CustomerWaitStarted', command, {}),
    ]),

  resolve: (command, ticket) =>
    accept([
      ...(ticket.status === 'new' ? startWork(command, ticket, 'resolve') : []),
      happened('TicketResolved', command, command.summary === undefined ? {} : { summary: command.summary }),
    ]),

  confirm: (command, ticket) =>
    command.by.kind === 'customer' && command.by.id !== ticket.customer.id
      ? deny(refusal('not_the_customer'))
      : accept([happened('TicketClosed', command, { from: ticket.status, reason: 'confirmed' })]),

  close: (command, ticket) =>
    accept([
      happened('TicketClosed', command, {
        from: ticket.status,
        reason: command.reason,
        ...(command.note !== undefined && { note: command.note }),
      }),
    ]),

  reopen: (command, ticket) =>
    accept([
      happened('TicketReopened', command, {
        from: ticket.status,
        reason: 'manual',
        ...(command.note !== undefined && { note: command.note }),
      }),
    ]),

  markSpam: (command, ticket) => {
    if (ticket.status !== 'closed')
      return accept([happened('TicketClosed', command, { from: ticket.status, reason: 'spam' })])
    return ticket.closed?.reason === 'spam' ? accept([]) : deny(refusal('ticket_closed'))
  },
}

type WorkReason = Extract<TicketEvent, { type: 'TicketStarted' }>['reason']

/** Brings a ticket to `in_progress` from where work can be taken up without reopening it. */
export function startWork(command: Given, ticket: Ticket, reason: WorkReason): TicketEvent[] {
  if (ticket.status === 'new') return [happened('TicketStarted', command, { reason })]
  if (ticket.status !== 'waiting_customer') return []
  return [happened('CustomerWaitEnded', command, { reason: reason === 'agent_reply' ? 'agent_reply' : 'manual' })]
}
