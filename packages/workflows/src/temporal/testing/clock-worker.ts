import type { Desk } from '@guichet/domain'
import { streamName } from '@guichet/domain'
import type { NativeConnection } from '@temporalio/worker'
import { Worker } from '@temporalio/worker'
import { clockActivities } from '../activities/clock-activities.ts'
import { standingOf } from '../standing.ts'
import { createTold } from '../told.ts'
import { workflowCode } from '../worker/workflow-code.ts'
import type { ClockActivities, StreamChange } from '../workflow/stream-change.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The executable of the time-skipping server; undefined when there is none. */
    timeSkippingServer: string | undefined
  }
}

export type ClockWorkerOptions = {
  readonly connection: NativeConnection
  readonly taskQueue: string
  readonly desk: Desk
  /** Is waited for before each activity. */
  readonly before?: () => Promise<unknown>
}

/** A worker for the clocks of a desk that needs no database: nothing is held, and failures are Temporal's alone to know. */
export async function clockWorker({ connection, taskQueue, desk, before }: ClockWorkerOptions): Promise<Worker> {
  const { fireDue } = clockActivities({
    desk,
    failures: {
      known: async () => ({ held: false, failed: false }),
      note: async () => undefined,
      forget: async () => undefined,
    },
    labelled: () => false,
    told: createTold(),
    onError: () => undefined,
  })
  const activities: ClockActivities = {
    fireDue: async (due) => {
      await before?.()
      return fireDue(due)
    },
  }
  return Worker.create({ connection, taskQueue, activities, workflowBundle: await workflowCode() })
}

/** What a clock is told of a ticket as it stands now. */
export async function changeOf(desk: Desk, ticketId: string, order: number): Promise<StreamChange> {
  const now = { held: false, labelled: false }
  return { ...(await standingOf(desk, streamName('ticket', ticketId), now)), order }
}
