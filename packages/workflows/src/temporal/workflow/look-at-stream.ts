import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow'
import type { ClockActivities, StreamChange } from './stream-change.ts'

const { fireDue } = proxyActivities<ClockActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
})

/** The first try happens within the workflow's own task: one that works costs the server nothing else. */
const { fireDue: fireDueAtOnce } = proxyLocalActivities<ClockActivities>({
  startToCloseTimeout: '5 seconds',
  retry: { maximumAttempts: 1 },
})

/** How long a look that is under way may go on after something has changed: one that fails again and again is given up. */
const grace = '10 seconds'

/**
 * Lets take effect what is due. It is tried again for as long as it fails, unless something has changed meanwhile: at first at once,
 * then as an activity that whoever watches sees.
 * @returns what stands then; undefined when a change has made the look pointless.
 */
export async function lookAtStream(
  stream: string,
  dueAt: string,
  news: () => boolean,
): Promise<Omit<StreamChange, 'order'> | undefined> {
  if (patched('first-try-at-once')) {
    try {
      return await fireDueAtOnce({ stream, dueAt })
    } catch (error) {
      if (isCancellation(error)) throw error
      if (news()) return undefined
    }
  }
  let ended: { standing?: Omit<StreamChange, 'order'>; error?: Error } | undefined
  const scope = new CancellationScope()
  scope
    .run(() => fireDue({ stream, dueAt }))
    .then(
      (standing) => (ended = { standing }),
      (error: Error) => (ended = { error }),
    )
  await condition(() => ended !== undefined || news())
  if (!ended && !(await condition(() => ended !== undefined, grace))) scope.cancel()
  await condition(() => ended !== undefined)
  if (ended?.error !== undefined && !(news() && isCancellation(ended.error))) throw ended.error
  return ended?.standing
}
