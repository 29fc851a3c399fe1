import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/client'
import { clockId } from '../standing.ts'
import { firstAttributesOf } from '../workflow/search-attributes.ts'
import type { StreamChange } from '../workflow/stream-change.ts'
import type { changed, streamClock } from '../workflow/stream-clock.ts'

const signal: (typeof changed)['name'] = 'changed'

/** Tells the clock of a stream what stands; a stream on which something falls due and that has no clock gets one. */
export async function tellClock(client: Client, taskQueue: string, change: StreamChange): Promise<void> {
  const workflowId = clockId(change.stream, taskQueue)
  if (change.deadlines.length === 0) {
    await client.workflow
      .getHandle(workflowId)
      .signal<[StreamChange]>(signal, change)
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      })
    return
  }
  await client.workflow.signalWithStart<typeof streamClock, [StreamChange]>('streamClock', {
    workflowId,
    taskQueue,
    args: [change],
    signal,
    signalArgs: [change],
    typedSearchAttributes: firstAttributesOf(change),
    staticSummary: `Waits for what falls due on ${change.stream}`,
  })
}
