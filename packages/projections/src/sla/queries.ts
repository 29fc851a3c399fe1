import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { EventEnvelope, Instant, SlaState, TicketEvent } from '@guichet/domain'
import { evolveTicket, importIdOf, latest, parseStream } from '@guichet/domain'
import type { Page, Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { byInstant, mergedSlices, readSlice, toInstant } from '../reading/slice.ts'
import type { TermsTimelineAt } from '../streams/configuration.ts'
import { movedBy } from '../streams/stream-folding.ts'
import { openOf, readDashboard, targetCondition, termsCondition } from './dashboard.ts'
import type { SlaClocks, SlaStep } from './fold.ts'
import { evolveMarks, noMarks, pausedSpans } from './fold.ts'
import type { PausedSpan, SlaQueries, SlaTargetFilter, SlaTargetRow } from './sla-query.ts'
import type { TargetRow } from './target-row.ts'
import { derivedColumns, dueLast, endOf, pageOfTargets } from './target-row.ts'
import { endedTargets, runningTargets } from './targets.ts'

/** Queries the live generation of the targets. */
export function slaQueries(reader: Reader): SlaQueries {
  const from = sql`${sql.id(readSchema)}.sla_target s`
  const ordering = byInstant({ expression: sql`s.due_at`, id: sql`s.id`, direction: 'asc' })
  return {
    dashboard: (question, now) => readDashboard(reader, question, now),

    list: async (filter, page, now) => {
      const open = openOf(filter)
      const lists = [
        ...(open === false ? [] : [{ where: targetCondition({ ...filter, open: true }, now) }]),
        ...(open === true ? [] : endedLists(filter, now)),
      ]
      const slices = lists.map((each) =>
        readSlice(reader, { columns: sql`s.*`, from, ...each, ordering }, page, (selected: SelectedTarget) =>
          slaTargetRow(selected, now),
        ),
      )
      return mergedSlices(await Promise.all(slices), page, earliestFirst)
    },

    ofTickets: async (ticketIds, now) => {
      const selected = await reader.rows(sql<SelectedTarget>`
        select s.* from ${from} where s.ticket_id = any(${[...new Set(ticketIds)]}::text[])`)
      const rowsByTicket = byTicket(ticketIds, selected, now)
      for (const rows of rowsByTicket.values()) rows.sort(inOrder)
      return rowsByTicket
    },

    pagesOf: async (ticketIds, page, now) => {
      const targets = sql`select s.* from ${from} where s.ticket_id = asked.ticket_id`
      const selected = await reader.rows(sql<SelectedTarget>`
        select t.* from unnest(${[...new Set(ticketIds)]}::text[]) asked (ticket_id) cross join lateral (
          (${targets} and s.ended_at is null) union all (${targets} and s.ended_at is not null ${endedIn(page)})
        ) t`)
      const rowsByTicket = byTicket(ticketIds, selected, now)
      return new Map([...rowsByTicket].map(([id, rows]) => [id, pageOfTargets(rows, page)]))
    },

    byIds: async (ids, now) => {
      const selected = await reader.rows(sql<SelectedTarget>`
        select s.* from ${from} where s.id = any(${[...ids]}::text[])`)
      return selected.map((each) => slaTargetRow(each, now))
    },
  }
}

function byTicket(ticketIds: readonly string[], selected: readonly SelectedTarget[], now: Instant) {
  const rowsByTicket = new Map(ticketIds.map((id): [string, SlaTargetRow[]] => [id, []]))
  for (const each of selected) rowsByTicket.get(each.ticket_id)?.push(slaTargetRow(each, now))
  return rowsByTicket
}

/** The ended targets of a ticket that a page may hold, and one more. */
function endedIn({ limit, backward, after, before }: Page): RawBuilder<unknown> {
  const [from, to] = [after && endOf(after), before && endOf(before)]
  const direction = backward ? sql`asc` : sql`desc`
  return sql`
    ${from === undefined ? sql`` : sql`and (s.ended_at, s.id) < (${from}::timestamptz, ${after?.id})`}
    ${before === undefined ? sql`` : to === undefined ? sql`and false` : sql`and (s.ended_at, s.id) > (${to}::timestamptz, ${before.id})`}
    order by s.ended_at ${direction}, s.id ${direction} limit ${limit + 1}`
}

const due = ({ dueAt = dueLast }: SlaTargetRow): Instant => dueAt

const earliestFirst = (a: SlaTargetRow, b: SlaTargetRow): number =>
  due(a) === due(b) ? (a.id < b.id ? -1 : 1) : due(a) < due(b) ? -1 : 1

/** In the order in which they began. */
const inOrder = (a: SlaTargetRow, b: SlaTargetRow): number =>
  a.since === b.since ? (a.id < b.id ? -1 : 1) : a.since < b.since ? -1 : 1

/** The targets of a ticket at an instant, and the pauses of the clocks that its events refer to. */
export type TargetsAt = {
  /** In the order in which they began. */
  readonly targets: readonly SlaTargetRow[]
  /**
   * The pauses of the clock that an event refers to (`TargetMet`, `TargetWarned`, `TargetBreached`), by the event's
   * version.
   */
  readonly pauses: ReadonlyMap<number, readonly PausedSpan[]>
}

/**
 * Every target of a ticket as of an instant: what the read model would have returned then, except for the centre, which
 * is not part of the ticket. Uses the configurations applied by then; for imported history, those applied by the time
 * of the import.
 * @param history of one ticket, from its beginning, up to that instant.
 */
export function targetsAt(
  history: readonly EventEnvelope<TicketEvent>[],
  timelineAt: TermsTimelineAt,
  at: Instant,
): TargetsAt {
  const steps = stepsOf(history)
  const none = new Map<string, string>()
  const ended = steps.flatMap((step) =>
    endedTargets([step], timelineAt(knownAt(step.envelope, step.envelope.event.at)), none),
  )
  const timeline = timelineAt(knownAt(history.at(-1), at))
  const running = movedBy(steps).flatMap(({ id, after }) => runningTargets(id, after, timeline, none, false))
  const rows = new Map([...ended, ...running].map((row) => [row.id, row]))
  return {
    targets: [...rows.values()].map((row) => unwrittenTargetRow(row, at)).sort(inOrder),
    pauses: new Map(steps.map((step) => [step.envelope.version, pausesReported(step)])),
  }
}

function stepsOf(history: readonly EventEnvelope<TicketEvent>[]): readonly SlaStep[] {
  let before: SlaClocks = { ticket: { status: 'absent' }, ...noMarks }
  return history.map((envelope) => {
    const ticket = evolveTicket(before.ticket, envelope.event)
    const after = { ...evolveMarks(before, envelope.event, before.ticket, ticket), ticket }
    const step = { id: parseStream(envelope.stream).id, envelope, before, after }
    before = after
    return step
  })
}

/** Until when configurations count as known for an event, and for what follows from it by a later instant. */
const knownAt = (envelope: EventEnvelope | undefined, at: Instant): Instant =>
  envelope && importIdOf(envelope.correlationId) !== undefined ? latest(at, envelope.recordedAt) : at

function pausesReported({ envelope: { event }, before, after }: SlaStep): readonly PausedSpan[] {
  if (!('cycle' in event && 'since' in event && 'target' in event) || before.ticket.status === 'absent') return []
  const mark = after.marks[event.target]
  const which = 'runsWhileWaiting' in event && event.runsWhileWaiting ? 'ordered' : 'pauses'
  const ended = mark?.cycle === event.cycle ? mark[which] : undefined
  if (event.type === 'TargetMet') return ended ?? []
  return ended ?? pausedSpans(before.ticket.clocks[which], event.since) ?? []
}

type Nullable<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K] }

/** The selected columns of a row of `sla_target`. */
type SelectedTarget = Nullable<TargetRow> & { readonly breaches_at: Date | null }

/** A target as of an instant: an overdue one is breached, even if no breach is recorded yet. */
function slaTargetRow(selected: SelectedTarget, now: Instant): SlaTargetRow {
  const { record, breaches_at } = selected
  const overdue = breaches_at !== null && toInstant(breaches_at) < now
  const pauses = record.pauses ?? []
  const last = pauses.at(-1)
  return {
    id: selected.id,
    ticketId: selected.ticket_id,
    target: selected.target,
    cycle: record.cycle,
    state: overdue ? 'BREACHED' : selected.state,
    open: selected.running,
    held: selected.held,
    since: record.since,
    dueAt: record.dueAt,
    timeLeft: record.timeLeft,
    pauses,
    pausedSince: last && last.to === undefined ? last.from : undefined,
    warnedAt: record.warnedAt,
    breachedAt: overdue ? record.dueAt : record.breachedAt,
    metAt: record.metAt,
    answeredAt: record.answeredAt,
    cancelledAt: record.cancelledAt,
    policy: selected.policy,
    policyVersion: record.policyVersion,
    calendar: record.calendar,
    calendarOf: record.calendarOf,
    notBefore: record.notBefore,
    category: selected.category ?? undefined,
    priority: selected.priority,
    plan: selected.plan ?? undefined,
    team: selected.team ?? undefined,
    level: selected.level,
    centre: selected.centre ?? undefined,
    assigneeId: selected.assignee_id ?? undefined,
  }
}

/** The same for a row that was not written to the table. */
function unwrittenTargetRow(row: TargetRow, now: Instant): SlaTargetRow {
  const { breaches_at } = derivedColumns(row)
  const nulls = { category: null, plan: null, team: null, centre: null, assignee_id: null }
  const columns = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as TargetRow
  const selected = { ...nulls, ...columns, breaches_at: breaches_at === undefined ? null : new Date(breaches_at) }
  return slaTargetRow(selected as SelectedTarget, now)
}

const endedStates = ['ACHIEVED', 'BREACHED', 'CANCELLED'] as const satisfies readonly SlaState[]

/**
 * The ended targets that meet a filter, as lists to be merged: one for each way of ending, with a strand for each
 * agent, or else for each of the terms, of the filter. The cost of a page depends on the number of these, not on the
 * length of the history.
 */
function endedLists(filter: SlaTargetFilter, now: Instant) {
  const { state = endedStates, assigneeId, open: _open, dueAt: _dueAt, ...terms } = filter
  const where = targetCondition({ ...filter, open: false }, now)
  const strands = strandsOf(assigneeId, terms)
  return endedStates
    .filter((each) => state.includes(each))
    .map((each) => {
      const amid = sql`not s.running and s.state = ${sql.lit(each)}`
      if (!strands) return { where: sql`${where} and ${amid}` }
      const ended = sql`unnest(${[each]}::text[]) as ended (state)`
      return {
        where,
        amid,
        strands: {
          from: sql`${strands.from} cross join ${ended}`,
          where: sql`${strands.where} and s.state = ended.state`,
        },
      }
    })
}

function strandsOf(assigneeId: SlaTargetFilter['assigneeId'], terms: Omit<SlaTargetFilter, 'assigneeId'>) {
  if (assigneeId) {
    return {
      from: sql`unnest(${[...new Set(assigneeId)]}::text[]) as agent (id)`,
      where: sql`s.assignee_id = agent.id`,
    }
  }
  if (Object.values(terms).every((each) => each === undefined)) return undefined
  const matching = sql`select m.id from ${sql.id(readSchema)}.sla_terms m where ${termsCondition('m', terms)}`
  return { from: sql`(${matching}) m`, where: sql`s.terms = m.id` }
}
