import type { Issued } from '../kernel/decider.ts'
import { fold } from '../kernel/decider.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { accept, deny } from '../kernel/result.ts'
import { renderBody, renderTemplate } from '../wording/render.ts'
import { wordingFor } from '../wording/wording.ts'
import type { TicketCommandOf } from './commands.ts'
import { decideStatus, startWork } from './decide-status.ts'
import type { TicketEvent } from './events.ts'
import type { Given, Rules, Terms } from './rule.ts'
import { happened } from './rule.ts'
import { evolveTicket } from './state.ts'
import type { Ticket } from './state.ts'
import { placeholderValues } from './placeholder-values.ts'

type AgentReply = Given<TicketCommandOf<'agentReply'>>

/** The rules of what is said on a ticket. */
export const decideReply: Rules<'agentReply' | 'customerReply' | 'addNote'> = {
  /** A reply takes the ticket up by itself (003, « En cours »), unless it is resolved: a last word does not reopen it. */
  agentReply: (command, ticket, terms) => {
    const body = bodyOf(command, ticket, terms)
    if (!body.ok) return body
    const replied = [
      happened('AgentReplied', command, {
        messageId: messageIdOf(command),
        body: body.value,
        ...(command.template !== undefined && { template: command.template }),
      }),
      ...startWork(command, ticket, 'agent_reply'),
    ]
    const next = command.then
    if (next === 'in_progress' || ticket.status === 'resolved') return accept(replied)
    const followed = andThen(next, command, after(ticket, replied), terms)
    return followed.ok ? accept([...replied, ...followed.value]) : followed
  },

  /** Whatever had ended or was waiting is in progress again (003, FAQ « Puis-je rouvrir un ticket fermé ? »). */
  customerReply: (command, ticket) => {
    const replied = happened('CustomerReplied', command, { messageId: messageIdOf(command), body: command.body })
    switch (ticket.status) {
      case 'waiting_customer':
        return accept([replied, happened('CustomerWaitEnded', command, { reason: 'customer_reply' })])
      case 'resolved':
      case 'closed':
        return accept([replied, happened('TicketReopened', command, { from: ticket.status, reason: 'customer_reply' })])
      default:
        return accept([replied])
    }
  },

  addNote: (command) =>
    accept([happened('InternalNoteAdded', command, { messageId: messageIdOf(command), body: command.body })]),
}

function bodyOf(command: AgentReply, ticket: Ticket, { policy, wording }: Terms): Result<string> {
  const words = wordingFor(wording, ticket.language, policy.defaultLanguage)
  const values = { known: placeholderValues(command, ticket, { policy, wording }), byLabel: command.values }
  if (command.template === undefined) return renderBody(command.body ?? '', words, values)
  const template = Object.hasOwn(words.replyTemplates, command.template)
    ? words.replyTemplates[command.template]
    : undefined
  if (template === undefined) {
    const names = Object.keys(words.replyTemplates).join(', ')
    return deny(
      refusal('template_unknown', {
        message: `no reply template ${command.template}; there are ${names}`,
        field: 'template',
      }),
    )
  }
  return renderTemplate(template, words, values)
}

function andThen(next: 'waiting_customer' | 'resolved', issued: Issued, ticket: Ticket, terms: Terms) {
  return next === 'resolved'
    ? decideStatus.resolve({ ...issued, type: 'resolve' }, ticket, terms)
    : decideStatus.waitForCustomer({ ...issued, type: 'waitForCustomer' }, ticket, terms)
}

function after(ticket: Ticket, events: readonly TicketEvent[]): Ticket {
  return fold(
    { initial: ticket, evolve: (state: Ticket, event: TicketEvent) => evolveTicket(state, event) as Ticket },
    events,
  )
}

/** A message that brings no id of its own is known by its command's. */
function messageIdOf(command: { readonly messageId?: string | undefined; readonly commandId: string }): string {
  return command.messageId ?? command.commandId
}
