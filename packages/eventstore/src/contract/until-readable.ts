import type { AppendOutcome, EventStore } from '@guichet/domain'

/** Waits until readers of all events see what was appended: on a busy server that is a moment after the append. */
export async function untilReadable(store: EventStore, ...outcomes: readonly AppendOutcome[]): Promise<void> {
  for (const outcome of outcomes) {
    if (outcome.kind === 'conflict') continue
    for (;;) {
      const head = await store.head()
      if (head !== undefined && store.comparePositions(head, outcome.position) >= 0) break
    }
  }
}
