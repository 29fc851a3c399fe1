import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { ChatChannel, ChatTarget, Instant, Priority, SlaState } from '@guichet/domain'
import type { Keyset, Page, Reader, Slice, TimeRange } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { Condition } from '../reading/slice.ts'
import { allOf, among, amongOrNone, anyOf, byInstant, cutSlice, readSlice, toInstant } from '../reading/slice.ts'
import { ofTerms } from '../reading/terms.ts'
import { dashboardOf } from '../sla/dashboard.ts'
import type { SelectedFigures } from '../sla/dashboard.ts'
import type { SlaDashboard } from '../sla/sla-query.ts'

/** The states of a target of a chat: its clock is never paused, and nobody is warned of it. */
export const chatTargetStates = ['PENDING', 'BREACHED', 'ACHIEVED', 'CANCELLED'] as const satisfies readonly SlaState[]

type ChatTargetState = (typeof chatTargetStates)[number]

/** An answer that is, or was, awaited from the desk in a chat. */
export type ChatTargetRow = {
  /** Unique among all targets of chats. */
  readonly id: string
  readonly chatId: string
  readonly target: ChatTarget
  /** Which wait of the chat this is, from 1; waits for the customer are counted too. */
  readonly cycle: number
  /** The state at the requested instant: an overdue target is BREACHED, even if no breach is recorded yet. */
  readonly state: ChatTargetState
  /** Whether it is still awaited, in time or not. */
  readonly open: boolean
  readonly since: Instant
  readonly dueAt: Instant
  /** When it was due, if it was missed. */
  readonly breachedAt: Instant | undefined
  /** When it came, if in time: a call is connected after `dueAt` at times, and was accepted before. */
  readonly metAt: Instant | undefined
  /** When it came late. */
  readonly answeredAt: Instant | undefined
  /** When the chat ended without it. */
  readonly cancelledAt: Instant | undefined
  /** The row of the table of answer times that counts it, or `default`, and the version of the configuration. */
  readonly policy: string
  readonly policyVersion: string
  readonly channel: ChatChannel
  /** This and the following are those of the chat, as of the target's end. */
  readonly priority: Priority
  readonly category: string | undefined
  readonly plan: string | undefined
  /** Who answered in time; else whose chat it was when it fell due or was cancelled, or whose it is. */
  readonly agentId: string | undefined
}

/** All conditions given must hold. */
export type ChatTargetFilter = {
  readonly target?: readonly ChatTarget[] | undefined
  readonly state?: readonly ChatTargetState[] | undefined
  readonly open?: boolean | undefined
  readonly channel?: readonly ChatChannel[] | undefined
  readonly priority?: readonly Priority[] | undefined
  /** Each includes all its subcategories. */
  readonly category?: readonly (string | null)[] | undefined
  readonly plan?: readonly (string | null)[] | undefined
  readonly policy?: readonly string[] | undefined
  readonly agentId?: readonly (string | null)[] | undefined
  readonly dueAt?: TimeRange | undefined
}

/** What the targets of chats are grouped by. */
export const chatTargetDimensions = ['channel', 'target', 'priority', 'category', 'plan', 'policy', 'agent'] as const

/** By what the service levels of chats are grouped. */
export type ChatTargetDimension = (typeof chatTargetDimensions)[number]

/** Queries of the targets of chats. */
export type ChatTargetsQueries = {
  /** The open targets at an instant, and the outcomes of a period: one scan of the targets that ended in it. */
  dashboard(
    question: { readonly filter: ChatTargetFilter; readonly period: TimeRange; readonly by: ChatTargetDimension },
    now: Instant,
  ): Promise<SlaDashboard>
  /** A page of targets, by when they are or were due. */
  list(filter: ChatTargetFilter, page: Page, now: Instant): Promise<Slice<ChatTargetRow>>
  /**
   * The same page of the targets of several chats, in the order in which they began, in one statement. A keyset's value is the cycle.
   * @throws RangeError when the page begins or ends at no cycle.
   */
  pagesOf(chatIds: readonly string[], page: Page, now: Instant): Promise<ReadonlyMap<string, Slice<ChatTargetRow>>>
}

type SelectedRow = {
  readonly id: string
  readonly chat_id: string
  readonly cycle: number
  readonly target: ChatTarget
  readonly running: boolean
  readonly since: Date
  readonly due_at: Date
  readonly answered_at: Date | null
  readonly ended_at: Date | null
  readonly call_since: Date | null
  readonly outcome: 'met' | 'missed' | 'cancelled' | null
  readonly channel: ChatChannel
  readonly priority: Priority
  readonly category: string | null
  readonly plan: string | null
  readonly agent_id: string | null
  readonly policy: string
  readonly policy_version: string
}

/** Queries the live generation of the targets of chats. */
export function chatTargetsQueries(reader: Reader): ChatTargetsQueries {
  const from = sql`${sql.id(readSchema)}.chat_target s`
  return {
    dashboard: async ({ filter, period, by }, now) => {
      const late = sql`(s.running and (s.outcome is not null or ${isDue(now)}))`
      const ended = (outcome: string) =>
        sql`count(*) filter (where s.outcome = ${outcome} and ${within(sql`s.outcome_at`, period)})`
      const missed = sql`count(*) filter (
        where (s.outcome = 'missed' or (s.outcome is null and ${late})) and ${within(sql`s.due_at`, period)})`
      return dashboardOf(
        await reader.rows(sql<SelectedFigures>`
          select grouping(g.key) = 1 as total, g.key,
            count(*) filter (where s.running and not ${late}) as on_time, 0 as imminent,
            count(*) filter (where ${late}) as breached, 0 as paused,
            ${ended('met')} as met, ${missed} as missed, ${ended('cancelled')} as cancelled
          from ${from} cross join lateral (select ${keyOf[by]} as key) g
          where (s.running or ${within(sql`s.outcome_at`, period)}) and ${conditionOf(filter, now)}
          group by grouping sets ((), (g.key))
          order by total, key nulls last`),
      )
    },

    list: async (filter, page, now) => {
      const ordering = byInstant({ expression: sql`s.due_at`, id: sql`s.id`, direction: 'asc' })
      const where = conditionOf(filter, now)
      return readSlice(reader, { columns: sql`s.*`, from, where, ordering }, page, (selected: SelectedRow) =>
        toRow(selected, now),
      )
    },

    pagesOf: async (chatIds, page, now) => {
      const [after, before] = [cycleOf(page.after), cycleOf(page.before)]
      const selected = await reader.rows(sql<SelectedRow>`
        select t.* from unnest(${[...new Set(chatIds)]}::text[]) asked (chat_id) cross join lateral (
          select s.* from ${from} where s.chat_id = asked.chat_id
            ${after === undefined ? sql`` : sql`and s.cycle > ${after}`}
            ${before === undefined ? sql`` : sql`and s.cycle < ${before}`}
          order by s.cycle ${page.backward ? sql`desc` : sql`asc`} limit ${page.limit + 1}
        ) t order by t.chat_id, t.cycle`)
      const rowsByChat = new Map(chatIds.map((id): [string, Slice<ChatTargetRow>['rows'][number][]] => [id, []]))
      for (const each of selected) {
        rowsByChat.get(each.chat_id)?.push({ row: toRow(each, now), keyset: { value: String(each.cycle), id: '' } })
      }
      return new Map([...rowsByChat].map(([id, rows]) => [id, cutSlice(rows, page)]))
    },
  }
}

function cycleOf(keyset: Keyset | undefined): number | undefined {
  if (keyset === undefined) return undefined
  if (!/^\d{1,9}$/.test(keyset.value)) throw new RangeError(`not a cycle: ${keyset.value}`)
  return Number(keyset.value)
}

const keyOf: Readonly<Record<ChatTargetDimension, RawBuilder<unknown>>> = {
  channel: sql`s.channel`,
  target: sql`s.target`,
  priority: sql`s.priority`,
  category: sql`s.category`,
  plan: sql`s.plan`,
  policy: sql`s.policy`,
  agent: sql`s.agent_id`,
}

/** Whether an awaited answer was due before now, or before the call that its chat is in. */
const isDue = (now: Instant): Condition => sql`s.due_at <= least(s.call_since, ${now}::timestamptz)`

const within = (at: RawBuilder<unknown>, { from, to }: TimeRange): RawBuilder<unknown> =>
  sql`(${at} >= ${from ?? '-infinity'}::timestamptz and ${at} < ${to ?? 'infinity'}::timestamptz)`

function conditionOf(filter: ChatTargetFilter, now: Instant): Condition {
  const { target, state, open, channel, priority, policy, agentId, dueAt, category, plan } = filter
  return allOf([
    target && among(sql`s.target`, target),
    state && anyOf(state.map((each) => inState(each, now))),
    open !== undefined && (open ? sql`s.running` : sql`not s.running`),
    channel && among(sql`s.channel`, channel),
    priority && among(sql`s.priority`, priority),
    policy && among(sql`s.policy`, policy),
    agentId && amongOrNone(sql`s.agent_id`, agentId),
    ofTerms('s', { category, plan }),
    dueAt && within(sql`s.due_at`, dueAt),
  ])
}

function inState(state: ChatTargetState, now: Instant): Condition {
  if (state === 'PENDING') return sql`(s.running and s.outcome is null and not ${isDue(now)})`
  if (state === 'BREACHED') return sql`(s.outcome = 'missed' or (s.running and ${isDue(now)}))`
  return sql`(not s.running and s.outcome = ${state === 'ACHIEVED' ? 'met' : 'cancelled'})`
}

function toRow(selected: SelectedRow, now: Instant): ChatTargetRow {
  const { running, outcome, ended_at, answered_at, call_since } = selected
  const [dueAt, answeredAt] = [toInstant(selected.due_at), answered_at ? toInstant(answered_at) : undefined]
  const wasDue = dueAt <= now && !(call_since && toInstant(call_since) < dueAt)
  const isMissed = outcome === 'missed' || (running && wasDue)
  const state = isMissed ? 'BREACHED' : running ? 'PENDING' : outcome === 'met' ? 'ACHIEVED' : 'CANCELLED'
  return {
    id: selected.id,
    chatId: selected.chat_id,
    target: selected.target,
    cycle: selected.cycle,
    state,
    open: running,
    since: toInstant(selected.since),
    dueAt,
    breachedAt: isMissed ? dueAt : undefined,
    metAt: isMissed ? undefined : answeredAt,
    answeredAt: isMissed ? answeredAt : undefined,
    cancelledAt: ended_at && !answeredAt ? toInstant(ended_at) : undefined,
    policy: selected.policy,
    policyVersion: selected.policy_version,
    channel: selected.channel,
    priority: selected.priority,
    category: selected.category ?? undefined,
    plan: selected.plan ?? undefined,
    agentId: selected.agent_id ?? undefined,
  }
}
