import type { Desk, Instant } from '@guichet/domain'
import { instant, later, latest } from '@guichet/domain'
import type { Task } from 'graphile-worker'
import type { Pool } from 'pg'
import { z } from 'zod'
import { DeadlinesRefused, fireDue } from '../clock/fire-due.ts'
import type { OnError } from '../supervision/on-error.ts'
import { claimDue, completeClaimed, handBack } from './claims.ts'
import { heldOf } from './held.ts'
import { wakeAll } from './wake.ts'

export type LookParts = {
  readonly desk: Desk
  readonly pool: Pool
  /** How many streams a worker deals with at once: the one of its job, and others that are due. */
  readonly atOnce: number
  /** Hears that jobs may be locked in the name of a worker that does not know of it. */
  readonly lostTrack: () => void
  readonly onError: OnError
}

const payloadSchema = z.object({ stream: z.string().max(500) })

const whileHeldMs = 60_000

type Due = { readonly stream: string; readonly dueAt: Instant; readonly id?: string }

/** A stream that was looked at: when it is to be looked at again, or why it could not be. */
type Looked = Due & { readonly next?: Instant | undefined; readonly error?: Error }

/**
 * The job of a stream: lets take effect what is due, and queues the next look; with it other streams that are due, which share its
 * round trips. Throwing hands the job back to the queue, which tries again later; a stream that has failed is dealt with alone.
 */
export function lookAtStreams(parts: LookParts): Task {
  const { desk, pool, atOnce, lostTrack, onError } = parts
  return async (payload, { job }) => {
    const own: Due = { stream: payloadSchema.parse(payload).stream, dueAt: instant(job.run_at) }
    const worker = job.locked_by ?? ''
    let looked: readonly Looked[] = []
    try {
      const claims = job.attempts === 1 && atOnce > 1 ? await claimDue(pool, worker, atOnce - 1) : []
      const due: readonly Due[] = [own, ...claims]
      await desk.heedConfiguration()
      const held = await heldOf(pool, streamsOf(due))
      looked = await Promise.all(due.map((each) => look(desk, each, held.has(each.stream))))
      await wakeAll(pool, looked)
      await settleClaims(pool, worker, looked)
    } catch (error) {
      lostTrack()
      onError(error, `the clock of ${own.stream}`)
      throw error
    }
    const [{ error } = {}] = looked
    if (error === undefined) return
    onError(error, `the clock of ${own.stream}`)
    throw error
  }
}

const streamsOf = (due: readonly Due[]): readonly string[] => due.map(({ stream }) => stream)

/**
 * The instant a job was queued for has come even where this machine's clock is behind, by no more than the desk takes for a
 * difference of clocks.
 */
async function look(desk: Desk, due: Due, held: boolean): Promise<Looked> {
  const now = latest(instant(new Date()), due.dueAt)
  if (held) return { ...due, next: later(now, whileHeldMs) }
  try {
    const { refused, next } = await fireDue(desk, due.stream, now)
    return refused.length > 0 ? { ...due, error: new DeadlinesRefused(refused) } : { ...due, next }
  } catch (error) {
    return { ...due, error: error instanceof Error ? error : new Error(String(error)) }
  }
}

async function settleClaims(pool: Pool, worker: string, looked: readonly Looked[]): Promise<void> {
  const idsOf = (some: readonly Looked[]): string[] => some.flatMap(({ id }) => id ?? [])
  await handBack(pool, worker, idsOf(looked.filter(({ error }) => error !== undefined)))
  await completeClaimed(pool, worker, idsOf(looked.filter(({ error }) => error === undefined)))
}
