import { clockActor } from '../kernel/actor.ts'
import type { CommandMetadata } from '../kernel/decider.ts'
import { derivedMessageId } from '../kernel/message-id.ts'
import { accept } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import type { SlaTarget } from '../sla/settings.ts'
import { pausesWhileWaiting, slaTargets } from '../sla/settings.ts'
import { renderVariants } from '../wording/render.ts'
import { wordingFor } from '../wording/wording.ts'
import type { TicketCommandOf } from './commands.ts'
import type { ThresholdDue } from './deadlines.ts'
import { thresholdsDue } from './deadlines.ts'
import { escalated } from './escalation.ts'
import type { TicketEvent, TicketEventData, TicketEventOf } from './events.ts'
import { answersTheCustomer } from './events.ts'
import { messageOf } from './messages.ts'
import { placeholderValues } from './placeholder-values.ts'
import type { Decision, CommandEnvelope, Rules, Terms } from './rule.ts'
import { eventFrom } from './rule.ts'
import type { Ticket } from './state.ts'
import { evolveOpened } from './state.ts'
import type { TargetDue, TicketDeadline, TicketDeadlineKind } from './targets.ts'
import { escalationDue, targetDue, timeSpent } from './targets.ts'

type Fire = CommandEnvelope<TicketCommandOf<'fire'> & TicketDeadline>
type Effect = (command: Fire, ticket: Ticket, terms: Terms) => Decision

/**
 * The events of a command, after the breaches that came before it, and with the targets that it meets. A silence that
 * is recorded as a missed target raises no separate alert. An import is undone without either.
 */
export function withTargets(decision: Decision, command: CommandEnvelope, ticket: Ticket, terms: Terms): Decision {
  if (!decision.ok || decision.value.length === 0 || command.type === 'withdrawImport') return decision
  const breaches = breachesBefore(command, ticket, terms)
  const silenceMissed = breaches.some(({ target }) => target === 'update')
  const events = decision.value.filter(
    ({ type }) => type !== 'TargetBreached' && !(silenceMissed && type === 'UpdateOverdue'),
  )
  const met = metBy(events, command, ticket, terms)
  if (breaches.length === 0) return accept([...events, ...met])
  const { targets } = [...breaches, ...events].reduce(evolveOpened, ticket).clocks
  const recorded = breaches.map((breach) =>
    targets[breach.target]?.cycle === breach.cycle ? breach : { ...breach, over: true as const },
  )
  return accept([...recorded, ...events, ...met])
}

/**
 * The breaches of all targets that were due before a command's moment: they were missed then, whichever command records
 * them.
 */
function breachesBefore(
  { at, ...command }: CommandMetadata,
  ticket: Ticket,
  { timeline }: Terms,
): readonly TicketEventOf<'TargetBreached'>[] {
  return slaTargets.flatMap((target): TicketEventOf<'TargetBreached'>[] => {
    const clock = ticket.clocks.targets[target]
    if (!clock || clock.breached !== undefined) return []
    const due = targetDue(ticket, timeline, target)
    if (due?.dueAt === undefined || due.dueAt >= at) return []
    const breach = { ...command, at, by: clockActor }
    return [
      eventFrom<'TargetBreached'>('TargetBreached', breach, {
        ...promiseOf(target, clock, due),
        ...timeSpent(ticket.clocks, target, clock, due, due.dueAt),
      }),
    ]
  })
}

/** The targets that are met by the events of a command: those whose clock ended in time. */
function metBy(
  events: readonly TicketEvent[],
  command: CommandMetadata,
  ticket: Ticket,
  { timeline }: Terms,
): readonly TicketEvent[] {
  const ended = new Set(events.flatMap(endedBy))
  return slaTargets.flatMap((target) => {
    const clock = ticket.clocks.targets[target]
    if (!clock || clock.breached !== undefined || !ended.has(target)) return []
    const due = targetDue(ticket, timeline, target, command.at)
    if (due?.dueAt === undefined || due.dueAt < command.at) return []
    return [
      eventFrom('TargetMet', command, {
        ...promiseOf(target, clock, due),
        ...timeSpent(ticket.clocks, target, clock, due, command.at),
      }),
    ]
  })
}

/** The targets that an event meets, if it comes in time. */
function endedBy(event: TicketEvent): readonly SlaTarget[] {
  if (answersTheCustomer(event)) return ['first_response', 'next_response', 'update']
  if (event.type === 'UpdateRelayed') return ['update']
  if (event.type === 'TicketResolved') return ['resolution']
  const solved = event.type === 'TicketClosed' && (event.reason === 'solved' || event.reason === 'confirmed')
  return solved ? ['resolution'] : []
}

/** The three steps of a target: a warning that comes too late is left out, because the breach is recorded instead. */
const targetEffects: {
  readonly [K in `${SlaTarget}_${'warning' | 'breach' | 'escalation'}`]: Effect
} = {
  first_response_warning: warning('first_response'),
  first_response_breach: breach,
  first_response_escalation: escalation('first_response'),
  next_response_warning: warning('next_response'),
  next_response_breach: breach,
  next_response_escalation: escalation('next_response'),
  resolution_warning: warning('resolution'),
  resolution_breach: breach,
  resolution_escalation: escalation('resolution'),
  update_warning: warning('update'),
  update_breach: breach,
  update_escalation: escalation('update'),
}

function warning(target: SlaTarget): Effect {
  return (command, ticket, terms) => {
    const clock = ticket.clocks.targets[target]
    const due = targetDue(ticket, terms.timeline, target)
    if (!clock || due?.dueAt === undefined || due.dueAt < command.at) return breach(command, ticket, terms)
    return accept([
      eventFrom('TargetWarned', command, { ...promiseOf(target, clock, due), share: due.sla.policy.warnAt }),
    ])
  }
}

function breach(command: Fire, ticket: Ticket, terms: Terms): Decision {
  return accept(breachesBefore(command, ticket, terms))
}

function escalation(target: SlaTarget): Effect {
  return (command, ticket, terms) => {
    const clock = ticket.clocks.targets[target]
    const due = escalationDue(ticket, terms.timeline, target)
    if (!clock || !due) return accept([])
    const { escalateTo: team } = due.sla
    return accept(
      escalated(command, ticket, terms, {
        team,
        level: due.sla.policy.escalateToLevel,
        reason: `${target.replace('_', ' ')} breached`,
        missed: {
          target,
          cycle: clock.cycle,
          dueAt: command.dueAt,
          ...(clock.breached !== undefined && { breachedAt: clock.breached }),
          policyVersion: due.policy.version,
        },
      }),
    )
  }
}

function promiseOf(
  target: SlaTarget,
  { cycle, from }: { readonly cycle: number; readonly from: Instant },
  { dueAt, sla, policy, notBefore }: TargetDue & { readonly dueAt: Instant },
): TicketEventData<'TargetMet'> {
  const { calendar, calendarOf } = sla
  return {
    target,
    cycle,
    since: from,
    dueAt,
    policy: sla.policy.name,
    ...(calendar !== undefined && { calendar }),
    ...(calendarOf && { calendarOf }),
    ...(notBefore && { notBefore }),
    ...(!pausesWhileWaiting(sla.policy, target) && { runsWhileWaiting: true as const }),
    policyVersion: policy.version,
  }
}

/** The rule of a deadline that has been reached. The events have the command's moment and name the instant that was due. */
export const fireDeadline: Effect = (command, ticket, terms) => effects[command.kind](command, ticket, terms)

/** The rule of a reminder by hand: its text is that of the reminders by the clock. */
export const decideChase: Rules<'chase'> = {
  chase: (command, ticket, terms) => {
    const messageId = derivedMessageId(command.commandId)
    if (messageOf(ticket.messages, messageId)) return accept([])
    const body = automaticBody('chase', command, ticket, terms)
    if (!body.ok) return body
    const { language } = ticket
    const policyVersion = terms.policy.version
    return accept([eventFrom('CustomerChased', command, { messageId, body: body.value, language, policyVersion })])
  },
}

const effects: Readonly<Record<TicketDeadlineKind, Effect>> = {
  chase: (command, ticket, terms) => {
    const body = automaticBody('chase', command, ticket, terms)
    if (!body.ok) return body
    return accept([
      eventFrom('ChaseSent', command, {
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
      eventFrom('TicketClosed', command, {
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
      eventFrom('TicketClosed', command, {
        from: ticket.status,
        reason: 'solved',
        dueAt: command.dueAt,
        policyVersion: policy.version,
      }),
    ]),

  stagnation: (command, ticket, terms) =>
    accept(
      alertsOf(command, ticket, terms).map((alert) =>
        eventFrom('StagnationDetected', command, { since: ticket.lastAgentActivityAt, ...alert }),
      ),
    ),

  update: (command, ticket, terms) => {
    const { updateCountedFrom: since, updateAwaitedFrom: awaitedSince } = ticket
    return accept(
      alertsOf(command, ticket, terms).map((alert) =>
        eventFrom('UpdateOverdue', command, {
          since,
          ...(awaitedSince !== undefined && awaitedSince !== since && { awaitedSince }),
          ...alert,
        }),
      ),
    )
  },

  ...targetEffects,
}

/** The alert that a command reports as due, under the policy by which it is. */
const alertsOf = (command: Fire, ticket: Ticket, { timeline }: Terms) =>
  thresholdsDue(ticket, timeline)
    .filter(({ kind }) => kind === command.kind)
    .map(({ dueAt, cycle, policy, notBefore }: ThresholdDue) => ({
      dueAt,
      cycle,
      policyVersion: policy.version,
      ...(notBefore && { notBefore }),
    }))

function automaticBody(which: 'chase' | 'closeUnanswered', command: CommandMetadata, ticket: Ticket, terms: Terms) {
  const words = wordingFor(terms.wording, ticket.language, terms.policy.defaultLanguage)
  const byKey = placeholderValues(command, ticket, words, terms.policy.signature)
  return renderVariants(words.automatic[which], words, { byKey })
}
