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
import { answersTheCustomer } from './events.ts'
import type { Decision, Given, Rules, Terms } from './rule.ts'
import { evolveOpened } from './evolve.ts'
import { messageIdOf } from './message-id.ts'
import type { Said } from './messages.ts'
import { isSame, messageOf } from './messages.ts'
import { happened } from './rule.ts'
import { limits } from './vocabulary.ts'
import type { Ticket } from './state.ts'
import { placeholderValues } from './placeholder-values.ts'

type AgentReply = Given<TicketCommandOf<'agentReply'>>

/** The rules of what is said on a ticket. */
export const decideReply: Rules<'agentReply' | 'customerReply' | 'addNote'> = {
  /**
   * A person's reply takes the ticket up by itself (003, « En cours »), unless it is resolved: a last word does not reopen
   * it. An automatic one leaves it as it is, unless it says otherwise.
   */
  agentReply: (command, ticket, terms) => {
    const body = bodyOf(command, ticket, terms)
    if (!body.ok) return body
    const reply = happened('AgentReplied', command, { messageId: messageIdOf(command), body: body.value })
    const repeat = repeatOf(reply, ticket)
    if (repeat) return repeat.ok && lacksStatus(command, ticket) ? deny(thenReused) : repeat
    if (ticket.status === 'resolved' && command.then !== undefined && command.then !== 'resolved') {
      return deny(refusal('ticket_resolved', { field: 'then' }))
    }
    const personal = answersTheCustomer(reply)
    const next = nextStatus(command, ticket, personal)
    const replied = [
      {
        ...reply,
        ...(command.template !== undefined && { template: command.template }),
        ...(next && { then: next }),
      },
      ...(personal || command.then === 'in_progress' ? startWork(command, ticket, 'agent_reply') : []),
    ]
    if (next === undefined) return accept(replied)
    const followed = andThen(next, command, after(ticket, replied), terms)
    return followed.ok ? accept([...replied, ...followed.value]) : followed
  },

  /** Whatever had ended or was waiting is in progress again (003, FAQ « Puis-je rouvrir un ticket fermé ? »). */
  customerReply: (command, ticket) => {
    const replied = happened('CustomerReplied', command, { messageId: messageIdOf(command), body: command.body })
    const repeat = repeatOf(replied, ticket)
    if (repeat) return repeat
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

  addNote: (command, ticket) => {
    const note = happened('InternalNoteAdded', command, { messageId: messageIdOf(command), body: command.body })
    return repeatOf(note, ticket) ?? accept([note])
  },
}

/** What a merged ticket makes of a reply that it has held since before the merge: it does not go to another ticket too. */
export function repeatOnMerged(command: Given, ticket: Ticket, terms: Terms): Decision | undefined {
  if (command.type !== 'agentReply' && command.type !== 'customerReply') return undefined
  if (!messageOf(ticket.messages, messageIdOf(command))) return undefined
  return command.type === 'agentReply'
    ? decideReply.agentReply(command, ticket, terms)
    : decideReply.customerReply(command, ticket, terms)
}

function bodyOf(command: AgentReply, ticket: Ticket, terms: Terms): Result<string> {
  const rendered = renderedBody(command, ticket, terms)
  return rendered.ok && rendered.value.length > limits.body
    ? deny(refusal('invalid_command', { message: `body: is longer than ${limits.body} once filled`, field: 'body' }))
    : rendered
}

/** What was written elsewhere is kept as it is; an agent's own text and a template have placeholders. */
function renderedBody(command: AgentReply, ticket: Ticket, { policy, wording }: Terms): Result<string> {
  const { body = '', template, values, verbatim, ...issued } = command
  if (verbatim) return accept(body)
  const words = wordingFor(wording, ticket.language, policy.defaultLanguage)
  const known = placeholderValues(issued, ticket, words, policy.signature)
  if (template === undefined) return renderBody(body, words, { known, byLabel: values })
  const text = Object.hasOwn(words.replyTemplates, template) ? words.replyTemplates[template] : undefined
  if (text !== undefined) return renderTemplate(text, words, { known, byLabel: values })
  const names = Object.keys(words.replyTemplates).join(', ')
  return deny(
    refusal('template_unknown', { message: `no reply template ${template}; there are ${names}`, field: 'template' }),
  )
}

const thenReused = refusal('message_id_reused', {
  message: 'the ticket holds this message, which has not led to the status in `then`',
  field: 'then',
})

/** Whether a reply that the ticket holds is to go on to a status that it did not go on to, and that is not there either. */
function lacksStatus({ then, ...command }: AgentReply, { messages, status }: Ticket): boolean {
  if (then === undefined || then === status) return false
  const went = messageOf(messages, messageIdOf(command))?.then ?? 'in_progress'
  return then !== went
}

/** The status to bring about after the reply; a wait that goes on is started anew by a person only. */
function nextStatus({ then }: AgentReply, { status }: Ticket, personal: boolean) {
  if (then === 'in_progress' || status === 'resolved') return undefined
  return then === status && !personal ? undefined : then
}

function andThen(next: 'waiting_customer' | 'resolved', issued: Issued, ticket: Ticket, terms: Terms) {
  return next === 'resolved'
    ? decideStatus.resolve({ ...issued, type: 'resolve' }, ticket, terms)
    : decideStatus.waitForCustomer({ ...issued, type: 'waitForCustomer' }, ticket, terms)
}

function after(ticket: Ticket, events: readonly TicketEvent[]): Ticket {
  return fold({ initial: ticket, evolve: evolveOpened }, events)
}

/** A ticket holds a message once: saying it again is a repeat; saying something else under its id would lose a message. */
function repeatOf(said: Said, { messages }: Ticket): Decision | undefined {
  const known = messageOf(messages, said.messageId)
  if (known === undefined) return undefined
  return isSame(known, said) ? accept([]) : deny(refusal('message_id_reused', { field: 'messageId' }))
}
