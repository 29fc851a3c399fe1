import type { SlaTarget, TermsTimeline, Ticket } from '@guichet/domain'
import { isImminent, latest, sinceEpoch, slaTargets, standsStill, targetDue } from '@guichet/domain'
import type { SlaClocks } from './sla-fold.ts'
import type { TargetRow } from './target-row.ts'
import { ownColumns, promiseColumns } from './target-row.ts'

/** The rows of a ticket's targets that run; one that no policy promises has none, unless it was missed when one did. */
export function runningTargets(
  ticketId: string,
  { ticket, marks }: SlaClocks,
  timeline: TermsTimeline,
  held: boolean,
): readonly TargetRow[] {
  if (ticket.status === 'absent') return []
  return slaTargets.flatMap((target): TargetRow[] => {
    const clock = ticket.clocks.targets[target]
    if (!clock) return []
    const mark = marks[target]?.cycle === clock.cycle ? marks[target] : undefined
    const row = {
      ...ownColumns(ticketId, ticket, target, clock.cycle),
      running: true,
      held,
      since: clock.from,
      warned_at: mark?.warnedAt,
    }
    if (clock.breached !== undefined) {
      const { missed } = mark ?? {}
      return missed ? [{ ...row, ...promiseColumns(missed), state: 'BREACHED', breached_at: clock.breached }] : []
    }
    const standing = standingOf(ticket, target, timeline)
    return standing ? [{ ...row, ...standing }] : []
  })
}

function standingOf(ticket: Ticket, target: SlaTarget, timeline: TermsTimeline) {
  const clock = ticket.clocks.targets[target]
  const due = targetDue(ticket, timeline, target)
  if (!clock || !due) return undefined
  const { policy, calendar } = { policy: due.sla.policy.name, calendar: due.sla.policy.calendar }
  const promise = { policy, calendar, policy_version: due.policy.version }
  if (due.dueAt !== undefined) {
    return {
      ...promise,
      state: isImminent(ticket, timeline, target, due.dueAt) ? ('IMMINENT_BREACH' as const) : ('PENDING' as const),
      due_at: sinceEpoch(due.dueAt),
    }
  }
  const pause = standsStill(ticket) ? ticket.clocks.pauses.at(-1) : undefined
  return {
    ...promise,
    state: 'PAUSED' as const,
    time_left: due.left,
    paused_since: pause && latest(pause.from, clock.from),
  }
}
