import { days, instant, later } from '@guichet/domain'
import { openPool } from '@guichet/eventstore'
import { readInstallation, temporalAddress } from '@guichet/workflows/temporal'
import type { Client } from '@temporalio/client'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench } from '../bench.ts'
import { startClockWorker } from '../clocks/clock-worker.ts'
import { lateness, openDueTickets } from '../clocks/due-tickets.ts'
import { onTemporal } from '../clocks/temporal-server.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'

const figures = [
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
 * Many clocks on Temporal that are due tomorrow, and ten that are due while they are being started: how many are started a second, how long
 * before (below nought) or after they were due the read model knew of the ten, how late the latest of them is, how long a comparison takes when all run, and how long the history of one is that waits.
 */
export function clockMany({ ground, quick, clocks = quick ? 500 : 5_000 }: Bench): Promise<readonly Figure[]> {
  return onTemporal(figures, async (address) => {
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
      return figures.map(({ name, unit }, place) => figure(name, unit, measured[place] ?? NaN))
    } finally {
      await pool.end()
      await tickets.close()
      await worker.stop()
      await connection.close()
    }
  })
}

/** How many seconds a comparison takes that begins now. */
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

/** How many bytes the history of a clock has that waits. */
async function historyOf(client: Client, taskQueue: string): Promise<number> {
  const query = `WorkflowType = 'deadlineClock' AND TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: 1 })) {
    const { historySize } = await client.workflow.getHandle(workflowId, runId).describe()
    return historySize ?? NaN
  }
  return NaN
}
