import type { GuichetEvent } from '../desk/categories.ts'
import { guichetEvents } from '../desk/categories.ts'
import type { DeskOptions } from '../desk/desk.ts'
import { createDesk } from '../desk/desk.ts'
import type { Completion } from '../desk/process.ts'
import type { Desk } from '../desk/processes.ts'
import type { EventStore } from '../kernel/event-store.ts'
import type { EventEnvelope } from '../kernel/event.ts'
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

/** Completes what dead processes have left, over the whole history. */
export async function complete(desk: Desk, ...completions: readonly Completion[]): Promise<void> {
  for (const envelope of (await desk.store.readAll({ limit: 10_000 })) as readonly EventEnvelope<GuichetEvent>[])
    for (const { on, complete } of completions) if (on.includes(envelope.event.type)) await complete(envelope, desk)
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

/**
 * A process of its own over a store: each access waits for its turn, such as that of a scheduler, and it dies before
 * the access numbered `dies`, from 0.
 */
export function processOver(
  store: EventStore,
  name: string,
  turn: () => Promise<unknown>,
  dies: number = Infinity,
): Desk {
  let [access, ids] = [0, 0]
  const next = async (): Promise<void> => {
    if (access++ >= dies) throw new Died()
    await turn()
  }
  return deskInMemory({
    newId: () => `${name}-${++ids}`,
    store: {
      ...store,
      append: async (request) => (await next(), store.append(request)),
      readStream: async (...given) => (await next(), store.readStream(...given)),
    },
  })
}

/** Waits for the work of a process, which may die. */
export async function ignoringDeath(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Died)) throw error
  })
}
