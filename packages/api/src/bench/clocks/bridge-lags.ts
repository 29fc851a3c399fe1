import type { EventEnvelope, EventStore } from '@guichet/domain'
import { guichetEvents, streamName } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import { temporalAddress } from '@guichet/workflows/temporal'
import type { Client } from '@temporalio/client'
import { setTimeout as delay } from 'node:timers/promises'

/** What a clock was told: the version of its stream, and when Temporal had it, in milliseconds since 1970. */
type Told = { readonly version: number; readonly at: number }

const atOnce = 8
const patienceMs = 30_000
const lookEveryMs = 500

/**
 * Milliseconds from the moment an agent's reply was recorded, each of which moves a deadline, to the moment at which Temporal had a
 * report of that version or a later one for the ticket's clock: the time of the signal in the clock's history.
 * @throws Error when a clock was told too little.
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
  const rest = tickets.values()
  const lags: number[] = []
  const work = async (): Promise<void> => {
    for (const ticket of rest) lags.push(...(await lagsOf(store, client, ticket)))
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, work))
    return lags
  } finally {
    await store.close()
    await connection.close()
  }
}

async function lagsOf(store: EventStore, client: Client, ticket: string): Promise<readonly number[]> {
  const events = await store.readStream(streamName('ticket', ticket))
  const replies = events.filter(({ event }) => event.type === 'AgentReplied')
  if (replies.length === 0) return []
  const last = replies.at(-1)?.version ?? 0
  for (const patience = Date.now() + patienceMs; ; await delay(lookEveryMs)) {
    const told = await toldOf(client, ticket)
    if (told.some(({ version }) => version >= last)) return replies.map((reply) => lagOf(reply, told))
    if (Date.now() > patience) throw new Error(`the clock of ${ticket} was not told of version ${last}`)
  }
}

function lagOf({ version, recordedAt }: EventEnvelope, told: readonly Told[]): number {
  const first = told.find((each) => each.version >= version)
  return (first?.at ?? Infinity) - Date.parse(recordedAt)
}

async function toldOf(client: Client, ticket: string): Promise<readonly Told[]> {
  const { WorkflowNotFoundError } = await import('@temporalio/client')
  const clock = client.workflow.getHandle(`ticket-clock/${ticket}`)
  const { events } = await clock.fetchHistory().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return { events: [] }
    throw error
  })
  return (events ?? []).flatMap(({ eventTime, workflowExecutionSignaledEventAttributes: signaled }) => {
    const [payload] = signaled?.input?.payloads ?? []
    if (!eventTime || !payload?.data) return []
    const { version } = JSON.parse(Buffer.from(payload.data).toString()) as { readonly version: number }
    return [{ version, at: Number(eventTime.seconds) * 1_000 + Number(eventTime.nanos) / 1_000_000 }]
  })
}
