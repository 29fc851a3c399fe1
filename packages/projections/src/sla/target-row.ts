import { createHash } from 'node:crypto'
import type { CalendarOwner, Instant, SlaState, SlaTarget, SupportLevel, Ticket } from '@guichet/domain'
import type { TimeRange } from '../reading/reader.ts'
import type { Centres, Promised } from './fold.ts'
import type { PausedSpan, SlaTargetRow } from './sla-query.ts'

/** What became of a target, and when: the day that it counts on. */
type Outcome = 'met' | 'missed' | 'cancelled'

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
const termsOfRow = (row: TargetRow): string =>
  createHash('md5')
    .update(JSON.stringify(termsColumns.map((column) => row[column] ?? null)))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** What targets are counted by. */
export const termsColumns = ['target', 'policy', 'category', 'priority', 'plan', 'team', 'level', 'centre'] as const

type Ends = Pick<SlaTargetRow, 'metAt' | 'answeredAt' | 'cancelledAt'>

/** When a target was over: done, in time or not, or given up. Undefined of an open one. */
const endedAt = ({ metAt, answeredAt, cancelledAt }: Partial<Ends>): Instant | undefined =>
  metAt ?? answeredAt ?? cancelledAt

/** Of a ticket's targets the open ones and so many of those that are over, the latest: as `ofTickets` tells them, in the order given. */
export function withLatestEnded(rows: readonly SlaTargetRow[], ended: number): readonly SlaTargetRow[] {
  const over = rows.filter(({ open }) => !open).sort(latestFirst)
  const left = new Set(over.slice(ended))
  return rows.filter((row) => !left.has(row))
}

function latestFirst(a: SlaTargetRow, b: SlaTargetRow): number {
  const [one = '', other = ''] = [endedAt(a), endedAt(b)]
  return one === other ? (a.id < b.id ? 1 : -1) : one < other ? 1 : -1
}

/** Days or months (UTC) by their first days: `from` is included, `to` is not. */
type Days = { readonly from?: string | undefined; readonly to?: string | undefined }

/** A period as the whole months, the whole days beside them and the parts of days at its ends that it consists of. */
type OutcomeSpans = {
  readonly months: readonly Days[]
  readonly days: readonly Days[]
  readonly parts: readonly TimeRange[]
}

/** Takes a period apart, so that however long it is few counters make it up. */
export function outcomeSpans({ from, to }: TimeRange): OutcomeSpans {
  const firstDay = from && dayFrom(from)
  const lastDay = to && to.slice(0, 10)
  if (firstDay !== undefined && lastDay !== undefined && firstDay > lastDay) {
    return { months: [], days: [], parts: [{ from, to }] }
  }
  const parts = given<TimeRange>([
    firstDay !== undefined && { from, to: startOf(firstDay) },
    lastDay !== undefined && { from: startOf(lastDay), to },
  ])
  const firstMonth = firstDay && monthFrom(firstDay)
  const lastMonth = lastDay && `${lastDay.slice(0, 8)}01`
  if (firstMonth !== undefined && lastMonth !== undefined && firstMonth >= lastMonth) {
    return { months: [], days: given([{ from: firstDay, to: lastDay }]), parts }
  }
  const days = given<Days>([
    firstMonth !== undefined && { from: firstDay, to: firstMonth },
    lastMonth !== undefined && { from: lastMonth, to: lastDay },
  ])
  return { months: [{ from: firstMonth, to: lastMonth }], days, parts }
}

/** The ranges that hold anything. */
const given = <R extends Days>(ranges: readonly (R | false)[]): readonly R[] =>
  ranges.filter((range): range is R => range !== false && (range.from === undefined || range.from !== range.to))

/** The first day that is wholly at or after an instant. */
function dayFrom(at: Instant): string {
  const day = at.slice(0, 10)
  return at === startOf(day) ? day : new Date(Date.parse(startOf(day)) + 86_400_000).toISOString().slice(0, 10)
}

/** The first day of the month that is wholly at or after a day. */
function monthFrom(day: string): string {
  if (day.endsWith('-01')) return day
  const [year = 0, month = 0] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10)
}

const startOf = (day: string): Instant => `${day}T00:00:00.000Z` as Instant
