import { earliestFirst } from '../kernel/decider.ts'
import type { Instant } from '../kernel/time.ts'
import { latest, sinceEpoch } from '../kernel/time.ts'
import type { TermsChange } from '../sla/terms.ts'
import { slaFor } from '../sla/terms.ts'
import type { PolicyTimeline, TicketPolicy } from './policy.ts'
import { dueOver } from './policy.ts'
import type { Ticket, TicketState } from './state.ts'
import type { TicketDeadline, TicketDeadlineKind } from './targets.ts'
import { changeAt, targetDeadlines } from './targets.ts'

/** A threshold of the desk that falls due, the policy that sets it, and the change before which it did not fall due. */
export type ThresholdDue = TicketDeadline & {
  readonly policy: TicketPolicy
  readonly notBefore?: TermsChange | undefined
}

/**
 * The deadlines of a ticket, earliest first. Pure: the clock only sends `fire` with one of these. Of consecutive steps
 * (first chase, second chase, close; warning, breach, escalation) only the next is listed. A chase is due at its time
 * since the wait began, but also not before its distance from the last chase, counted from when that was really sent
 * and under whatever policy: after an outage a customer is chased first, and the ticket is closed later. Nothing falls
 * due under a policy before it comes into force.
 */
export function ticketDeadlines(state: TicketState, timeline: PolicyTimeline): readonly TicketDeadline[] {
  if (state.status === 'absent') return []
  const thresholds = thresholdsDue(state, timeline).map(({ kind, cycle, dueAt }) => ({ kind, cycle, dueAt }))
  return [...thresholds, ...targetDeadlines(state, timeline)].sort(earliestFirst)
}

type Step = { readonly kind: TicketDeadlineKind; readonly cycle: number; readonly dueAt: number }

type FlooredStep = Step & Pick<ThresholdDue, 'policy' | 'notBefore'>

/** What falls due under a policy, and the earliest instant at which it may fall due. */
type Rule = {
  readonly since: (ticket: Ticket) => Instant | undefined
  readonly due: (ticket: Ticket, policy: TicketPolicy) => Step | undefined
}

/** A change of the ticket may make updates necessary that were not before: none falls due before the change. */
const silent: Rule = {
  since: ({ updateAwaitedFrom, clocks }) => updateAwaitedFrom && latest(updateAwaitedFrom, clocks.termsSince),
  due: silence,
}

const rules: Readonly<Record<Ticket['status'], readonly Rule[]>> = {
  new: [silent],
  in_progress: [{ since: ({ lastAgentActivityAt }) => lastAgentActivityAt, due: stagnation }, silent],
  waiting_customer: [{ since: ({ waitingSince }) => waitingSince, due: chase }],
  resolved: [{ since: ({ lastResolvedAt }) => lastResolvedAt, due: close }],
  closed: [],
}

/** The deadlines of a ticket by the desk's thresholds, each with what it follows from. */
export function thresholdsDue(ticket: Ticket, timeline: PolicyTimeline): readonly ThresholdDue[] {
  return rules[ticket.status].flatMap((rule) => {
    const since = rule.since(ticket)
    if (since === undefined) return []
    const step = dueOver(timeline, Date.parse(since), (policy, notBefore): FlooredStep | undefined => {
      const due = rule.due(ticket, policy)
      if (!due || due.dueAt >= notBefore) return due && { ...due, policy }
      return { ...due, policy, dueAt: notBefore, notBefore: changeAt(ticket.clocks, sinceEpoch(notBefore)) }
    })
    return step ? [{ ...step, dueAt: sinceEpoch(step.dueAt) }] : []
  })
}

function chase({ waitingSince, chasedAt, waits: cycle }: Ticket, policy: TicketPolicy): Step | undefined {
  if (waitingSince === undefined) return undefined
  const steps = [...policy.chaseAfter, policy.closeUnansweredAfter]
  const next = Math.min(chasedAt.length, policy.chaseAfter.length)
  const planned = Date.parse(waitingSince) + (steps[next] ?? policy.closeUnansweredAfter)
  const sentBefore = chasedAt.at(-1)
  const distance = (steps[next] ?? 0) - (steps[next - 1] ?? 0)
  const kind = next < policy.chaseAfter.length ? 'chase' : 'close_unanswered'
  return { kind, cycle, dueAt: sentBefore ? Math.max(planned, Date.parse(sentBefore) + distance) : planned }
}

function close({ resolutions, lastResolvedAt }: Ticket, { closeResolvedAfter }: TicketPolicy): Step | undefined {
  return lastResolvedAt === undefined
    ? undefined
    : { kind: 'close_resolved', cycle: resolutions, dueAt: Date.parse(lastResolvedAt) + closeResolvedAfter }
}

function stagnation(ticket: Ticket, { stagnationAfter }: TicketPolicy): Step | undefined {
  return ticket.stagnationReported
    ? undefined
    : { kind: 'stagnation', cycle: ticket.spells, dueAt: Date.parse(ticket.lastAgentActivityAt) + stagnationAfter }
}

/**
 * The alert that the customer of an urgent ticket waits for an update, where the SLA policy promises no update. The
 * agent of the ticket is notified once in a silence, and not again if they were notified of the same breach.
 */
function silence(ticket: Ticket, { serviceLevels, urgentUpdateEvery }: TicketPolicy): Step | undefined {
  const { silences: cycle, updateCountedFrom, updateAwaitedFrom, priority, clocks } = ticket
  if (clocks.paused || updateAwaitedFrom === undefined || priority !== 'urgent') return undefined
  const missedAt = clocks.targets.update?.noticedAt
  if (missedAt !== undefined && missedAt > updateCountedFrom) return undefined
  if (serviceLevels && slaFor(serviceLevels, ticket)?.policy.update !== undefined) return undefined
  return { kind: 'update', cycle, dueAt: Date.parse(updateAwaitedFrom) + urgentUpdateEvery }
}
