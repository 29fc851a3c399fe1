import type { Deadline, TermsTimeline } from '@guichet/domain'
import { parseStream } from '@guichet/domain'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import { toInstant } from '../reading/ordering.ts'
import type { CategoryClock } from './clock-of.ts'
import type { StandingChange } from './deadline-sink.ts'
import { sameLabels } from './standing.ts'

type Row = {
  readonly stream: string
  readonly state: unknown
  readonly deadlines: readonly Deadline[]
  readonly held: boolean
  readonly outstanding: boolean
  readonly next_due: Date | null
}

/**
 * Works out anew what falls due on every open stream, under changed terms: so many streams at a time, so that memory
 * stays flat however many there are.
 * @param previous the terms until now.
 * @returns for each portion, the streams that are due at another instant than before, or have, or had, a clock under other labels.
 */
export async function* recompute(
  tx: Transaction<unknown>,
  clocks: readonly CategoryClock[],
  previous: TermsTimeline,
  timeline: TermsTimeline,
  portion: number,
): AsyncGenerator<readonly StandingChange[]> {
  const clockOf = new Map(clocks.map((clock) => [clock.category, clock]))
  for (let after = ''; ;) {
    const { rows } = await sql<Row>`
      select stream, state, deadlines, held_by is not null as held, outstanding, next_due
      from deadline where stream > ${after} and open order by stream limit ${portion}`.execute(tx)
    const last = rows.at(-1)
    if (!last) return
    after = last.stream
    const moved = rows.flatMap((row) => {
      const clock = clockOf.get(parseStream(row.stream).category)
      const deadlines = clock?.deadlines(row.state, timeline) ?? []
      const labels = clock?.labels(row.state, timeline)
      const outstanding = labels?.outstanding ?? false
      const relabelled = !sameLabels(clock?.labels(row.state, previous), labels)
      const isMoved = outstanding !== row.outstanding || !isSame(deadlines, row.deadlines)
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

const isSame = (some: readonly Deadline[], others: readonly Deadline[]): boolean =>
  some.length === others.length &&
  some.every(({ kind, cycle, dueAt }, index) => {
    const other = others[index]
    return other?.kind === kind && other.cycle === cycle && other.dueAt === dueAt
  })
