import type { Desk, EventEnvelope, GuichetEvent } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { subscribe } from '@guichet/eventstore'
import { setTimeout as delay } from 'node:timers/promises'
import type { OnError } from '../supervision/on-error.ts'
import type { Repetition } from '../supervision/periodically.ts'
import { periodically } from '../supervision/periodically.ts'
import type { Checkpoint } from './checkpoint.ts'
import { LeaseLost } from './checkpoint.ts'
import type { Reaction } from './reaction.ts'

/** Reactions make up for senders that died, so they may come a moment later, at a fraction of the cost. */
const gatherMs = 250
/** What takes long is remembered on the way, so that a crash repeats little of it. */
const saveEveryMs = 1_000

export type Following = {
  readonly reaction: Reaction
  readonly desk: Desk
  readonly checkpoint: Checkpoint
  readonly leaseMs: number
  readonly signal: AbortSignal
  readonly onError: OnError
  readonly health: FollowerReports
}

/** Lets a reaction follow the history whenever this process holds its lease, until the signal. */
export async function follow(following: Following): Promise<void> {
  const { reaction, checkpoint, leaseMs, signal, onError, health } = following
  const name = `the reaction ${reaction.name}`
  while (!signal.aborted) {
    try {
      const claimed = await checkpoint.claim()
      if (claimed) {
        await followWhileHeld(following, claimed.position)
        await checkpoint.release()
      } else health.succeeded(name)
    } catch (error) {
      onError(error, name)
      health.failed(name, error)
    }
    await delay(leaseMs / 4, undefined, { signal }).catch(() => undefined)
  }
}

async function followWhileHeld(
  { reaction, desk, checkpoint, leaseMs, signal, onError, health }: Following,
  after: Parameters<Checkpoint['save']>[0] | undefined,
): Promise<void> {
  const lost = new AbortController()
  const ending = AbortSignal.any([signal, lost.signal])
  const name = `the reaction ${reaction.name}`
  const failed = (error: unknown): void => onError(error, name)
  const renewal: Repetition = periodically(
    leaseMs / 4,
    async () => {
      if (!(await checkpoint.renew())) lost.abort()
    },
    failed,
  )
  try {
    await subscribe(desk.store, {
      after,
      gatherMs,
      signal: ending,
      onSuccess: () => health.succeeded(name),
      types: reaction.on,
      onBatch: async (events, to) => {
        const concerned = events as readonly EventEnvelope<GuichetEvent>[]
        let savedAt = performance.now()
        for (let next = 0; next < concerned.length; next += reaction.among) {
          if (ending.aborted) return
          const some = concerned.slice(next, next + reaction.among)
          await reaction.react(some, desk)
          const last = some.at(-1)
          if (last && performance.now() - savedAt >= saveEveryMs) {
            await checkpoint.save(last.position)
            savedAt = performance.now()
          }
        }
        await checkpoint.save(to)
      },
      onError: (error, failures) => {
        if (error instanceof LeaseLost) return lost.abort()
        if (failures === 1) failed(error)
        health.failed(name, error)
        checkpoint.fail(error instanceof Error ? error.message : String(error)).catch(failed)
      },
    })
  } finally {
    await renewal.stop()
  }
}
