import type { DeadlineSink } from '@guichet/projections'
import { sql } from 'kysely'

/**
 * Notes each stream whose next deadline or labels have changed, within the projection's own transaction and in one statement: what is
 * committed there will be handed over, whether or not Temporal can be reached now.
 */
export const outboxSink: DeadlineSink = async (tx, changes) => {
  if (changes.length === 0) return
  const last = new Map(changes.map(({ stream, after }) => [stream, after ?? null]))
  await sql`
    insert into guichet_workflows.clock_outbox (stream, due_at, mark)
    select stream, due_at, nextval('guichet_workflows.clock_outbox_mark')
    from unnest(${[...last.keys()]}::text[], ${[...last.values()]}::timestamptz[]) as change (stream, due_at)
    order by stream
    on conflict (stream) do update set
      due_at = excluded.due_at, mark = excluded.mark, try_at = excluded.try_at, attempts = 0, error = null`.execute(tx)
}
