import type { EventStore } from '@guichet/domain'
import { guichetEvents, streamName } from '@guichet/domain'
import { openPool, postgresStore } from '@guichet/eventstore'
import { clockId, readInstallation, temporalAddress } from '@guichet/workflows/temporal'
import type { Client } from '@temporalio/client'
import { setTimeout as delay } from 'node:timers/promises'

const atOnce = 8
const patienceMs = 60_000
const lookEveryMs = 250

/**
 * Milliseconds from the moment at which the last event of each ticket was recorded to the moment at which Temporal started the run of the
 * ticket's clock that waits for what it led to. Tickets whose last event has changed nothing for their clock are left out.
 * @throws Error when what is to be handed over does not become nothing.
 */
export async function bridgeLags(
  connectionString: string,
  address: string,
  tickets: readonly string[],
): Promise<readonly number[]> {
  const { Client, Connection } = await import('@temporalio/client')
  const temporal = temporalAddress({ ...process.env, TEMPORAL_ADDRESS: address })
  const connection = await Connection.connect(temporal.connection)
  const client = new Client({ connection, namespace: temporal.namespace })
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const pool = openPool({ connectionString, maxConnections: 1 })
  const rest = tickets.values()
  const lags: number[] = []
  try {
    const { id } = await readInstallation(pool)
    for (const patience = Date.now() + patienceMs; ; await delay(lookEveryMs)) {
      const { rows } = await pool.query<{ waiting: number }>(waiting)
      if (rows[0]?.waiting === 0) break
      if (Date.now() > patience) throw new Error(`${rows[0]?.waiting} clocks were not handed over`)
    }
    const work = async (): Promise<void> => {
      for (const ticket of rest) lags.push(...(await lagOf(store, client, ticket, id)))
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return lags
  } finally {
    await pool.end()
    await store.close()
    await connection.close()
  }
}

/** Nothing waits when the read model has come to the end of the history, and the outbox is empty. */
const waiting = `
  select ((select count(*) from guichet_workflows.clock_outbox)
    + (select count(*) from guichet.events)
    - (select events from guichet_projections.generations where projection = 'deadlines' and role = 'serving'))::integer as waiting`

async function lagOf(store: EventStore, client: Client, ticket: string, installation: string): Promise<number[]> {
  const { WorkflowNotFoundError } = await import('@temporalio/client')
  const stream = streamName('ticket', ticket)
  const last = (await store.readStream(stream)).at(-1)
  const clock = client.workflow.getHandle(clockId(stream, installation))
  const { startTime } = await clock.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return { startTime: undefined }
    throw error
  })
  const lag = startTime && last ? startTime.getTime() - Date.parse(last.recordedAt) : -1
  return lag < 0 ? [] : [lag]
}
