import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { days, instant, later } from '@guichet/domain'
import { openPool } from '@guichet/eventstore'
import { readInstallation, temporalAddress } from '@guichet/workflows/temporal'
import type { Bench, Figure } from '../bench.ts'
import { figure } from '../bench.ts'
import { onTemporal, startClockWorker } from '../clocks/clock-worker.ts'
import { bridgeLags, fireCrowd, firingRate, lateness, openDueTickets, sendSteadily } from '../clocks/due-tickets.ts'
import { compare, openLimit, percentile } from '../ground.ts'

const target = 1_000
const perSecond = 200

/** The polling interval of other helpdesks in milliseconds, which is how late their deadlines can be by design. */
const peersPollEvery = 300_000

/**
 * Measures the clock in the processes themselves: many deadlines due at the same instant, then a constant rate of them. The limit is the
 * rate at which the database appends, one event at a time.
 */
export async function clockEmbedded(bench: Bench): Promise<readonly Figure[]> {
  const { ground, quick } = bench
  const limit = await rawAppends(bench)
  const worker = await startClockWorker(ground)
  const tickets = await openDueTickets(worker.databaseUrl)
  try {
    const atOnce = quick ? { tickets: 150, leadMs: 3_000 } : { tickets: 10_000, leadMs: 20_000 }
    const { fired: crowd } = await fireCrowd(worker, tickets, atOnce)
    const seconds = quick ? 1 : 30
    const stream = { tickets: perSecond * seconds, leadMs: quick ? 3_000 : 15_000, overMs: seconds * 1_000 }
    const steady = lateness((await fireCrowd(worker, tickets, stream)).fired)
    return [
      figure('clock-embedded', 'deadlines/s', firingRate(crowd), { limit }),
      figure('clock-embedded-p50', 'ms', percentile(lateness(crowd), 0.5)),
      figure('clock-embedded-p99', 'ms', percentile(lateness(crowd), 0.99)),
      figure('clock-embedded-200-p50', 'ms', percentile(steady, 0.5)),
      figure('clock-embedded-200-p99', 'ms', percentile(steady, 0.99), { peer: peersPollEvery, target }),
    ]
  } finally {
    await tickets.close()
    await worker.stop()
  }
}

/** Measures appends of one event per second, by raw SQL on ten connections. */
async function rawAppends({ ground, effort }: Bench): Promise<number> {
  const raw = await openLimit(await ground.database())
  const by = { kind: 'agent', id: 'agent-1' } as const
  const event = { type: 'TicketResolved', at: instant('2026-03-02T09:00:00Z'), by } as const
  const work = (): Promise<unknown> => raw.append(`ticket-${randomUUID()}`, 0, [event])
  const { limit } = await compare({ limit: { work } }, { clients: 16, ...effort })
  await raw.close()
  return limit
}

const figures = [
  { name: 'clock-temporal', unit: 'deadlines/s', target: 80 },
  { name: 'clock-temporal-p50', unit: 'ms' },
  { name: 'clock-temporal-p99', unit: 'ms' },
  { name: 'clock-temporal-start-cost', unit: 'ms', target: 8 },
  { name: 'clock-temporal-fire-cost', unit: 'ms', target: 17 },
] as const

/**
 * Measures the clocks on Temporal: many deadlines due at the same instant, and the processor time of the whole machine for the start of a
 * clock and for a deadline, with the Temporal server, Postgres and the read models.
 */
export function clockTemporal({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const crowd = quick ? { tickets: 200, leadMs: 10_000 } : { tickets: 4_000, leadMs: 60_000 }
  return onTemporal(figures, async (address) => {
    const worker = await startClockWorker(ground, address)
    const tickets = await openDueTickets(worker.databaseUrl)
    try {
      const { fired, startCost, fireCost } = await fireCrowd(worker, tickets, crowd)
      const late = lateness(fired)
      const measured = [firingRate(fired), percentile(late, 0.5), percentile(late, 0.99), startCost, fireCost]
      return figures.map(({ name, unit, ...aim }, index) => figure(name, unit, measured[index] ?? NaN, aim))
    } finally {
      await tickets.close()
      await worker.stop()
    }
  })
}

const manyFigures = [
  { name: 'clock-many-started', unit: 'clocks/s' },
  { name: 'clock-many-noted', unit: 'ms' },
  { name: 'clock-many-late', unit: 'ms' },
  { name: 'clock-many-compared', unit: 's' },
  { name: 'clock-many-history', unit: 'bytes' },
] as const

const meanwhile = 10
const leadMs = 8_000
const patienceMs = 1_800_000

/**
 * Measures many clocks on Temporal that are due tomorrow, and ten that are due while those are being started: how many are started per
 * second, how long before (negative) or after their due time the read model showed the ten, how late the latest of them is, how long a
 * comparison takes when all run, and the size of the history of a waiting clock.
 */
export function clockMany({ ground, quick, clocks = quick ? 500 : 5_000 }: Bench): Promise<readonly Figure[]> {
  return onTemporal(manyFigures, async (address) => {
    const { Client, Connection } = await import('@temporalio/client')
    const temporal = temporalAddress({ ...process.env, TEMPORAL_ADDRESS: address })
    const connection = await Connection.connect(temporal.connection)
    const client = new Client({ connection, namespace: temporal.namespace })
    const worker = await startClockWorker(ground, address)
    const tickets = await openDueTickets(worker.databaseUrl)
    const pool = openPool({ connectionString: worker.databaseUrl, maxConnections: 1 })
    const started = async (): Promise<number> => {
      const { rows } = await pool.query<{ started: number }>(
        'select count(*)::integer as started from guichet_workflows.clocks',
      )
      return rows[0]?.started ?? 0
    }
    try {
      const { taskQueue } = await readInstallation(pool)
      const tomorrow = later(instant(new Date()), days(1))
      const before = Date.now()
      await tickets.seed(Array.from({ length: clocks }, (_, n) => later(tomorrow, n)))
      const soon = later(instant(new Date()), leadMs)
      await tickets.seed(Array.from({ length: meanwhile }, () => soon))
      const allStarted = async (): Promise<number> => {
        for (const patience = Date.now() + patienceMs; (await started()) < clocks; await delay(100)) {
          if (Date.now() > patience) throw new Error(`${await started()} of ${clocks} clocks were started`)
        }
        return (Date.now() - before) / 1_000
      }
      const allNoted = async (): Promise<number> => {
        for (const patience = Date.now() + patienceMs; Date.now() < patience; await delay(50)) {
          const { rows } = await pool.query<{ noted: boolean }>(
            `select events >= (select count(*) from guichet.events) as noted
             from guichet_projections.generations where projection = 'deadlines' and role = 'serving'`,
          )
          if (rows[0]?.noted) return Date.now() - Date.parse(soon)
        }
        throw new Error('the read model of deadlines did not follow')
      }
      const [fired, seconds, noted] = await Promise.all([tickets.fired(meanwhile), allStarted(), allNoted()])
      const measured = [
        clocks / seconds,
        noted,
        Math.max(...lateness(fired)),
        await comparison(client, taskQueue),
        await historyOf(client, taskQueue),
      ]
      return manyFigures.map(({ name, unit }, index) => figure(name, unit, measured[index] ?? NaN))
    } finally {
      await pool.end()
      await tickets.close()
      await worker.stop()
      await connection.close()
    }
  })
}

/** Runs a comparison and returns its duration in seconds. */
async function comparison(client: Client, taskQueue: string): Promise<number> {
  const from = new Date(Date.now() - 1_000).toISOString()
  await client.schedule.getHandle(`reconcile-clocks/${taskQueue}`).trigger('BUFFER_ONE')
  const query = `WorkflowType = 'reconcileClocks' AND TaskQueue = '${taskQueue}' AND StartTime > '${from}' AND ExecutionStatus = 'Completed'`
  for (const patience = Date.now() + patienceMs; Date.now() < patience; await delay(100)) {
    for await (const { startTime, closeTime } of client.workflow.list({ query })) {
      if (closeTime) return (closeTime.getTime() - startTime.getTime()) / 1_000
    }
  }
  throw new Error('no comparison came to its end')
}

/** Returns the size of the history of a waiting clock, in bytes. */
async function historyOf(client: Client, taskQueue: string): Promise<number> {
  const query = `WorkflowType = 'deadlineClock' AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: 1 })) {
    const { historySize } = await client.workflow.getHandle(workflowId, runId).describe()
    return historySize ?? NaN
  }
  return NaN
}

const memoryFigures = [
  { name: 'clock-memory-0', unit: 'MB' },
  { name: 'clock-memory-10000', unit: 'MB' },
] as const

/** Measures the memory of a worker without clocks on Temporal, and with many waiting clocks. */
export function clockMemory({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const clocks = quick ? 200 : 10_000
  return onTemporal(memoryFigures, async (address) => {
    const worker = await startClockWorker(ground, address)
    const tickets = await openDueTickets(worker.databaseUrl)
    try {
      const without = await worker.memory()
      const tomorrow = later(instant(new Date()), days(1))
      await tickets.seed(Array.from({ length: clocks }, () => tomorrow))
      await worker.knows(clocks, tomorrow)
      const measured = [without, await worker.memory()]
      return memoryFigures.map(({ name, unit }, index) => figure(name, unit, measured[index] ?? NaN))
    } finally {
      await tickets.close()
      await worker.stop()
    }
  })
}

const bridgeFigures = [
  { name: 'clock-bridge-p50', unit: 'ms' },
  { name: 'clock-bridge-p99', unit: 'ms' },
] as const

const bridgePerSecond = 500

/** Measures the time from the recording of an event that moves a deadline until Temporal has it, at 500 commands per second. */
export function clockBridge({ ground, quick }: Bench): Promise<readonly Figure[]> {
  return onTemporal(bridgeFigures, async (address) => {
    const worker = await startClockWorker(ground, address)
    try {
      const tickets = await sendSteadily(worker.databaseUrl, { perSecond: bridgePerSecond, seconds: quick ? 3 : 20 })
      const lags = await bridgeLags(worker.databaseUrl, address, quick ? tickets.slice(0, 50) : tickets)
      const measured = [percentile(lags, 0.5), percentile(lags, 0.99)]
      return bridgeFigures.map(({ name, unit }, index) => figure(name, unit, measured[index] ?? NaN))
    } finally {
      await worker.stop()
    }
  })
}
