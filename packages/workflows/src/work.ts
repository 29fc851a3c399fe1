import { setMaxListeners } from 'node:events'
import { cutTo } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import { noReports } from '@guichet/eventstore'
import type { OnError, Repetition } from './supervision.ts'
import { repeatWithBackOff } from './supervision.ts'

/** Due work, of one kind, that any number of processes claim from the same table. */
type Work<T> = {
  /** What it does, for reports of failures. */
  readonly name: string
  /** How much is processed concurrently. */
  readonly concurrency: number
  /** Claims due work in its order, at most so much. */
  readonly claim: (limit: number) => Promise<readonly T[]>
  /** Processes what was claimed, reports its failures, and never rejects. */
  readonly process: (claimed: T, signal: AbortSignal) => Promise<void>
  /** Called when no more is due. Resolves with the milliseconds until the next claim. */
  readonly idle: (signal: AbortSignal) => Promise<number>
  /** For how many milliseconds after a stop work may go on before its signal aborts; without end by default. */
  readonly graceMs?: number
  readonly onError: OnError
  readonly health?: FollowerReports
}

/**
 * Claims and processes due work until it is stopped: a claim follows as soon as there is room for more. A claim that
 * fails is repeated with growing pauses, and reported once until one succeeds. `stop` resolves when the work under way
 * has ended.
 */
export function startWork<T>(work: Work<T>): Repetition {
  const { name, concurrency, claim, process, idle, graceMs, onError, health = noReports } = work
  const breakingOff = new AbortController()
  setMaxListeners(0, breakingOff.signal)
  const underWay = new Set<Promise<void>>()
  let reported = false
  const claiming = repeatWithBackOff({
    work: async ({ signal }) => {
      const free = concurrency - underWay.size
      const claimed = free > 0 ? await claim(free) : []
      for (const each of claimed) {
        const processing = process(each, breakingOff.signal).finally(() => underWay.delete(processing))
        underWay.add(processing)
      }
      if (claimed.length < free) return idle(signal)
      await Promise.race(underWay)
      return 0
    },
    backOff: { first: 500, last: 5_000 },
    failed: (error) => {
      if (!reported) onError(error, name)
      reported = true
      health.failed(name, error)
    },
    recovered: () => {
      reported = false
      health.succeeded(name)
    },
  })
  return {
    stop: async () => {
      const timer = graceMs === undefined ? undefined : setTimeout(() => breakingOff.abort(), graceMs)
      await claiming.stop()
      await Promise.all(underWay)
      clearTimeout(timer)
    },
  }
}

/** Why a try failed, as the row of the work keeps it: 500 characters at most. */
export const reasonForRow = (reason: string): string => cutTo(reason, 500)
