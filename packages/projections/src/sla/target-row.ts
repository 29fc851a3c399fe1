import type { Instant, SlaTarget, Ticket } from '@guichet/domain'
import { createHash } from 'node:crypto'
import type { Promised } from './sla-fold.ts'
import type { SlaState } from './sla-query.ts'

/** What became of a target, and when: the day that it counts on. */
export type Outcome = 'met' | 'missed' | 'cancelled'

/** A row of `sla_target`, as it is written. */
export type TargetRow = {
  readonly id: string
  readonly ticket_id: string
  readonly target: SlaTarget
  readonly cycle: number
  readonly state: SlaState
  readonly running: boolean
  readonly held: boolean
  readonly since: Instant
  readonly due_at?: Instant | undefined
  readonly time_left?: number | undefined
  readonly warned_at?: Instant | undefined
  readonly paused_since?: Instant | undefined
  readonly breached_at?: Instant | undefined
  readonly achieved_at?: Instant | undefined
  readonly answered_at?: Instant | undefined
  readonly cancelled_at?: Instant | undefined
  readonly policy: string
  readonly calendar?: string | undefined
  readonly policy_version: string
  readonly category?: string | undefined
  readonly priority: Ticket['priority']
  readonly plan?: string | undefined
  readonly team?: string | undefined
  readonly assignee_id?: string | undefined
}

/** What lists sort by and counters count by: follows from the row. */
export type DerivedColumns = {
  readonly terms: string
  /** When it breaches unless something happens before. */
  readonly breaches_at?: Instant | undefined
  readonly sort_at: Instant
  readonly outcome?: Outcome | undefined
  readonly outcome_at?: Instant | undefined
}

/** The last place in the order of what is due: that of targets whose clock stands still. */
const last = '8999-12-31T23:59:59.999Z' as Instant

/** Which target of a ticket this is, and who the ticket is with. */
export function ownColumns(ticketId: string, ticket: Ticket, target: SlaTarget, cycle: number) {
  const { category, priority, plan, team, assignee } = ticket
  return {
    id: `${ticketId}/${target}/${cycle}`,
    ticket_id: ticketId,
    target,
    cycle,
    category,
    priority,
    plan,
    team,
    assignee_id: assignee?.id,
  }
}

/** What a target was promised by, as columns. */
export const promiseColumns = ({
  dueAt,
  policy,
  calendar,
  policyVersion,
}: Omit<Promised, 'dueAt'> & { dueAt?: Instant | undefined }) => ({
  due_at: dueAt,
  policy,
  calendar,
  policy_version: policyVersion,
})

export function derivedColumns(row: TargetRow): DerivedColumns {
  const ticks = row.running && !row.held && (row.state === 'PENDING' || row.state === 'IMMINENT_BREACH')
  return {
    terms: termsOfRow(row),
    breaches_at: ticks ? row.due_at : undefined,
    sort_at: row.due_at ?? last,
    ...outcomeOf(row),
  }
}

function outcomeOf({
  state,
  breached_at,
  achieved_at,
  cancelled_at,
}: TargetRow): Pick<DerivedColumns, 'outcome' | 'outcome_at'> {
  if (state === 'BREACHED') return { outcome: 'missed', outcome_at: breached_at }
  if (state === 'ACHIEVED') return { outcome: 'met', outcome_at: achieved_at }
  return state === 'CANCELLED' ? { outcome: 'cancelled', outcome_at: cancelled_at } : {}
}

/** What targets are counted by, as one short value: the same for the same terms, whoever works it out. */
export const termsOfRow = ({ target, policy, category, priority, plan, team }: TargetRow): string =>
  createHash('md5')
    .update(JSON.stringify([target, policy, category ?? null, priority, plan ?? null, team ?? null]))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
