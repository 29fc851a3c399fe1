import type { CalendarOwner, Instant, SlaState, SlaTarget, SupportLevel, Ticket } from '@guichet/domain'
import { createHash } from 'node:crypto'
import type { Centres } from './centres.ts'
import { endedAt } from './latest-ended.ts'
import type { Promised } from './sla-fold.ts'

/** What became of a target, and when: the day that it counts on. */
export type Outcome = 'met' | 'missed' | 'cancelled'

/** A stretch during which a clock stood still; without an end it still does. */
export type PausedSpan = { readonly from: Instant; readonly to?: Instant | undefined }

/** What a target is explained by, which nothing is looked for by. */
export type TargetRecord = Omit<Promised, 'dueAt' | 'policy'> & {
  readonly cycle: number
  readonly since: Instant
  readonly dueAt?: Instant | undefined
  /** Milliseconds of business time left while the clock stands still. */
  readonly timeLeft?: number | undefined
  readonly calendarOf?: CalendarOwner | undefined
  readonly pauses?: readonly PausedSpan[] | undefined
  readonly warnedAt?: Instant | undefined
  readonly breachedAt?: Instant | undefined
  readonly metAt?: Instant | undefined
  readonly answeredAt?: Instant | undefined
  readonly cancelledAt?: Instant | undefined
}

/** A target of a ticket, as it is written. */
export type TargetRow = {
  readonly id: string
  readonly ticket_id: string
  readonly target: SlaTarget
  readonly state: SlaState
  readonly running: boolean
  readonly held: boolean
  readonly policy: string
  readonly category?: string | undefined
  readonly priority: Ticket['priority']
  readonly plan?: string | undefined
  readonly team?: string | undefined
  readonly level: SupportLevel
  readonly centre?: string | undefined
  readonly assignee_id?: string | undefined
  readonly record: TargetRecord
}

/** What lists sort by and counters count by: follows from the row. */
export type DerivedColumns = {
  /** When it is or was due; what stands still comes last. */
  readonly due_at: Instant
  readonly terms: string
  /** When it breaches unless something happens before. */
  readonly breaches_at?: Instant | undefined
  /** Nothing counts of a target that runs on a ticket whose import goes on. */
  readonly outcome?: Outcome | undefined
  readonly outcome_at?: Instant | undefined
  /** When it was over. */
  readonly ended_at?: Instant | undefined
}

/** The last place in the order of what is due: that of targets whose clock stands still. */
export const dueLast = '8999-12-31T23:59:59.999Z' as Instant

/** Which target of a ticket this is, and who the ticket is with. */
export function ownColumns(ticketId: string, ticket: Ticket, target: SlaTarget, cycle: number, centres: Centres) {
  const { category, priority, plan, team, level, assignee } = ticket
  return {
    id: `${ticketId}/${target}/${cycle}`,
    ticket_id: ticketId,
    target,
    category,
    priority,
    plan,
    team,
    level,
    centre: assignee && centres.get(assignee.id),
    assignee_id: assignee?.id,
  }
}

/** What follows from a row. Nothing breaches whose clock stands still, that is over, or whose ticket waits for the end of an import. */
export function derivedColumns(row: TargetRow): DerivedColumns {
  const ticks = row.running && !row.held && (row.state === 'PENDING' || row.state === 'IMMINENT_BREACH')
  return {
    due_at: row.record.dueAt ?? dueLast,
    terms: termsOfRow(row),
    breaches_at: ticks ? row.record.dueAt : undefined,
    ...outcomeOf(row),
    ended_at: endedAt(row.record),
  }
}

function outcomeOf({ state, running, held, record }: TargetRow): Pick<DerivedColumns, 'outcome' | 'outcome_at'> {
  if (running && held) return {}
  if (state === 'BREACHED') return { outcome: 'missed', outcome_at: record.breachedAt }
  if (state === 'ACHIEVED') return { outcome: 'met', outcome_at: record.metAt }
  return state === 'CANCELLED' ? { outcome: 'cancelled', outcome_at: record.cancelledAt } : {}
}

/** What targets are counted by, as one short value: the same for the same terms, whoever works it out. */
export const termsOfRow = (row: TargetRow): string =>
  createHash('md5')
    .update(JSON.stringify(termsColumns.map((column) => row[column] ?? null)))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** What targets are counted by. */
export const termsColumns = ['target', 'policy', 'category', 'priority', 'plan', 'team', 'level', 'centre'] as const
