import type { TermsTimeline } from '@guichet/domain'
import type { RawBuilder, Transaction } from 'kysely'
import { sql } from 'kysely'
import { centresOf } from './centres.ts'
import { runningTargets } from './running-targets.ts'
import { assigneeOf, unpacked } from './sla-fold.ts'
import { writeTargets } from './write-targets.ts'

/** How many tickets are worked out anew at once. */
const portion = 1_000

type Row = { readonly id: string; readonly state: Parameters<typeof unpacked>[0]; readonly held: boolean }

/** Works out every target that runs anew, under changed terms: so many tickets at a time, so that memory stays flat. */
export const moveTargets = (tx: Transaction<unknown>, timeline: TermsTimeline): Promise<void> =>
  move(tx, timeline, sql`true`)

/** Works the targets anew that run on the tickets of agents who work elsewhere now. */
export const moveTargetsOf = (
  tx: Transaction<unknown>,
  timeline: TermsTimeline,
  agents: readonly string[],
): Promise<void> =>
  move(
    tx,
    timeline,
    sql`id in (select ticket_id from sla_target where running and assignee_id = any(${[...agents]}::text[]))`,
  )

async function move(tx: Transaction<unknown>, timeline: TermsTimeline, tickets: RawBuilder<unknown>): Promise<void> {
  for (let after = ''; ;) {
    const { rows } = await sql<Row>`
      select id, state, held_by is not null as held from sla_ticket
      where id > ${after} and running and ${tickets} order by id limit ${portion}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    after = last.id
    const known = rows.map(({ state, ...row }) => ({ ...row, clocks: unpacked(state) }))
    const centres = await centresOf(
      tx,
      known.map(({ clocks }) => assigneeOf(clocks)),
    )
    const running = known.flatMap(({ id, clocks, held }) => runningTargets(id, clocks, timeline, centres, held))
    await writeTargets(
      tx,
      rows.map(({ id }) => id),
      running,
      [],
    )
  }
}
