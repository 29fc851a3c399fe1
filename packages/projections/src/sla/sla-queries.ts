import type { Instant, Priority, SlaTarget } from '@guichet/domain'
import { sql } from 'kysely'
import { byInstant, toInstant } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import { targetCondition } from './sla-conditions.ts'
import { readDashboard } from './sla-dashboard.ts'
import type { SlaQueries, SlaState, SlaTargetRow } from './sla-query.ts'

type Selected = {
  readonly id: string
  readonly ticket_id: string
  readonly target: SlaTarget
  readonly cycle: number
  readonly state: SlaState
  readonly running: boolean
  readonly held: boolean
  readonly since: Date
  readonly due_at: Date | null
  readonly time_left: string | null
  readonly warned_at: Date | null
  readonly paused_since: Date | null
  readonly breached_at: Date | null
  readonly achieved_at: Date | null
  readonly answered_at: Date | null
  readonly cancelled_at: Date | null
  readonly policy: string
  readonly calendar: string | null
  readonly policy_version: string
  readonly category: string | null
  readonly priority: Priority
  readonly plan: string | null
  readonly team: string | null
  readonly assignee_id: string | null
  readonly breaches_at: Date | null
}

/** Asks the live generation of the targets. */
export function slaQueries(reader: Reader): SlaQueries {
  const from = sql`${sql.id(readSchema)}.sla_target t`
  return {
    dashboard: (question, now) => readDashboard(reader, question, now),

    list: (filter, page, now) => {
      const ordering = byInstant({ expression: sql`t.sort_at`, id: sql`t.id`, direction: 'asc' })
      const listed = { columns: sql`t.*`, from, where: targetCondition(filter, now), ordering }
      return readSlice(reader, listed, page, (selected: Selected) => toRow(selected, now))
    },

    ofTickets: async (ticketIds, now) => {
      const selected = await reader.rows(sql<Selected>`
        select t.* from ${from} where t.ticket_id = any(${[...ticketIds]}::text[]) order by t.since, t.id`)
      const found = new Map(ticketIds.map((id): [string, SlaTargetRow[]] => [id, []]))
      for (const each of selected) found.get(each.ticket_id)?.push(toRow(each, now))
      return found
    },
  }
}

function toRow(selected: Selected, now: Instant): SlaTargetRow {
  const overdue = selected.breaches_at !== null && toInstant(selected.breaches_at) < now
  const dueAt = at(selected.due_at)
  return {
    id: selected.id,
    ticketId: selected.ticket_id,
    target: selected.target,
    cycle: selected.cycle,
    state: overdue ? 'BREACHED' : selected.state,
    open: selected.running,
    held: selected.held,
    since: toInstant(selected.since),
    dueAt,
    timeLeft: selected.time_left === null ? undefined : Number(selected.time_left),
    warnedAt: at(selected.warned_at),
    pausedSince: at(selected.paused_since),
    breachedAt: overdue ? dueAt : at(selected.breached_at),
    achievedAt: at(selected.achieved_at),
    answeredAt: at(selected.answered_at),
    cancelledAt: at(selected.cancelled_at),
    policy: selected.policy,
    calendar: selected.calendar ?? undefined,
    policyVersion: selected.policy_version,
    category: selected.category ?? undefined,
    priority: selected.priority,
    plan: selected.plan ?? undefined,
    team: selected.team ?? undefined,
    assigneeId: selected.assignee_id ?? undefined,
  }
}

const at = (value: Date | null): Instant | undefined => (value === null ? undefined : toInstant(value))
