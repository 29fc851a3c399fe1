import type { Desk } from '@guichet/domain'
import { isDatabaseAway } from '@guichet/eventstore'
import type { Client } from '@temporalio/client'
import { createHash } from 'node:crypto'
import { inParallel } from '../../supervision/in-parallel.ts'
import type { OnError } from '../../supervision/on-error.ts'
import type { Repetition } from '../../supervision/periodically.ts'
import type { RepeatedWork, Turn } from '../../supervision/repeat-with-back-off.ts'
import { repeatWithBackOff } from '../../supervision/repeat-with-back-off.ts'
import { withOwnSignal } from '../../supervision/with-own-signal.ts'
import { readClockState } from '../clock-state.ts'
import { grpcErrorIn, isBusyWorkflow } from '../connection/grpc-error.ts'
import { troubleOf } from '../connection/trouble.ts'
import type { Installation } from '../installation.ts'
import type { ClockState } from '../workflow/clock-state.ts'
import { isClocked } from '../workflow/clock-state.ts'
import type { HandedOver, Lane, Outbox, OutboxRow } from './outbox.ts'
import { startClock } from './start-clock.ts'

export type BridgeOptions = {
  readonly desk: Desk
  readonly client: Client
  readonly installation: Installation
  readonly outbox: Outbox
  /** Whether the server knows the search attributes. */
  readonly labelled: () => boolean
  /** How often an idle bridge looks, in milliseconds. */
  readonly pollMs: number
  /** For how many milliseconds what is claimed is leased. */
  readonly leaseMs: number
  /** How it waits for the server, and tells of what fails. */
  readonly reports: Pick<RepeatedWork, 'ready' | 'failed' | 'recovered'>
  /** Hears of single streams that cannot be handed over. */
  readonly onError: OnError
}

/** How many calls to the server are under way at once in each lane: few of those that have time, which leaves it room for what is due. */
const atOnce: Readonly<Record<Lane, number>> = { soon: 16, later: 2 }
const batch = 48
const patienceMs = 10_000
const backOff = { first: 500, last: 30_000 }

/**
 * Hands over what the outbox holds, at least once, what is due soonest first: claims rows, computes what stands on each stream now, starts
 * its clock where it stands otherwise than the clock was started with, and only then removes the row. While Temporal or the event
 * store is away, and when it is stopped, the rows stay. What is due soon has a lane of its own, and never waits for what is due later.
 */
export function startBridge(options: BridgeOptions): Repetition {
  const failing = new Set<Lane>()
  const lanes = (['soon', 'later'] as const).map((lane) => startLane(lane, options, failing))
  return {
    stop: async () => {
      await Promise.all(lanes.map(({ stop }) => stop()))
    },
  }
}

/** @param failing the lanes that fail now: the bridge has recovered when there is none any more. */
function startLane(lane: Lane, options: BridgeOptions, failing: Set<Lane>): Repetition {
  const { pollMs, reports, outbox } = options
  let unsettled: readonly HandedOver[] = []
  const work = async ({ signal }: Turn): Promise<number> => {
    unsettled = await outbox.settle(unsettled)
    const turn = await withOwnSignal(signal, (own) => handOver(lane, options, own.signal))
    unsettled = [...unsettled, ...turn.unsettled]
    return turn.claimed < batch ? pollMs : 0
  }
  return repeatWithBackOff({
    ...reports,
    work,
    backOff,
    failed: (error) => {
      failing.add(lane)
      return reports.failed(error)
    },
    recovered: () => {
      failing.delete(lane)
      if (failing.size === 0) reports.recovered?.()
    },
  })
}

type HandOver = { readonly claimed: number; readonly unsettled: readonly HandedOver[] }

/** @throws what Temporal, the event store or the database cannot do now. */
async function handOver(lane: Lane, options: BridgeOptions, signal: AbortSignal): Promise<HandOver> {
  const { desk, client, installation, outbox, leaseMs, onError } = options
  const leasedUntil = Date.now() + leaseMs - patienceMs
  const isLeased = (): boolean => Date.now() <= leasedUntil
  const rows = await outbox.claim(lane, batch)
  if (rows.length === 0) return { claimed: 0, unsettled: [] }
  const labelled = options.labelled()
  const [known] = await Promise.all([outbox.known(rows.map(({ stream }) => stream)), desk.heedConfiguration()]).catch(
    async (error: unknown) => {
      await outbox.release(rows)
      throw error
    },
  )
  const done: HandedOver[] = []
  const failed = new Map<OutboxRow, unknown>()
  let away: Error | undefined

  await inParallel(rows, atOnce[lane], async (row) => {
    if (away !== undefined || signal.aborted || !isLeased()) return
    try {
      const { held = false, digest: before } = known.get(row.stream) ?? {}
      const state = await readClockState(desk, row.stream, { held, labelled })
      const digest = isClocked(state) ? digestOf(state) : undefined
      if (digest !== before) {
        if (!isLeased()) return
        const start = () => startClock(client, installation, state)
        await client.withAbortSignal(signal, () => client.withDeadline(Date.now() + patienceMs, start))
      }
      done.push({ ...row, digest, dueAt: state.deadlines[0]?.dueAt, labelled })
    } catch (error) {
      if (signal.aborted || isAway(error)) away = error as Error
      else failed.set(row, error)
    }
  })

  const unsettled = await outbox.settle(done)
  for (const [row, error] of failed) {
    if (row.attempts === 1) onError(error, `handing the deadlines of ${row.stream} over to Temporal`)
    await outbox.fail(row, error instanceof Error ? error.message : String(error))
  }
  const handled = new Set([...done.map(({ stream }) => stream), ...[...failed.keys()].map(({ stream }) => stream)])
  await outbox.release(rows.filter(({ stream }) => !handled.has(stream)))
  if (away !== undefined) throw away
  return { claimed: rows.length, unsettled }
}

/** What a clock is started with, in short. */
const digestOf = (state: ClockState): string => createHash('sha256').update(JSON.stringify(state)).digest('base64')

const invalidArgument = 3

/** Whether it is Temporal or the event store that cannot be asked, rather than one stream that cannot be handed over. */
export function isAway(error: unknown): boolean {
  if (isDatabaseAway(error)) return true
  if (troubleOf(error) === undefined) return false
  const answered = grpcErrorIn(error)
  return !answered || (answered.code !== invalidArgument && !isBusyWorkflow(answered))
}
