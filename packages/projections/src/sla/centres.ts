import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { RecordedEvent } from '../runner/projection.ts'
import { parseStream } from '@guichet/domain'

/** The centres of agents, by the agents' ids. */
export type Centres = ReadonlyMap<string, string>

/** Whether an event says where an agent works. */
export const saysCentre = ({ event }: RecordedEvent): boolean =>
  event.type === 'AgentRegistered' || (event.type === 'AgentProfileChanged' && event.centre !== undefined)

/** Keeps what events say of where agents work. @returns the agents who work elsewhere than before. */
export async function followCentres(
  tx: Transaction<unknown>,
  events: readonly RecordedEvent[],
): Promise<readonly string[]> {
  const said = new Map(
    events.flatMap((recorded): [string, string | null][] => {
      const { event, stream } = recorded
      if (event.type !== 'AgentRegistered' && event.type !== 'AgentProfileChanged') return []
      return saysCentre(recorded) ? [[parseStream(stream).id, event.centre ?? null]] : []
    }),
  )
  if (said.size === 0) return []
  const agents = [...said].map(([id, centre]) => ({ id, centre }))
  const { rows } = await sql<{ id: string }>`
    insert into sla_agent as kept (id, centre)
    select id, centre from json_to_recordset(${JSON.stringify(agents)}::json) as r (id text, centre text)
    on conflict (id) do update set centre = excluded.centre where kept.centre is distinct from excluded.centre
    returning id`.execute(tx)
  return rows.map(({ id }) => id)
}

/** Where these agents work; those who work at no centre, and those whom nobody has registered, are left out. */
export async function centresOf(tx: Transaction<unknown>, agents: Iterable<string | undefined>): Promise<Centres> {
  const ids = [...new Set(agents)].filter((id) => id !== undefined)
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: string; centre: string }>`
    select id, centre from sla_agent where id = any(${ids}::text[]) and centre is not null`.execute(tx)
  return new Map(rows.map(({ id, centre }) => [id, centre]))
}
