import type { Availability } from '@guichet/domain'
import { sql } from 'kysely'
import { daysBetween } from '../days/days.ts'
import type { Reader } from '../reading/reader.ts'
import { readSchema } from '../reading/reader.ts'
import type { AgentTime, DaysOfAgent } from './routing-query.ts'

const read = sql.id(readSchema)

type Selected = { agent_id: string; day: string; availability: Availability; ms: number }

/** The times that are over and the one that goes on, cut where days begin and added up: one statement for all the agents. */
export async function readTimes(
  reader: Reader,
  ids: readonly string[],
  { first, last, now, timeZone }: DaysOfAgent,
): Promise<ReadonlyMap<string, readonly AgentTime[]>> {
  const { days, bounds } = daysBetween(first, last, timeZone)
  const [begins, ends] = [sql`${bounds[0]}::timestamptz`, sql`${bounds.at(-1)}::timestamptz`]
  const rows = await reader.rows(sql<Selected>`
    with period as (select ${days}::text[] as days, ${bounds}::timestamptz[] as bounds),
    span as (
      select agent_id, availability, began_at, ended_at from ${read}.agent_time
      where agent_id = any(${[...ids]}::text[]) and ended_at > ${begins} and began_at < ${ends}
      union all
      select id, state->>'availability', (state->>'availableSince')::timestamptz, ${now}::timestamptz from ${read}.agent
      where id = any(${[...ids]}::text[]) and status = 'active'
    ), cut as (
      select agent_id, availability, days[n] as day, least(ended_at, bounds[n + 1]) - greatest(began_at, bounds[n]) as length
      from span cross join period cross join lateral generate_series(
        greatest(width_bucket(began_at, bounds), 1), least(width_bucket(ended_at, bounds), cardinality(days))) n
    )
    select agent_id, day, availability, (sum(extract(epoch from length)) * 1000)::float as ms
    from cut where length > interval '0'
    group by agent_id, day, availability order by agent_id, day, availability`)
  const times = new Map<string, AgentTime[]>(ids.map((id) => [id, []]))
  for (const { agent_id: id, day, availability, ms } of rows)
    times.get(id)?.push({ day, availability, milliseconds: Math.round(ms) })
  return times
}
