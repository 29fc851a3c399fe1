import type { AppendOutcome, EventStore, Position } from '@guichet/domain'
import { newStream, notes } from './sample-events.ts'

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

/** A position that everything appended so far lies before or at, and everything appended later lies behind. */
export async function readableNow(store: EventStore): Promise<Position> {
  const outcome = await store.append(notes(newStream('mark'), 'any', 'here'))
  await untilReadable(store, outcome)
  if (outcome.kind === 'conflict') throw new Error('an append to a new stream met a conflict')
  return outcome.position
}
