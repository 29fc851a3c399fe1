import type { Desk } from '@guichet/domain'
import { streamName } from '@guichet/domain'
import type { NativeConnection } from '@temporalio/worker'
import { Worker } from '@temporalio/worker'
import { clockActivities } from '../activities/clock-activities.ts'
import { readClockState } from '../clock-state.ts'
import { workflowCode } from '../worker/workflow-code.ts'
import type { ClockState } from '../workflow/clock-state.ts'
import type { ClockActivities } from '../workflow/deadline-clock.ts'

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
  /** Hears of each stream whose next clock is to be started, and when that is due. */
  readonly renewed?: (stream: string, dueAt: string | undefined) => void
}

/** A worker for the clocks of a desk that needs no database: nothing is held, and failures are Temporal's alone to know. */
export async function clockWorker({
  connection,
  taskQueue,
  desk,
  before,
  renewed,
}: ClockWorkerOptions): Promise<Worker> {
  const { fireDue } = clockActivities({
    desk,
    failures: {
      known: async () => ({ held: false, failed: false }),
      note: async () => undefined,
      forget: async () => undefined,
    },
    finished: { renew: async (stream, dueAt) => renewed?.(stream, dueAt), end: async () => undefined },
    labelled: () => false,
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

/** What the clock of a ticket is started with as it stands now. */
export const stateOf = (desk: Desk, ticketId: string): Promise<ClockState> =>
  readClockState(desk, streamName('ticket', ticketId), { held: false, labelled: false })
