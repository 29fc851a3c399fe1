import type { Pool } from 'pg'
import { retryPause } from '../../supervision/retry-pause.ts'

/** The streams whose clocks could not do their work, for whoever asks. */
export type Failures = {
  /** Whether the clock of a stream stands still, and whether it failed when it last tried. */
  known(stream: string): Promise<{ readonly held: boolean; readonly failed: boolean }>
  note(stream: string, message: string, attempts: number): Promise<void>
  forget(stream: string): Promise<void>
}

/** The failures in `guichet_workflows`, whose schema has been migrated. Rejects with what the database does. */
export function failuresIn(pool: Pool): Failures {
  return {
    known: async (stream) => {
      const { rows } = await pool.query<{ held: boolean; failed: boolean }>({
        name: 'guichet_workflows.known',
        text: `
          select exists (select from guichet_workflows.held_streams(array[$1])) as held,
                 exists (select from guichet_workflows.clock_failures where stream = $1) as failed`,
        values: [stream],
      })
      return rows[0] ?? { held: false, failed: false }
    },
    note: async (stream, message, attempts) => {
      await pool.query(
        `insert into guichet_workflows.clock_failures (stream, message, attempts, next_try)
         values ($1, $2, $3, now() + $4 * interval '1 millisecond')
         on conflict (stream) do update
           set message = excluded.message, attempts = excluded.attempts, next_try = excluded.next_try`,
        [stream, message, attempts, retryPause(attempts)],
      )
    },
    forget: async (stream) => {
      await pool.query({
        name: 'guichet_workflows.forget_failure',
        text: 'delete from guichet_workflows.clock_failures where stream = $1',
        values: [stream],
      })
    },
  }
}
