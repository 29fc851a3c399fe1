import type { Instant } from '@guichet/domain'
import type { DeadlineSink } from '@guichet/projections'
import { sql } from 'kysely'
import type { Pool } from 'pg'

/** Sees to it that a stream is looked at by an instant at the latest. */
export const wake = (pool: Pool, stream: string, at: Instant): Promise<void> => wakeAll(pool, [{ stream, next: at }])

/** Sees to it that each of some streams is looked at by its instant at the latest; one without an instant is left alone. */
export async function wakeAll(
  pool: Pool,
  looks: readonly { readonly stream: string; readonly next?: Instant | undefined }[],
): Promise<void> {
  const wanted = looks.filter(({ next }) => next !== undefined)
  if (wanted.length === 0) return
  await pool.query({
    name: 'guichet_workflows.wake',
    text: 'select guichet_workflows.wake($1::text[], $2::timestamptz[])',
    values: [wanted.map(({ stream }) => stream), wanted.map(({ next }) => next)],
  })
}

/**
 * Queues what has become due earlier, within the projection's own transaction and in one statement. A deadline that has
 * become later or vanished costs nothing: the job that is there finds out when it runs. Nor does one that stands as it did.
 */
export const deadlineSink: DeadlineSink = async (tx, changes) => {
  const streams: string[] = []
  const instants: Instant[] = []
  for (const { stream, before, after } of changes) {
    if (after === undefined || after === before) continue
    streams.push(stream)
    instants.push(after)
  }
  if (streams.length === 0) return
  await sql`select guichet_workflows.wake(${streams}::text[], ${instants}::timestamptz[])`.execute(tx)
}
