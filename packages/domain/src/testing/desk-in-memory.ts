import type { Desk, DeskOptions } from '../desk/desk.ts'
import { createDesk } from '../desk/desk.ts'
import { guichetEvents } from '../desk/events.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { monday } from './ticket-events.ts'

/** A desk in memory whose clock stands on Monday, that takes commands of any moment, and whose ids are `id1`, `id2` …; `options` replaces any part of it. */
export function deskInMemory(options: Partial<DeskOptions> = {}): Desk {
  let ids = 0
  return createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => monday,
    newId: () => `id${++ids}`,
    futureToleranceMs: Number.MAX_SAFE_INTEGER,
    ...options,
  })
}
