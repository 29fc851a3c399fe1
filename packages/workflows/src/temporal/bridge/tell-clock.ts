import type { Client } from '@temporalio/client'
import { WorkflowNotFoundError } from '@temporalio/client'
import { clockId } from '../standing.ts'
import { firstAttributesOf } from '../workflow/search-attributes.ts'
import type { StreamChange } from '../workflow/stream-change.ts'
import { isClocked } from '../workflow/stream-change.ts'
import type { changed, streamClock } from '../workflow/stream-clock.ts'

const signal: (typeof changed)['name'] = 'changed'

/** Tells the clock of a stream what stands; a stream that has none gets one if something falls due on it, or operators look for it. */
export async function tellClock(client: Client, taskQueue: string, change: StreamChange): Promise<void> {
  const workflowId = clockId(change.stream, taskQueue)
  if (!isClocked(change)) {
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
