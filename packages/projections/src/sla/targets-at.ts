import type { EventEnvelope, Instant, PolicyTimeline, TicketEvent } from '@guichet/domain'
import { endedTargets } from './ended-targets.ts'
import { runningTargets } from './running-targets.ts'
import { createSlaFolding } from './sla-fold.ts'
import { inOrder } from './sla-queries.ts'
import type { SlaTargetRow } from './sla-query.ts'
import { unwrittenTargetRow } from './sla-target-row.ts'

/**
 * Every target of a ticket as it stood at an instant, in the order in which they began: what the read model would have said then, but for the
 * centre, which is not the ticket's own.
 * @param history of one ticket, from its beginning, up to that instant.
 */
export async function targetsAt(
  history: readonly EventEnvelope<TicketEvent>[],
  timeline: PolicyTimeline,
  at: Instant,
): Promise<readonly SlaTargetRow[]> {
  const { steps, ends } = await createSlaFolding()(history, async () => [])
  const none = new Map<string, string>()
  const running = ends.flatMap(({ id, state }) => runningTargets(id, state, timeline, none, false))
  const rows = new Map([...endedTargets(steps, timeline, none), ...running].map((row) => [row.id, row]))
  return [...rows.values()].map((row) => unwrittenTargetRow(row, at)).sort(inOrder)
}
