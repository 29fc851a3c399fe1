import type { Choice, QueueReason, WorkItem } from '@guichet/domain'

/** Of how many tickets at the head of the queue it is looked whether they wait for another reason than was said. */
const mostReviewed = 100

/** The first tickets of the queue that now wait for another reason than was said, where that was said long enough ago. */
export function* staleReasons(
  queued: readonly WorkItem[],
  chosen: (item: WorkItem) => Choice,
  now: number,
  reasonMs: number,
): Generator<{ readonly id: string; readonly version: number; readonly reason: QueueReason }> {
  for (const item of queued.slice(0, mostReviewed)) {
    const { id, version, routing } = item
    if (!routing.queued || now < Date.parse(routing.queued.at) + reasonMs) continue
    const choice = chosen(item)
    if (choice.kind === 'nobody' && choice.reason !== routing.queued.reason)
      yield { id, version, reason: choice.reason }
  }
}
