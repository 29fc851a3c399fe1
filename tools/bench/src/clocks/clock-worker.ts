import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Instant } from '@guichet/domain'
import { openPool } from '@guichet/eventstore'
import { findServer, startDevServer } from '@guichet/workflows/temporal'
import type { Figure } from '../bench.ts'
import { skipped } from '../bench.ts'
import type { Ground } from '../ground.ts'
import { startGuichet } from '../guichet-process.ts'

/** A `guichet worker` on a new database in a separate process, with clocks, reactions and read models. */
export type ClockWorker = {
  readonly databaseUrl: string
  /**
   * Waits until its clocks know, or have handed over to Temporal, a number of streams with a deadline up to an instant.
   * @returns whether they did so before a moment, in milliseconds since 1970: later, deadlines that took effect no longer count.
   */
  knows(streams: number, until: Instant, before?: number): Promise<boolean>
  /** The memory that its process holds, in MB. */
  memory(): Promise<number>
  stop(): Promise<void>
}

const run = promisify(execFile)
const patienceMs = 240_000
const lookEveryMs = 250

/** Starts a worker whose clocks run on the embedded engine, or on the Temporal server at an address. */
export async function startClockWorker(ground: Ground, temporal?: string): Promise<ClockWorker> {
  const url = await ground.database()
  const worker = startGuichet(['worker'], {
    GUICHET_HOME: ground.folder,
    DATABASE_URL: url,
    GUICHET_LOG_LEVEL: 'error',
    TEMPORAL_ADDRESS: temporal ?? '',
  })
  const pool = openPool({ connectionString: url, maxConnections: 1 })
  const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
    for (const deadline = Date.now() + patienceMs; !(await holds()); await delay(lookEveryMs)) {
      if (worker.child.exitCode === null && Date.now() < deadline) continue
      worker.child.kill('SIGKILL')
      throw new Error(`the worker did not ${what}:\n${worker.output()}`)
    }
  }
  await until('start', () => worker.output().includes('Guichet works'))
  const known = temporal === undefined ? projected : handedOver
  return {
    databaseUrl: url,
    knows: async (streams, instant, before = Infinity) => {
      let knows = false
      await until(`schedule ${streams} deadlines`, async () => {
        const { rows } = await pool.query<{ known: number }>(known, [instant])
        const inTime = Date.now() < before
        knows = inTime && rows[0]?.known === streams
        return knows || !inTime
      })
      return knows
    },
    memory: async () => {
      const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(worker.child.pid)])
      return Number(stdout) / 1024
    },
    stop: async () => {
      await pool.end()
      worker.child.kill('SIGTERM')
      await worker.exited
    },
  }
}

const projected = 'select count(*)::integer as known from guichet_read.deadline where next_due <= $1'

const handedOver = `
  select ((select count(*) from guichet_read.deadline where next_due <= $1)
    - (select count(*) from guichet_workflows.clock_outbox))::integer as known`

/** A figure that requires a Temporal server. */
type TemporalFigure = { readonly name: string; readonly unit: string; readonly target?: number }

/**
 * Measures with the Temporal server at TEMPORAL_ADDRESS, or else a dev server with an empty database in memory, which ends with the
 * measurement. Without either, each figure reports that as the reason.
 */
export async function onTemporal(
  figures: readonly TemporalFigure[],
  measure: (address: string) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const given = process.env['TEMPORAL_ADDRESS']
  if (given) return measure(given)
  const executable = findServer('dev')
  if (executable === undefined)
    return figures.map(({ name, unit, target = null }) => skipped(name, unit, target, missing))
  const server = await startDevServer({ executable, extraArgs: ['--log-level', 'never'] })
  try {
    return await measure(server.address)
  } finally {
    await server.stop()
  }
}

const missing = 'no Temporal server on this machine: `npm run temporal:install` gets one'
