import { accept } from '../kernel/result.ts'
import { renderVariants } from '../wording/render.ts'
import { wordingFor } from '../wording/wording.ts'
import type { TicketCommandOf } from './commands.ts'
import type { DeadlineKind } from './deadlines.ts'
import { ticketDeadlines } from './deadlines.ts'
import { targetEffects } from './decide-target.ts'
import { derivedMessageId } from './message-id.ts'
import { placeholderValues } from './placeholder-values.ts'
import type { Decision, Given, Rules, Terms } from './rule.ts'
import { happened } from './rule.ts'
import type { Ticket } from './state.ts'

type Fire = Given<TicketCommandOf<'fire'>>

/**
 * A deadline takes effect only if this very one still stands and has been reached: a timer that is stale, doubled or early
 * yields nothing. What happens is stamped with the moment of the deed and names the instant it was due.
 */
export const decideDeadline: Rules<'fire'> = {
  fire: (command, ticket, terms) => {
    const due = ticketDeadlines(ticket, terms.timeline).find(
      ({ kind, cycle, dueAt }) => kind === command.kind && cycle === command.cycle && dueAt === command.dueAt,
    )
    return due && due.dueAt <= command.at ? effects[due.kind](command, ticket, terms) : accept([])
  },
}

const effects: Readonly<Record<DeadlineKind, (command: Fire, ticket: Ticket, terms: Terms) => Decision>> = {
  chase: (command, ticket, terms) => {
    const body = automaticBody('chase', command, ticket, terms)
    if (!body.ok) return body
    return accept([
      happened('ChaseSent', command, {
        step: ticket.chasedAt.length + 1,
        dueAt: command.dueAt,
        cycle: command.cycle,
        messageId: derivedMessageId(command.commandId),
        body: body.value,
        language: ticket.language,
        policyVersion: terms.policy.version,
      }),
    ])
  },

  close_unanswered: (command, ticket, terms) => {
    const body = automaticBody('closeUnanswered', command, ticket, terms)
    if (!body.ok) return body
    return accept([
      happened('TicketClosed', command, {
        from: ticket.status,
        reason: 'no_reply',
        dueAt: command.dueAt,
        message: { messageId: derivedMessageId(command.commandId), body: body.value, language: ticket.language },
        policyVersion: terms.policy.version,
      }),
    ])
  },

  close_resolved: (command, ticket, { policy }) =>
    accept([
      happened('TicketClosed', command, {
        from: ticket.status,
        reason: 'solved',
        dueAt: command.dueAt,
        policyVersion: policy.version,
      }),
    ]),

  stagnation: (command, ticket, { policy }) =>
    accept([
      happened('StagnationDetected', command, {
        since: ticket.lastAgentActivityAt,
        dueAt: command.dueAt,
        cycle: command.cycle,
        policyVersion: policy.version,
      }),
    ]),

  update: (command, ticket, { policy }) =>
    accept([
      happened('UpdateOverdue', command, {
        since: ticket.updateCountedFrom,
        dueAt: command.dueAt,
        cycle: command.cycle,
        policyVersion: policy.version,
      }),
    ]),

  ...targetEffects,
}

function automaticBody(which: 'chase' | 'closeUnanswered', command: Fire, ticket: Ticket, terms: Terms) {
  const words = wordingFor(terms.wording, ticket.language, terms.policy.defaultLanguage)
  const known = placeholderValues(command, ticket, words, terms.policy.signature)
  return renderVariants(words.automatic[which], words, { known })
}
