import type { Pool } from 'pg'

/** What a clock leaves behind that has done its work, for whoever starts the next one. */
export type FinishedClocks = {
  /** Notes that the next clock of a stream is to be started, after `pauseMs` milliseconds at the latest, and when it is due. */
  renew(stream: string, dueAt: string | undefined, pauseMs: number): Promise<void>
  /** Notes that a stream has no clock any more. */
  end(stream: string): Promise<void>
}

/** Those in `guichet_workflows`, whose schema has been migrated. Rejects with what the database does. */
export function finishedClocksIn(pool: Pool): FinishedClocks {
  return {
    renew: async (stream, dueAt, pauseMs) => {
      const values = [stream, dueAt ?? null, pauseMs]
      await pool.query({ name: 'guichet_workflows.renew_clock', text: renewing, values })
    },
    end: async (stream) => {
      await pool.query({
        name: 'guichet_workflows.end_clock',
        text: 'delete from guichet_workflows.clocks where stream = $1',
        values: [stream],
      })
    },
  }
}

/** The row of the outbox first, as everybody else locks them. */
const renewing = `
  with noted as (
    insert into guichet_workflows.clock_outbox (stream, due_at, mark, try_at)
    values ($1, $2, nextval('guichet_workflows.clock_outbox_mark'), now() + $3 * interval '1 millisecond')
    on conflict (stream) do update set
      due_at = excluded.due_at, mark = excluded.mark, try_at = least(clock_outbox.try_at, excluded.try_at), attempts = 0, error = null
    returning stream
  )
  delete from guichet_workflows.clocks using noted where clocks.stream = noted.stream`
