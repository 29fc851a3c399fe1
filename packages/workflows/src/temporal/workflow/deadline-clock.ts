import { isCancellation, proxyActivities, proxyLocalActivities, upsertSearchAttributes } from '@temporalio/workflow'
import type { ClockState } from './clock-state.ts'
import { isClocked } from './clock-state.ts'
import { changedAttributes } from './search-attributes.ts'

/** The activities of a clock. */
export type ClockActivities = {
  /**
   * Lets take effect what is due on a stream at an instant, or earlier, and notes that its next clock is to be started.
   * @returns what stands on a stream that is to have no clock any more; undefined where it has one.
   */
  fireDue(due: { readonly stream: string; readonly dueAt?: string }): Promise<ClockState | undefined>
}

/** What is done when a deadline has come, under its name in the UI. */
const activitiesFor = (summary: string) => ({
  /** The first try happens within the workflow's own task: one that works costs the server nothing else. */
  atOnce: proxyLocalActivities<ClockActivities>({
    startToCloseTimeout: '5 seconds',
    retry: { maximumAttempts: 1 },
    summary,
  }),
  again: proxyActivities<ClockActivities>({
    startToCloseTimeout: '20 seconds',
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '5 minutes' },
    summary,
  }),
})

/**
 * The clock of one stream, for as long as the stream stands as it was started with: its start is delayed until the next deadline, which
 * it lets take effect. Whatever changes meanwhile replaces it by another run, so that no run executes code for longer than
 * a deadline takes. On a stream without a clock it only leaves the last labels behind.
 */
export async function deadlineClock(start: ClockState): Promise<void> {
  if (!isClocked(start)) return
  const [next] = start.deadlines
  const { stream } = start
  const { atOnce, again } = activitiesFor(next ? `${next.kind} due ${next.dueAt}` : 'nothing falls due')
  const due = { stream, ...(next && { dueAt: next.dueAt }) }
  let last: ClockState | undefined
  try {
    last = await atOnce.fireDue(due)
  } catch (error) {
    if (isCancellation(error)) throw error
    last = await again.fireDue(due)
  }
  const changed = last ? changedAttributes(start, last) : []
  if (changed.length > 0) upsertSearchAttributes(changed)
}
