import { messageOf } from './failure.ts'
import type { RunnerMetrics } from './runner.ts'

/** One line for the operator. */
export type RunnerLog = (level: 'info' | 'warn' | 'error', message: string) => void

/** For how many milliseconds a failure that repeats itself is not told of again. */
const repeatMs = 60_000

/** What a runner has done, counted as it happens. */
export type Activity = {
  /** A transaction was committed that took so many milliseconds. */
  written(events: number, milliseconds: number): void
  /** Something failed; what it was doing is named. */
  failed(doing: string, error: unknown): void
  readonly log: RunnerLog
  counted(): Pick<RunnerMetrics, 'batches' | 'events' | 'lastBatch' | 'lastError'>
}

/** Counts from nothing, and tells `log` of failures: of one that repeats itself once a minute. */
export function createActivity(log: RunnerLog): Activity {
  let batches = 0
  let total = 0
  let lastBatch: RunnerMetrics['lastBatch']
  let lastError: RunnerMetrics['lastError']
  let told: { readonly message: string; readonly at: number } | undefined
  return {
    log,
    written(events, milliseconds) {
      batches++
      total += events
      lastBatch = { events, milliseconds }
    },
    failed(doing, error) {
      const message = `${doing}: ${messageOf(error)}`
      lastError = { message, at: new Date().toISOString() }
      if (told?.message === message && performance.now() - told.at < repeatMs) return
      told = { message, at: performance.now() }
      log('warn', message)
    },
    counted: () => ({ batches, events: total, lastBatch, lastError }),
  }
}
