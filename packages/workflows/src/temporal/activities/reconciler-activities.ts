import { Context } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import type { Progress } from '../reconciler/reconcile.ts'
import { reconcile } from '../reconciler/reconcile.ts'
import type { ReconcilerActivities } from '../workflow/reconcile-clocks.ts'

export type ReconcilerParts = {
  readonly pool: Pool
  readonly client: Client
  readonly taskQueue: string
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  /** Says that this process ends: it does not wait for a comparison, which another one continues. */
  readonly stopping: AbortSignal
}

/** Compares, and tells Temporal page by page how far it has come: by its silence another process goes on from there within seconds. */
export function reconcilerActivities({
  pool,
  client,
  taskQueue,
  labelled,
  stopping,
}: ReconcilerParts): ReconcilerActivities {
  return {
    reconcile: async () => {
      const context = Context.current()
      const ending = new AbortController()
      const end = (): void => ending.abort(new Error('the comparison was broken off'))
      const signals = [stopping, context.cancellationSignal]
      for (const signal of signals) signal.addEventListener('abort', end, { once: true })
      if (signals.some(({ aborted }) => aborted)) end()
      try {
        return await reconcile(pool, client, taskQueue, {
          labelled: labelled(),
          signal: ending.signal,
          progressed: (progress) => context.heartbeat(progress),
          from: context.info.heartbeatDetails as Progress | undefined,
        })
      } finally {
        for (const signal of signals) signal.removeEventListener('abort', end)
      }
    },
  }
}
