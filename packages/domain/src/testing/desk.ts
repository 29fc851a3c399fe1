import { guichetEvents } from '../desk/categories.ts'
import type { DeskOptions } from '../desk/desk.ts'
import { createDesk } from '../desk/desk.ts'
import type { Desk } from '../desk/port.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { monday } from './examples.ts'

/**
 * A desk in memory whose clock stays on Monday, that takes commands of any moment, and whose ids are `id1`, `id2` …;
 * `options` replaces any part of it.
 */
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

/** A desk whose two entries, the senders' and the engine's own, are changed in the same way. */
export function deskAround(desk: Desk, change: (entry: Desk) => Partial<Omit<Desk, 'engine'>>): Desk {
  const around = (entry: Desk): Desk => {
    const changed: object = {
      ...change(entry),
      get engine() {
        return engine
      },
    }
    return Object.create(entry, Object.getOwnPropertyDescriptors(changed)) as Desk
  }
  const engine = around(desk.engine)
  return around(desk)
}

/** Thrown by a process that dies between two steps. */
export class Died extends Error {
  override readonly name = 'Died'
}

/**
 * A desk whose commands and reads each wait for their turn, such as that of a scheduler, and that dies before the step
 * numbered `dies`, from 0.
 */
export function deskInTurns(desk: Desk, turn: () => Promise<unknown>, dies: number = Infinity): Desk {
  let step = 0
  const next = async (): Promise<void> => {
    if (step++ === dies) throw new Died()
    await turn()
  }
  return deskAround(desk, (entry) => ({
    execute: async (...given) => (await next(), entry.execute(...given)),
    read: async (...given) => (await next(), entry.read(...given)),
  }))
}
