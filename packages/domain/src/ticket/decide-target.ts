import { clockActor } from '../kernel/actor.ts'
import type { Issued } from '../kernel/decider.ts'
import type { Instant } from '../kernel/instant.ts'
import { accept } from '../kernel/result.ts'
import { pausesWhileWaiting } from '../sla/settings.ts'
import type { SlaTarget } from '../sla/target-clock.ts'
import { slaTargets } from '../sla/target-clock.ts'
import type { TicketCommandOf } from './commands.ts'
import type { TicketEvent, TicketEventData, TicketEventOf } from './events.ts'
import { answersTheCustomer } from './events.ts'
import type { Decision, Given, Terms } from './rule.ts'
import { happened } from './rule.ts'
import { escalated } from './escalation.ts'
import type { Ticket } from './state.ts'
import type { TargetDue } from './target-deadlines.ts'
import { escalationDue, targetDue, timeSpent } from './target-deadlines.ts'

type Fire = Given<TicketCommandOf<'fire'>>
type Effect = (command: Fire, ticket: Ticket, terms: Terms) => Decision

/** The breach of every target that was due before a command's moment: missed then, whoever notices it first. */
export function breachesBefore(
  { at, ...command }: Issued,
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
      happened<'TargetBreached'>('TargetBreached', breach, {
        ...promiseOf(target, clock, due),
        ...timeSpent(ticket.clocks, target, clock, due, due.dueAt),
      }),
    ]
  })
}

/** The targets that events meet which a command leads to: they ended a clock that had not run out by then. */
export function metBy(
  events: readonly TicketEvent[],
  command: Issued,
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
      happened('TargetMet', command, {
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

/** The three steps of a target: a warning that comes too late is none, since the breach is recorded instead. */
export const targetEffects: {
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
      happened('TargetWarned', command, { ...promiseOf(target, clock, due), share: due.sla.policy.warnAt }),
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
