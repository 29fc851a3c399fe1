import { createHash } from 'node:crypto'
import type { CalendarOwner, Instant, SlaState, SlaTarget, SupportLevel, Ticket } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { Keyset, Page, Slice, TimeRange } from '../reading/reader.ts'
import { cutSlice } from '../reading/slice.ts'
import type { Centres, TargetPromise } from './fold.ts'
import type { PausedSpan, SlaTargetRow } from './sla-query.ts'

/** The outcome of a target, and the day that it counts on. */
type Outcome = 'met' | 'missed' | 'cancelled'

/** The explanation of a target, which queries do not search. */
export type TargetRecord = Omit<TargetPromise, 'dueAt' | 'policy'> & {
  readonly cycle: number
  readonly since: Instant
  readonly dueAt?: Instant | undefined
  /** The remaining milliseconds of business time while the clock is paused. */
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

/** The columns that lists sort by and counters count by, derived from the row. */
export type DerivedColumns = {
  /** When it is or was due; paused targets sort last. */
  readonly due_at: Instant
  readonly terms: string
  /** When it breaches unless an event changes that. */
  readonly breaches_at?: Instant | undefined
  /** The outcome that counts; undefined for a running target of a ticket whose import is not complete. */
  readonly outcome?: Outcome | undefined
  readonly outcome_at?: Instant | undefined
  /** When it ended. */
  readonly ended_at?: Instant | undefined
}

/** The last place in the order of due instants: that of targets whose clock is paused. */
export const dueLast = '8999-12-31T23:59:59.999Z' as Instant

/** The columns that identify a target of a ticket, and those of its assignment. */
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

/**
 * Derives the columns of a row. A target does not breach while its clock is paused, once it has ended, or while its
 * ticket is held by an import.
 */
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

/** The id of the terms that targets are counted by: the same short value for the same terms in every process. */
const termsOfRow = (row: TargetRow): string =>
  createHash('md5')
    .update(JSON.stringify(termsColumns.map((column) => row[column] ?? null)))
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** The dimensions that targets are counted by. */
export const termsColumns = ['target', 'policy', 'category', 'priority', 'plan', 'team', 'level', 'centre'] as const

type Ends = Pick<SlaTargetRow, 'metAt' | 'answeredAt' | 'cancelledAt'>

/** When a target ended: fulfilled, in time or not, or cancelled. Undefined for an open one. */
const endedAt = ({ metAt, answeredAt, cancelledAt }: Partial<Ends>): Instant | undefined =>
  metAt ?? answeredAt ?? cancelledAt

/** What begins the value of the place of an open target: when it began follows. */
const openMark = 'open '

/**
 * The place of a target among those of its ticket: open ones come first, in the order in which they began, then ended ones, the latest
 * first.
 */
function placeOf({ id, open, since, ...ends }: SlaTargetRow): Keyset {
  return { value: open ? `${openMark}${since}` : (endedAt(ends) ?? since), id }
}

/** The instant at which an ended target at a place ended; undefined for the place of an open one. */
export function endOf({ value }: Keyset): Instant | undefined {
  const isOpen = value.startsWith(openMark)
  const at = instant(isOpen ? value.slice(openMark.length) : value)
  return isOpen ? undefined : at
}

function comparePlaces(a: Keyset, b: Keyset): number {
  const [isOpen, isOtherOpen] = [a.value.startsWith(openMark), b.value.startsWith(openMark)]
  if (isOpen !== isOtherOpen) return isOpen ? -1 : 1
  const order = a.value === b.value ? (a.id < b.id ? -1 : Number(a.id > b.id)) : a.value < b.value ? -1 : 1
  return isOpen ? order : -order
}

/** Cuts a page out of the targets of a ticket, or out of those around the page and one more. */
export function pageOfTargets(rows: readonly SlaTargetRow[], page: Page): Slice<SlaTargetRow> {
  const { after, before } = page
  const within = rows
    .map((row) => ({ row, keyset: placeOf(row) }))
    .filter(
      ({ keyset }) => (!after || comparePlaces(keyset, after) > 0) && (!before || comparePlaces(keyset, before) < 0),
    )
    .sort((a, b) => comparePlaces(a.keyset, b.keyset))
  return cutSlice(within, page)
}

/** Days or months (UTC) by their first days: `from` is included, `to` is not. */
type Days = { readonly from?: string | undefined; readonly to?: string | undefined }

/** A period split into whole months, the remaining whole days, and the parts of days at its ends. */
type OutcomeSpans = {
  readonly months: readonly Days[]
  readonly days: readonly Days[]
  readonly parts: readonly TimeRange[]
}

/** Splits a period so that few counters cover it, however long it is. */
export function outcomeSpans({ from, to }: TimeRange): OutcomeSpans {
  const firstDay = from && dayFrom(from)
  const lastDay = to && to.slice(0, 10)
  if (firstDay !== undefined && lastDay !== undefined && firstDay > lastDay) {
    return { months: [], days: [], parts: [{ from, to }] }
  }
  const parts = nonEmptyRanges<TimeRange>([
    firstDay !== undefined && { from, to: startOf(firstDay) },
    lastDay !== undefined && { from: startOf(lastDay), to },
  ])
  const firstMonth = firstDay && monthFrom(firstDay)
  const lastMonth = lastDay && `${lastDay.slice(0, 8)}01`
  if (firstMonth !== undefined && lastMonth !== undefined && firstMonth >= lastMonth) {
    return { months: [], days: nonEmptyRanges([{ from: firstDay, to: lastDay }]), parts }
  }
  const days = nonEmptyRanges<Days>([
    firstMonth !== undefined && { from: firstDay, to: firstMonth },
    lastMonth !== undefined && { from: lastMonth, to: lastDay },
  ])
  return { months: [{ from: firstMonth, to: lastMonth }], days, parts }
}

/** The non-empty ranges. */
const nonEmptyRanges = <R extends Days>(ranges: readonly (R | false)[]): readonly R[] =>
  ranges.filter((range): range is R => range !== false && (range.from === undefined || range.from !== range.to))

/** The first day that begins at or after an instant. */
function dayFrom(at: Instant): string {
  const day = at.slice(0, 10)
  return at === startOf(day) ? day : new Date(Date.parse(startOf(day)) + 86_400_000).toISOString().slice(0, 10)
}

/** The first day of the month that begins at or after a day. */
function monthFrom(day: string): string {
  if (day.endsWith('-01')) return day
  const [year = 0, month = 0] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10)
}

const startOf = (day: string): Instant => `${day}T00:00:00.000Z` as Instant
