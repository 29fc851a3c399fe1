import type { Instant } from '@guichet/domain'
import { sql } from 'kysely'
import { mergedSlices } from '../reading/merged-slices.ts'
import { byInstant } from '../reading/ordering.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import { readSlice } from '../reading/slice.ts'
import { endedLists } from './ended-list.ts'
import { openOf, targetCondition } from './sla-conditions.ts'
import { readDashboard } from './sla-dashboard.ts'
import type { SlaQueries, SlaTargetRow } from './sla-query.ts'
import type { SelectedTarget } from './sla-target-row.ts'
import { slaTargetRow } from './sla-target-row.ts'
import { dueLast } from './target-row.ts'

/** Asks the live generation of the targets. */
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

    ofTickets: async (ticketIds, now, ended) => {
      const own = sql`select s.* from ${from} where s.ticket_id = asked.ticket_id`
      const latest = sql`order by s.ended_at desc, s.id desc limit ${ended ?? null}::bigint`
      const selected = await reader.rows(sql<SelectedTarget>`
        select t.* from unnest(${[...new Set(ticketIds)]}::text[]) asked (ticket_id) cross join lateral (
          (${own} and s.ended_at is null) union all (${own} and s.ended_at is not null ${latest})
        ) t`)
      const found = new Map(ticketIds.map((id): [string, SlaTargetRow[]] => [id, []]))
      for (const each of selected) found.get(each.ticket_id)?.push(slaTargetRow(each, now))
      for (const rows of found.values()) rows.sort(inOrder)
      return found
    },
  }
}

const due = ({ dueAt = dueLast }: SlaTargetRow): Instant => dueAt

const earliestFirst = (a: SlaTargetRow, b: SlaTargetRow): number =>
  due(a) === due(b) ? (a.id < b.id ? -1 : 1) : due(a) < due(b) ? -1 : 1

/** In the order in which they began. */
export const inOrder = (a: SlaTargetRow, b: SlaTargetRow): number =>
  a.since === b.since ? (a.id < b.id ? -1 : 1) : a.since < b.since ? -1 : 1
