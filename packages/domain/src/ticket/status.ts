import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { TicketEvent } from './events.ts'
import type { CommandEnvelope, Rules } from './rule.ts'
import { eventFrom } from './rule.ts'
import type { Ticket } from './state.ts'

type StatusCommand =
  'start' | 'waitForCustomer' | 'resolve' | 'confirm' | 'close' | 'reopen' | 'markSpam' | 'withdrawImport'

/** The rules of the commands that change a ticket's status (003, « Workflow Recommandé »). */
export const decideStatus: Rules<StatusCommand> = {
  start: (command, ticket) => accept(startWork(command, ticket, 'manual')),

  waitForCustomer: (command, ticket) =>
    accept([
      ...(ticket.status === 'new' ? startWork(command, ticket, 'wait') : []),
      eventFrom('CustomerWaitStarted', command, {}),
    ]),

  resolve: (command, ticket) =>
    accept([
      ...(ticket.status === 'new' ? startWork(command, ticket, 'resolve') : []),
      eventFrom('TicketResolved', command, command.summary === undefined ? {} : { summary: command.summary }),
    ]),

  confirm: (command, ticket) =>
    command.by.kind === 'customer' && ![command.by.id, command.actsFor].includes(ticket.customer.id)
      ? deny(refusal('not_the_customer'))
      : accept([eventFrom('TicketClosed', command, { from: ticket.status, reason: 'confirmed' })]),

  close: (command, ticket) =>
    accept([
      eventFrom('TicketClosed', command, {
        from: ticket.status,
        reason: command.reason,
        ...(command.note !== undefined && { note: command.note }),
      }),
    ]),

  reopen: (command, ticket) =>
    accept([
      eventFrom('TicketReopened', command, {
        from: ticket.status,
        reason: 'manual',
        ...(command.note !== undefined && { note: command.note }),
      }),
    ]),

  markSpam: (command, ticket) => {
    if (ticket.status !== 'closed')
      return accept([eventFrom('TicketClosed', command, { from: ticket.status, reason: 'spam' })])
    return ticket.closed?.reason === 'spam' ? accept([]) : deny(refusal('ticket_closed'))
  },

  withdrawImport: (command) => accept([eventFrom('TicketImportWithdrawn', command, { importId: command.importId })]),
}

type WorkReason = Extract<TicketEvent, { type: 'TicketStarted' }>['reason']

/** Moves a ticket to `in_progress` from a status where work can start without reopening it. */
export function startWork(command: CommandEnvelope, ticket: Ticket, reason: WorkReason): TicketEvent[] {
  if (ticket.status === 'new') return [eventFrom('TicketStarted', command, { reason })]
  if (ticket.status !== 'waiting_customer') return []
  return [eventFrom('CustomerWaitEnded', command, { reason: reason === 'agent_reply' ? 'agent_reply' : 'manual' })]
}
