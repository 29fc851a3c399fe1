import type { Instant, PolicyTimeline, SlaTarget, TargetDue, Ticket, TicketEvent } from '@guichet/domain'
import {
  answersTheCustomer,
  informsTheCustomer,
  isImminent,
  pausesOf,
  pausesWhileWaiting,
  slaTargets,
  targetDue,
} from '@guichet/domain'
import type { Centres, SlaClocks, SlaStep } from './fold.ts'
import { pausedSpans, promised, promiseOf } from './fold.ts'
import type { TargetRecord, TargetRow } from './target-row.ts'
import { ownColumns } from './target-row.ts'

/**
 * The rows of a ticket's running targets. A target that no policy promises has no row, unless it was missed under an
 * earlier promise.
 */
export function runningTargets(
  ticketId: string,
  { ticket, marks }: SlaClocks,
  timeline: PolicyTimeline,
  centres: Centres,
  isHeld: boolean,
): readonly TargetRow[] {
  if (ticket.status === 'absent') return []
  return slaTargets.flatMap((target): TargetRow[] => {
    const clock = ticket.clocks.targets[target]
    if (!clock) return []
    const mark = marks[target]?.cycle === clock.cycle ? marks[target] : undefined
    const row = { ...ownColumns(ticketId, ticket, target, clock.cycle, centres), running: true, held: isHeld }
    const clockRecord = {
      cycle: clock.cycle,
      since: clock.from,
      warnedAt: mark?.warnedAt,
    }
    if (clock.breached !== undefined) {
      if (!mark?.missed) return []
      const { policy, runsWhileWaiting, ...promise } = mark.missed
      const pauses = pausedSpans(runsWhileWaiting ? ticket.clocks.ordered : ticket.clocks.pauses, clock.from)
      const record = { ...clockRecord, pauses, ...promise, breachedAt: clock.breached }
      return [{ ...row, policy, state: 'BREACHED', record }]
    }
    const progress = progressOf(ticket, target, timeline)
    return progress ? [{ ...row, ...progress, record: { ...clockRecord, ...progress.record } }] : []
  })
}

type TargetProgress = Pick<TargetRow, 'policy' | 'state'> & {
  readonly record: Pick<
    TargetRecord,
    'calendar' | 'calendarOf' | 'notBefore' | 'policyVersion' | 'dueAt' | 'timeLeft' | 'pauses'
  >
}

function progressOf(ticket: Ticket, target: SlaTarget, timeline: PolicyTimeline): TargetProgress | undefined {
  const due = targetDue(ticket, timeline, target)
  const clock = ticket.clocks.targets[target]
  if (!due || !clock) return undefined
  const { policy, ...promise } = promiseOf(due)
  const pauses = pausedSpans(pausesOf(ticket.clocks, due.sla.policy, target), clock.from)
  if (due.dueAt === undefined) return { policy, state: 'PAUSED', record: { ...promise, pauses, timeLeft: due.left } }
  const state = isImminent(ticket, timeline, target, due.dueAt) ? 'IMMINENT_BREACH' : 'PENDING'
  return { policy, state, record: { ...promise, pauses, dueAt: due.dueAt } }
}

/**
 * The rows of the targets that events end, in the order of the events, and of those whose promise a change of the
 * ticket withdraws. A target met in time gets its row from the `TargetMet` that follows. History from before such
 * events has none, and no row.
 */
export const endedTargets = (
  steps: readonly SlaStep[],
  timeline: PolicyTimeline,
  centres: Centres,
): readonly TargetRow[] =>
  steps.flatMap((step) => [
    ...endedBy(step, timeline, centres),
    ...withdrawnBy(step, timeline, centres),
    ...metBy(step, centres),
  ])

function endedBy(
  { id, envelope: { event }, before, after }: SlaStep,
  timeline: PolicyTimeline,
  centres: Centres,
): TargetRow[] {
  const { ticket } = before
  if (ticket.status === 'absent') return []
  const targets = after.ticket.status === 'absent' ? {} : after.ticket.clocks.targets
  return slaTargets.flatMap((target): TargetRow[] => {
    const clock = ticket.clocks.targets[target]
    if (!clock || targets[target]?.cycle === clock.cycle) return []
    const mark = after.marks[target]?.cycle === clock.cycle ? after.marks[target] : undefined
    const row = { ...ownColumns(id, ticket, target, clock.cycle, centres), running: false, held: false }
    const clockRecord = { cycle: clock.cycle, since: clock.from, warnedAt: mark?.warnedAt }
    if (clock.breached !== undefined) {
      if (!mark?.missed) return []
      const { policy, runsWhileWaiting, ...promise } = mark.missed
      const pauses = runsWhileWaiting ? mark.ordered : mark.pauses
      const end = does(event, target) ? { answeredAt: event.at } : { cancelledAt: event.at }
      const record = { ...clockRecord, pauses, ...promise, breachedAt: clock.breached, ...end }
      return [{ ...row, policy, state: 'BREACHED', record }]
    }
    const due = does(event, target) ? undefined : targetDue(ticket, timeline, target, event.at)
    if (!due) return []
    const pauses = pausesWhileWaiting(due.sla.policy, target) ? mark?.pauses : mark?.ordered
    return [cancelled(row, { ...clockRecord, pauses }, due, event.at)]
  })
}

/** The running, not missed targets whose promise an event withdraws by changing the ticket. */
function withdrawnBy(
  { id, envelope: { event }, before: { ticket: before }, after: { ticket: after, marks } }: SlaStep,
  timeline: PolicyTimeline,
  centres: Centres,
): TargetRow[] {
  if (before.status === 'absent' || after.status === 'absent') return []
  if (chosenBy.every((term) => before[term] === after[term])) return []
  return slaTargets.flatMap((target): TargetRow[] => {
    const clock = before.clocks.targets[target]
    if (!clock || clock.breached !== undefined || after.clocks.targets[target]?.cycle !== clock.cycle) return []
    const due = targetDue(before, timeline, target, event.at)
    if (!due || targetDue(after, timeline, target)) return []
    const row = { ...ownColumns(id, before, target, clock.cycle, centres), running: false, held: false }
    const mark = marks[target]?.cycle === clock.cycle ? marks[target] : undefined
    const pauses = pausedSpans(pausesOf(before.clocks, due.sla.policy, target), clock.from, event.at)
    return [cancelled(row, { cycle: clock.cycle, since: clock.from, warnedAt: mark?.warnedAt, pauses }, due, event.at)]
  })
}

/** The fields of a ticket by which its policy is chosen. */
const chosenBy = ['category', 'priority', 'plan'] as const

function cancelled(
  row: Omit<TargetRow, 'policy' | 'state' | 'record'>,
  clockRecord: Pick<TargetRecord, 'cycle' | 'since' | 'warnedAt' | 'pauses'>,
  due: TargetDue,
  cancelledAt: Instant,
): TargetRow {
  const { policy, ...promise } = promiseOf(due)
  return { ...row, policy, state: 'CANCELLED', record: { ...clockRecord, ...promise, dueAt: due.dueAt, cancelledAt } }
}

function metBy({ id, envelope: { event }, after: { ticket, marks, metWith } }: SlaStep, centres: Centres): TargetRow[] {
  if (event.type !== 'TargetMet' || ticket.status === 'absent') return []
  const { team } = metWith ?? ticket
  const { target, cycle, since, at } = event
  const mark = marks[target]?.cycle === cycle ? marks[target] : undefined
  const { policy, runsWhileWaiting, ...promise } = promised(event)
  const pauses = runsWhileWaiting ? mark?.ordered : mark?.pauses
  return [
    {
      ...ownColumns(id, { ...ticket, team }, target, cycle, centres),
      running: false,
      held: false,
      policy,
      state: 'ACHIEVED',
      record: { cycle, since, warnedAt: mark?.warnedAt, pauses, ...promise, metAt: at },
    },
  ]
}

/** Whether an event fulfils a target, possibly late. */
function does(event: TicketEvent, target: SlaTarget): boolean {
  if (target === 'update') return informsTheCustomer(event)
  if (target !== 'resolution') return answersTheCustomer(event)
  if (event.type === 'TicketClosed') return event.reason === 'solved' || event.reason === 'confirmed'
  return event.type === 'TicketResolved'
}
