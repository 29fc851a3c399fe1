import type { Deadline, Position, TermsTimeline } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { ProjectionContext } from '../runner/projection.ts'
import type { CategoryClock, Due } from './clock-of.ts'
import type { StandingChange } from './deadline-sink.ts'
import { sameDeadlines, sameLabels } from './standing.ts'

type Row = {
  readonly stream: string
  readonly deadlines: readonly Deadline[]
  readonly held: boolean
  readonly outstanding: boolean
  readonly next_due: Date | null
}

/**
 * Works out anew what falls due on every open stream, under changed terms: so many streams at a time, so that memory
 * stays flat however many there are. Each is folded from its history, up to where the batch ends that has changed the terms.
 * @returns for each portion, the streams that are due at another instant than before, or have, or had, a clock under other labels.
 */
export async function* recompute(
  clocks: readonly CategoryClock[],
  { previous, timeline }: { readonly previous: TermsTimeline; readonly timeline: TermsTimeline },
  { position, context }: { readonly position: Position; readonly context: ProjectionContext },
  portion: number,
): AsyncGenerator<readonly StandingChange[]> {
  const { tx } = context
  for (let after = ''; ;) {
    const { rows } = await sql<Row>`
      select stream, deadlines, held_by is not null as held, outstanding, next_due
      from deadline where stream > ${after} and open order by stream limit ${portion}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    after = last.stream
    const due = new Map<string, readonly Due[]>()
    for (const clock of clocks) {
      const streams = rows.map(({ stream }) => stream).filter((each) => parseStream(each).category === clock.category)
      for (const [stream, each] of await clock.dueAt(streams, position, context, [previous, timeline]))
        due.set(stream, each)
    }
    const moved = rows.flatMap((row) => {
      const [was, is] = due.get(row.stream) ?? []
      const deadlines = is?.deadlines ?? []
      const outstanding = is?.labels?.outstanding ?? false
      const relabelled = !sameLabels(was?.labels, is?.labels)
      const isMoved = outstanding !== row.outstanding || !sameDeadlines(deadlines, row.deadlines)
      return isMoved || relabelled ? [{ ...row, deadlines, outstanding, was: row, isMoved, relabelled }] : []
    })
    if (moved.length === 0) continue
    await write(
      tx,
      moved.filter(({ isMoved }) => isMoved),
    )
    yield moved.flatMap(({ stream, held, next_due, deadlines, outstanding, was, relabelled }) => {
      const before = next_due ? toInstant(next_due) : undefined
      const now = deadlines[0]?.dueAt
      const isTold = before !== now || (relabelled && (now !== undefined || outstanding || was.outstanding))
      return held || !isTold ? [] : [{ stream, before, after: now }]
    })
  }
}

async function write(tx: Transaction<unknown>, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return
  const written = rows.map(({ stream, deadlines, outstanding }) => ({ stream, deadlines, outstanding }))
  await sql`
    update deadline d set
      deadlines = r.deadlines,
      outstanding = r.outstanding,
      next_due = case when d.held_by is null then (r.deadlines -> 0 ->> 'dueAt')::timestamptz end
    from json_to_recordset(${JSON.stringify(written)}::json) as r (stream text, deadlines json, outstanding boolean)
    where d.stream = r.stream`.execute(tx)
}
