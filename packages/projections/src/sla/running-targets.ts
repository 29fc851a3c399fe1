import type { SlaTarget, PolicyTimeline, Ticket } from '@guichet/domain'
import { isImminent, pausesOf, slaTargets, targetDue } from '@guichet/domain'
import type { Centres } from './centres.ts'
import { pausedSpans } from './paused-spans.ts'
import type { SlaClocks } from './sla-fold.ts'
import { promiseOf } from './sla-fold.ts'
import type { TargetRecord, TargetRow } from './target-row.ts'
import { ownColumns } from './target-row.ts'

/** The rows of a ticket's targets that run; one that no policy promises has none, unless it was missed when one did. */
export function runningTargets(
  ticketId: string,
  { ticket, marks }: SlaClocks,
  timeline: PolicyTimeline,
  centres: Centres,
  held: boolean,
): readonly TargetRow[] {
  if (ticket.status === 'absent') return []
  return slaTargets.flatMap((target): TargetRow[] => {
    const clock = ticket.clocks.targets[target]
    if (!clock) return []
    const mark = marks[target]?.cycle === clock.cycle ? marks[target] : undefined
    const own = { ...ownColumns(ticketId, ticket, target, clock.cycle, centres), running: true, held }
    const known = {
      cycle: clock.cycle,
      since: clock.from,
      warnedAt: mark?.warnedAt,
    }
    if (clock.breached !== undefined) {
      if (!mark?.missed) return []
      const { policy, runsWhileWaiting, ...promise } = mark.missed
      const pauses = pausedSpans(runsWhileWaiting ? ticket.clocks.ordered : ticket.clocks.pauses, clock.from)
      const record = { ...known, pauses, ...promise, breachedAt: clock.breached }
      return [{ ...own, policy, state: 'BREACHED', record }]
    }
    const standing = standingOf(ticket, target, timeline)
    return standing ? [{ ...own, ...standing, record: { ...known, ...standing.record } }] : []
  })
}

type Standing = Pick<TargetRow, 'policy' | 'state'> & {
  readonly record: Pick<
    TargetRecord,
    'calendar' | 'calendarOf' | 'notBefore' | 'policyVersion' | 'dueAt' | 'timeLeft' | 'pauses'
  >
}

function standingOf(ticket: Ticket, target: SlaTarget, timeline: PolicyTimeline): Standing | undefined {
  const due = targetDue(ticket, timeline, target)
  const clock = ticket.clocks.targets[target]
  if (!due || !clock) return undefined
  const { policy, ...promise } = promiseOf(due)
  const pauses = pausedSpans(pausesOf(ticket.clocks, due.sla.policy, target), clock.from)
  if (due.dueAt === undefined) return { policy, state: 'PAUSED', record: { ...promise, pauses, timeLeft: due.left } }
  const state = isImminent(ticket, timeline, target, due.dueAt) ? 'IMMINENT_BREACH' : 'PENDING'
  return { policy, state, record: { ...promise, pauses, dueAt: due.dueAt } }
}
