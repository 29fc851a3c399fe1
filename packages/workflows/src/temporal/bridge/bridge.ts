import type { Desk } from '@guichet/domain'
import { isDatabaseAway } from '@guichet/eventstore'
import type { Client } from '@temporalio/client'
import { setMaxListeners } from 'node:events'
import type { OnError } from '../../supervision/on-error.ts'
import type { Repetition } from '../../supervision/periodically.ts'
import type { Persistence, Turn } from '../../supervision/persistently.ts'
import { persistently } from '../../supervision/persistently.ts'
import { grpcErrorIn } from '../connection/grpc-error.ts'
import { troubleOf } from '../connection/trouble.ts'
import { standingOf } from '../standing.ts'
import type { Told } from '../told.ts'
import { inParallel } from '../../supervision/in-parallel.ts'
import type { Outbox, OutboxRow } from './outbox.ts'
import { tellClock } from './tell-clock.ts'

export type BridgeOptions = {
  readonly desk: Desk
  readonly client: Client
  readonly taskQueue: string
  readonly outbox: Outbox
  readonly labelled: () => boolean
  readonly told: Told
  /** How often an idle bridge looks, in milliseconds. */
  readonly pollMs: number
  /** How it waits for the server, and tells of what fails. */
  readonly reports: Pick<Persistence, 'ready' | 'failed' | 'recovered'>
  /** Hears of single streams that cannot be handed over. */
  readonly onError: OnError
}

const batch = 200
const atOnce = 16
const patienceMs = 10_000
const pauseMs = { first: 500, longest: 30_000 }

/**
 * Hands over what the outbox holds, at least once: takes rows, computes what stands on each stream now, tells its clock, and
 * only then removes the row. While Temporal or the event store is away, and when it is stopped, the rows stay.
 */
export function startBridge(options: BridgeOptions): Repetition {
  const { pollMs, reports } = options
  const work = async ({ signal }: Turn): Promise<number> => {
    const taken = await endingWith(signal, (ending) => handOver(options, ending))
    return taken < batch ? pollMs : 0
  }
  return persistently({ work, pauseMs, ...reports })
}

/** @returns how many rows were taken. @throws what Temporal, the event store or the database cannot do now. */
async function handOver(
  { desk, client, taskQueue, outbox, labelled, told, onError }: BridgeOptions,
  signal: AbortSignal,
): Promise<number> {
  const rows = await outbox.claim(batch)
  if (rows.length === 0) return 0
  await desk.heedConfiguration().catch(async (error: unknown) => {
    await outbox.release(rows)
    throw error
  })
  const held = await outbox.held(rows.map(({ stream }) => stream))
  const done: OutboxRow[] = []
  const failed = new Map<OutboxRow, unknown>()
  let away: Error | undefined

  await inParallel(rows, atOnce, async (row) => {
    if (away !== undefined || signal.aborted) return
    try {
      const now = { held: held.has(row.stream), labelled: labelled() }
      const standing = await standingOf(desk, row.stream, now)
      if (!told.take(standing)) {
        const tell = () => tellClock(client, taskQueue, { ...standing, order: row.mark })
        await client.withAbortSignal(signal, () => client.withDeadline(Date.now() + patienceMs, tell))
      }
      done.push(row)
    } catch (error) {
      if (signal.aborted || isAway(error)) away = error as Error
      else failed.set(row, error)
    }
  })

  await outbox.settle(done)
  for (const [row, error] of failed) {
    if (row.attempts === 1) onError(error, `handing the deadlines of ${row.stream} over to Temporal`)
    await outbox.fail(row, error instanceof Error ? error.message : String(error))
  }
  const handled = new Set([...done, ...failed.keys()])
  await outbox.release(rows.filter((row) => !handled.has(row)))
  if (away !== undefined) throw away
  return rows.length
}

/** Does work under a signal of its own: the client keeps hold of each call on a signal for as long as there is the signal. */
async function endingWith<T>(signal: AbortSignal, work: (ending: AbortSignal) => Promise<T>): Promise<T> {
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  const end = (): void => ending.abort(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  try {
    return await work(ending.signal)
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** Whether it is Temporal or the event store that cannot be asked, rather than one stream that cannot be handed over. */
function isAway(error: unknown): boolean {
  if (isDatabaseAway(error)) return true
  return troubleOf(error) !== undefined && grpcErrorIn(error)?.code !== invalidArgument
}

const invalidArgument = 3
