import type { TermsTimeline } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { runningTargets } from './running-targets.ts'
import { unpacked } from './sla-fold.ts'
import { writeTargets } from './write-targets.ts'

/** How many tickets are worked out anew at once. */
const portion = 1_000

type Row = { readonly id: string; readonly state: Parameters<typeof unpacked>[0]; readonly held: boolean }

/** Works out every target that runs anew, under changed terms: so many tickets at a time, so that memory stays flat. */
export async function moveTargets(tx: Transaction<unknown>, timeline: TermsTimeline): Promise<void> {
  for (let after = ''; ;) {
    const { rows } = await sql<Row>`
      select id, state, held_by is not null as held from sla_ticket
      where id > ${after} and running order by id limit ${portion}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    after = last.id
    const running = rows.flatMap(({ id, state, held }) => runningTargets(id, unpacked(state), timeline, held))
    await writeTargets(
      tx,
      rows.map(({ id }) => id),
      running,
      [],
    )
  }
}
