import type { WorkItem } from '@guichet/domain'
import { inQueueOrder } from '@guichet/domain'

/** Two lists as one, in the order of the queue; `queued` is asked for before each step. */
export function* inTurn(arrived: readonly WorkItem[], queued: () => readonly WorkItem[]): Generator<WorkItem> {
  let [next, nextQueued] = [0, 0]
  for (;;) {
    const [one, other] = [arrived[next], queued()[nextQueued]]
    if (one === undefined && other === undefined) return
    if (other === undefined || (one !== undefined && inQueueOrder(one, other) < 0)) {
      next++
      if (one) yield one
    } else {
      nextQueued++
      yield other
    }
  }
}
