import { Context } from '@temporalio/activity'
import type { Client } from '@temporalio/client'
import type { Pool } from 'pg'
import { withOwnSignal } from '../../supervision/with-own-signal.ts'
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
      return withOwnSignal([stopping, context.cancellationSignal], ({ signal }) =>
        reconcile(pool, client, taskQueue, {
          labelled: labelled(),
          signal,
          progressed: (progress) => context.heartbeat(progress),
          from: context.info.heartbeatDetails as Progress | undefined,
        }),
      )
    },
  }
}
