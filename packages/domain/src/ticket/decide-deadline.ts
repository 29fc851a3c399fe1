import { accept } from '../kernel/result.ts'
import { renderVariants } from '../wording/render.ts'
import { wordingFor } from '../wording/wording.ts'
import type { TicketCommandOf } from './commands.ts'
import type { DeadlineKind, ThresholdDue } from './deadlines.ts'
import { thresholdsDue, ticketDeadlines } from './deadlines.ts'
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

  stagnation: (command, ticket, terms) =>
    accept(
      alertsOf(command, ticket, terms).map((alert) =>
        happened('StagnationDetected', command, { since: ticket.lastAgentActivityAt, ...alert }),
      ),
    ),

  update: (command, ticket, terms) => {
    const { updateCountedFrom: since, updateAwaitedFrom: awaitedSince } = ticket
    return accept(
      alertsOf(command, ticket, terms).map((alert) =>
        happened('UpdateOverdue', command, {
          since,
          ...(awaitedSince !== undefined && awaitedSince !== since && { awaitedSince }),
          ...alert,
        }),
      ),
    )
  },

  ...targetEffects,
}

/** The alert that a command says has fallen due, by the policy by which it did. */
const alertsOf = (command: Fire, ticket: Ticket, { timeline }: Terms) =>
  thresholdsDue(ticket, timeline)
    .filter(({ kind }) => kind === command.kind)
    .map(({ dueAt, cycle, policy, notBefore }: ThresholdDue) => ({
      dueAt,
      cycle,
      policyVersion: policy.version,
      ...(notBefore && { notBefore }),
    }))

function automaticBody(which: 'chase' | 'closeUnanswered', command: Fire, ticket: Ticket, terms: Terms) {
  const words = wordingFor(terms.wording, ticket.language, terms.policy.defaultLanguage)
  const known = placeholderValues(command, ticket, words, terms.policy.signature)
  return renderVariants(words.automatic[which], words, { known })
}
