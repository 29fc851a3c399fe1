import type { Position, TermsTimeline, TicketEvent } from '@guichet/domain'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { ProjectionContext } from '../runner/projection.ts'
import type { StreamFolding } from '../streams/stream-folding.ts'
import { centresOf } from './centres.ts'
import { runningTargets } from './running-targets.ts'
import type { SlaClocks } from './sla-fold.ts'
import { assigneeOf } from './sla-fold.ts'
import { writeTargets } from './write-targets.ts'

/** How many tickets are worked out anew at once. */
const portion = 200

/** Where history stands when targets move, and how tickets are known as they were there. */
export type MovedAt = {
  readonly clocks: StreamFolding<TicketEvent, SlaClocks>
  readonly position: Position
  readonly context: ProjectionContext
}

/** Works out every target that runs anew, under changed terms: so many tickets at a time, so that memory stays flat. */
export const moveTargets = (timeline: TermsTimeline, at: MovedAt): Promise<void> => move(timeline, at, sql`true`)

/** Works the targets anew that run on the tickets of agents who work elsewhere now. */
export const moveTargetsOf = (timeline: TermsTimeline, agents: readonly string[], at: MovedAt): Promise<void> =>
  move(
    timeline,
    at,
    sql`id in (select ticket_id from sla_target where running and assignee_id = any(${[...agents]}::text[]))`,
  )

async function move(
  timeline: TermsTimeline,
  { clocks, position, context }: MovedAt,
  tickets: RawBuilder<unknown>,
): Promise<void> {
  const { tx } = context
  for (let after = ''; ;) {
    const { rows } = await sql<{ id: string; held: boolean }>`
      select id, held_by is not null as held from sla_ticket
      where id > ${after} and running and ${tickets} order by id limit ${portion}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    after = last.id
    const ids = rows.map(({ id }) => id)
    const known = await clocks.statesAt(ids, position, context)
    const centres = await centresOf(tx, [...known.values()].map(assigneeOf))
    const running = rows.flatMap(({ id, held }) => {
      const state = known.get(id)
      return state ? runningTargets(id, state, timeline, centres, held) : []
    })
    await writeTargets(tx, ids, running, [])
  }
}
