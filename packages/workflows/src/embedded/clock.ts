import { sql } from 'kysely'
import type { Pool } from 'pg'
import type { Desk, Instant, StreamDeleted } from '@guichet/domain'
import { instant, latest } from '@guichet/domain'
import type { Alarm } from '@guichet/eventstore'
import { createAlarm, pauseAfter, startListening } from '@guichet/eventstore'
import type { DeadlineSink } from '@guichet/projections'
import type { ClockEngine } from '../clock.ts'
import { DeadlinesRefused, fireDue, noteDeleted } from '../clock.ts'
import { opaqueStreamName } from '../opaque-name.ts'
import type { OnError, Repetition } from '../supervision.ts'
import { asError } from '../supervision.ts'
import type { PartDatabase } from '../tables.ts'
import { openTables } from '../tables.ts'
import { startWork } from '../work.ts'
import type { LeasedStream, Leases } from './leases.ts'
import { clockSchema, leasesIn } from './leases.ts'

/** How the embedded clock is created. */
export type EmbeddedClockOptions = PartDatabase & {
  readonly desk: Desk
  /** How many groups of streams are processed concurrently; 2 by default. */
  readonly concurrency?: number
  /** How many streams are in each group; 256 by default: they share their statements. */
  readonly atOnce?: number
  /** The longest time between two looks for due streams, in milliseconds; a second by default. */
  readonly pollMs?: number
  /** After how many milliseconds the streams of a process that died go to another one; 20,000 by default. */
  readonly leaseMs?: number
  /** The longest pause between two tries of a failing stream, in milliseconds; five minutes by default. */
  readonly longestPauseMs?: number
  readonly onError?: OnError
}

/** The clock that waits in Postgres. */
export type EmbeddedClock = ClockEngine & {
  /** The projection of deadlines reports here; usable as soon as this object exists, started or not. */
  readonly deadlineSink: DeadlineSink
}

/** The channel on which the projection of deadlines announces instants that are earlier than what was known. */
const channel = 'guichet_clock'

/**
 * The clock in the processes themselves, on the read model of deadlines: a process claims due streams of it, and sleeps
 * until the next one is due or an earlier one is announced. Any number of processes may run one on the same database.
 * Creates or migrates its part of the schema `guichet_workflows` first. A stopped engine cannot be restarted: open
 * another one.
 *
 * Its connections do not wait for the disk: leases that a crash of Postgres loses are claimed again, without a second
 * effect.
 */
export async function embeddedClock(options: EmbeddedClockOptions): Promise<EmbeddedClock> {
  const { desk, connectionString, concurrency = 2, atOnce = 256, pollMs = 1_000 } = options
  const { leaseMs = 20_000, longestPauseMs = 300_000, onError = () => undefined } = options
  const pool = await openTables(clockSchema, {
    connectionString,
    pool: options.pool,
    maxConnections: concurrency + 2,
    onError,
  })
  const leases = leasesIn(pool, leaseMs, { first: 1_000, last: longestPauseMs })
  let running: Repetition | undefined
  let stopped = false
  return {
    deadlineSink,
    start: async () => {
      if (stopped) return
      running = startClaiming({ connectionString, pool, desk, leases, concurrency, atOnce, pollMs, onError })
    },
    stop: async () => {
      stopped = true
      await running?.stop()
      await pool.end()
    },
    status: leases.status,
  }
}

type ClaimingParts = Required<
  Pick<EmbeddedClockOptions, 'connectionString' | 'desk' | 'concurrency' | 'atOnce' | 'pollMs' | 'onError'>
> & { readonly pool: Pool; readonly leases: Leases }

/** Timers may be early, and due rows may be locked for a while by the transaction that writes them. */
const waits = { first: 5, last: 100 }

/** Claims due streams as long as there are any, and processes them in groups, which share their round trips. */
function startClaiming(parts: ClaimingParts): Repetition {
  const { connectionString, leases, concurrency, atOnce, pollMs, onError } = parts
  const stopping = new AbortController()
  const alarm = createAlarm(stopping.signal)
  const sleep = announcedSleep(connectionString, alarm)
  /** How often in a row something was due that could not be claimed. */
  let inVain = 0
  const claiming = startWork({
    name: 'looking for due deadlines',
    concurrency,
    claim: async (limit) => {
      alarm.reset()
      return groupsOf(await leases.claim(limit * atOnce), atOnce, limit)
    },
    process: (group) => processGroup(parts, group),
    idle: async () => {
      const next = (await leases.untilNext()) ?? pollMs
      inVain = next > 0 ? 0 : inVain + 1
      const shortest = inVain === 0 ? waits.first : pauseAfter(inVain, waits)
      await sleep.for(Math.max(shortest, Math.min(Math.ceil(next), pollMs)))
      return 0
    },
    onError,
  })
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all([claiming.stop(), sleep.close()])
    },
  }
}

type Sleep = {
  /** Resolves after some milliseconds, or when an instant before their end is announced. */
  for(milliseconds: number): Promise<void>
  close(): Promise<void>
}

/** Sleeps that are ended by what the projection of deadlines announces, in any process. */
function announcedSleep(connectionString: string, alarm: Alarm): Sleep {
  let wakesAt = Infinity
  const listening = startListening({
    connection: { connectionString },
    channel,
    onNotification: (earliest) => {
      if (!(Date.parse(earliest) >= wakesAt)) alarm.ring()
    },
    onListening: alarm.ring,
  })
  return {
    for: async (milliseconds) => {
      wakesAt = Date.now() + milliseconds
      await alarm.wait(milliseconds)
      wakesAt = Infinity
    },
    close: listening.close,
  }
}

/**
 * Streams that have failed before are processed apart from the others, alone where there is room: nothing waits for them.
 * At most so many groups, where the others leave room.
 */
function groupsOf(
  streams: readonly LeasedStream[],
  atOnce: number,
  most: number,
): readonly (readonly LeasedStream[])[] {
  const fresh = inGroups(
    streams.filter(({ attempts }) => attempts === 0),
    atOnce,
  )
  const failed = streams.filter(({ attempts }) => attempts > 0)
  return [...inGroups(failed, Math.ceil(failed.length / Math.max(1, most - fresh.length))), ...fresh]
}

function inGroups<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const groups: (readonly T[])[] = []
  for (let from = 0; from < all.length; from += size) groups.push(all.slice(from, from + size))
  return groups
}

/** For how long a deleted stream rests before it is looked at again: a deletion may be taken back. */
const deletedRestMs = 3_600_000

/** What can be neither processed nor returned stays leased, and is claimed again when the lease ends. */
async function processGroup(parts: ClaimingParts, group: readonly LeasedStream[]): Promise<void> {
  const { pool, desk, leases, onError } = parts
  try {
    await desk.refreshConfiguration()
    const failures = new Map<LeasedStream, Error>()
    const deleted = new Map<LeasedStream, StreamDeleted>()
    await Promise.all(
      group.map(async (each) => {
        try {
          const lost = await fire(desk, each)
          if (lost) deleted.set(each, lost)
        } catch (error) {
          failures.set(each, asError(error))
        }
      }),
    )
    await leases.settle(group.filter((each) => !failures.has(each) && !deleted.has(each)))
    for (const [each, error] of failures) {
      onError(error, `the clock of ${opaqueStreamName(each.stream)}`)
      await leases.fail(each, error.message)
    }
    for (const lost of deleted.values()) await noteDeleted(pool, lost, onError)
    await leases.settle([...deleted.keys()], deletedRestMs)
  } catch (error) {
    onError(error, `the clocks of ${group.map(({ stream }) => opaqueStreamName(stream)).join(', ')}`)
  }
}

/**
 * The due instant of a stream counts as reached even where this machine's clock is behind, by no more than the desk
 * tolerates as a difference of clocks.
 * @returns set where the stream was deleted.
 */
async function fire(desk: Desk, { stream, dueAt }: LeasedStream): Promise<StreamDeleted | undefined> {
  const { refused, deleted } = await fireDue(desk, stream, latest(instant(new Date()), dueAt))
  if (refused.length > 0) throw new DeadlinesRefused(refused)
  return deleted
}

/**
 * Announces the earliest deadline that has appeared or become earlier, within the projection's own transaction. Those
 * that are now later, or were removed, need no announcement.
 */
const deadlineSink: DeadlineSink = async (tx, changes) => {
  const earlier = changes.flatMap(({ before, after }): Instant[] =>
    after !== undefined && (before === undefined || after < before) ? [after] : [],
  )
  if (earlier.length === 0) return
  const earliest = earlier.reduce((a, b) => (a < b ? a : b))
  await sql`select pg_notify(${channel}, ${earliest})`.execute(tx)
}
