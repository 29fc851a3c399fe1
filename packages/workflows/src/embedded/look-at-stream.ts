import type { Desk } from '@guichet/domain'
import { instant, later, latest } from '@guichet/domain'
import type { Task } from 'graphile-worker'
import type { Pool } from 'pg'
import { z } from 'zod'
import { DeadlinesRefused, fireDue } from '../clock/fire-due.ts'
import { isHeld } from './held.ts'
import type { OnError } from '../supervision/on-error.ts'
import { wake } from './wake.ts'

const payloadSchema = z.object({ stream: z.string().max(500) })

const whileHeldMs = 60_000

/**
 * The job of a stream: lets take effect what is due and queues the next look. The instant the job was queued for has
 * come even where this machine's clock is behind, by no more than the desk takes for a difference of clocks. Throwing hands the job back to the queue, which tries again later.
 */
export function lookAtStream(desk: Desk, pool: Pool, onError: OnError): Task {
  return async (payload, { job }) => {
    const { stream } = payloadSchema.parse(payload)
    const now = latest(instant(new Date()), instant(job.run_at))
    try {
      if (await isHeld(pool, stream)) return await wake(pool, stream, later(now, whileHeldMs))
      const { refused, next } = await fireDue(desk, stream, now)
      if (refused.length > 0) throw new DeadlinesRefused(refused)
      if (next !== undefined) await wake(pool, stream, next)
    } catch (error) {
      onError(error, `the clock of ${stream}`)
      throw error
    }
  }
}
