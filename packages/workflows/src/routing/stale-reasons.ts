import type { Choice, QueueReason, WorkItem } from '@guichet/domain'
import { inQueueOrder } from '@guichet/domain'

/** Of how many tickets at the head of the queue, and of how many others, it is looked at once whether they wait for another reason. */
const mostReviewed = 100

/** A ticket that now waits for another reason than was said. */
type Stale = { readonly id: string; readonly version: number; readonly reason: QueueReason }

/**
 * Looks for the tickets of a queue that now wait for another reason than was said at least `reasonMs` ago: the first hundred at each
 * call, and of the others the next hundred, so that everybody has their turn.
 */
export function staleReasons(
  reasonMs: number,
): (queued: readonly WorkItem[], chosen: (item: WorkItem) => Choice, now: number) => Generator<Stale> {
  let lastOfTurn: WorkItem | undefined

  return function* review(queued, chosen, now) {
    const stale = (item: WorkItem): Stale[] => {
      const { id, version, routing } = item
      if (!routing.queued || now < Date.parse(routing.queued.at) + reasonMs) return []
      const choice = chosen(item)
      return choice.kind === 'nobody' && choice.reason !== routing.queued.reason
        ? [{ id, version, reason: choice.reason }]
        : []
    }
    const head = queued.slice(0, mostReviewed)
    const others = queued.slice(mostReviewed)
    for (const item of head) yield* stale(item)
    const next = others.findIndex((item) => lastOfTurn === undefined || inQueueOrder(item, lastOfTurn) > 0)
    const turn = others.slice(Math.max(0, next)).slice(0, mostReviewed)
    for (const item of turn) {
      yield* stale(item)
      lastOfTurn = item
    }
  }
}
