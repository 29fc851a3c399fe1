import type { Desk } from '@guichet/domain'
import type { Client } from '@temporalio/client'
import { setTimeout as delay } from 'node:timers/promises'
import type { OnError } from '../../supervision/on-error.ts'
import { grpcErrorIn } from '../connection/grpc-error.ts'
import { standingOf } from '../standing.ts'
import type { Told } from '../told.ts'
import { inParallel } from './in-parallel.ts'
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
  readonly onError: OnError
}

const batch = 200
const atOnce = 16
const patienceMs = 10_000
const longestPauseMs = 30_000

/**
 * Hands over what the outbox holds, at least once: takes rows, computes what stands on each stream now, tells its clock, and
 * only then removes the row. While Temporal is away the rows stay, and it is asked again with growing pauses; that is
 * reported once.
 */
export function startBridge(options: BridgeOptions): { stop(): Promise<void> } {
  const { pollMs, onError } = options
  const stopping = new AbortController()
  const pause = (ms: number): Promise<unknown> =>
    delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined)

  const loop = async (): Promise<void> => {
    let failures = 0
    while (!stopping.signal.aborted) {
      try {
        const taken = await handOver(options)
        failures = 0
        if (taken < batch) await pause(pollMs)
      } catch (error) {
        if (failures === 0) onError(error, 'handing deadlines over to Temporal; they wait in the outbox')
        failures += 1
        await pause(Math.min(longestPauseMs, 250 * 2 ** Math.min(failures, 10)))
      }
    }
  }
  const ended = loop()
  return {
    stop: async () => {
      stopping.abort()
      await ended
    },
  }
}

/** @returns how many rows were taken. @throws what Temporal or the database cannot do now. */
async function handOver({ desk, client, taskQueue, outbox, labelled, told, onError }: BridgeOptions): Promise<number> {
  const rows = await outbox.claim(batch)
  if (rows.length === 0) return 0
  const held = await outbox.held(rows.map(({ stream }) => stream))
  const done: OutboxRow[] = []
  const failed = new Map<OutboxRow, unknown>()
  let away: Error | undefined

  await inParallel(rows, atOnce, async (row) => {
    if (away !== undefined) return
    try {
      const now = { held: held.has(row.stream), labelled: labelled() }
      const standing = await standingOf(desk, row.stream, now)
      const change = { ...standing, order: row.mark }
      if (!told.take(row.stream, change.version)) {
        await client.withDeadline(Date.now() + patienceMs, () => tellClock(client, taskQueue, change))
      }
      done.push(row)
    } catch (error) {
      if (isAway(error)) away = error as Error
      else failed.set(row, error)
    }
  })

  await outbox.settle(done)
  for (const [row, error] of failed) {
    if (row.attempts === 1) onError(error, `handing the deadlines of ${row.stream} over to Temporal`)
    await outbox.fail(row, error instanceof Error ? error.message : String(error))
  }
  if (away === undefined) return rows.length
  await outbox.release(rows.filter((row) => !done.includes(row) && !failed.has(row)))
  throw away
}

/** Whether it is Temporal that cannot be asked, rather than one stream that cannot be handed over. */
function isAway(error: unknown): boolean {
  const cause = grpcErrorIn(error)
  return cause !== undefined && cause.code !== invalidArgument
}

const invalidArgument = 3
