import { randomUUID } from 'node:crypto'
import type { WorkflowHandle } from '@temporalio/client'
import { Client, Connection } from '@temporalio/client'
import type { NativeConnection } from '@temporalio/worker'
import { Worker } from '@temporalio/worker'
import pg from 'pg'
import { inject } from 'vitest'
import type { Desk, StreamName } from '@guichet/domain'
import { createDesk, guichetEvents, inMemoryStore, instant, streamName } from '@guichet/domain'
import type { ClockEngine } from '../../clock.ts'
import type { Process } from '../../contract/index.ts'
import type { DeliveryEngine, DeliveryOptions } from '../../delivery/delivery-list.ts'
import { fed } from '../../testing/feed.ts'
import { clockActivities } from '../activities.ts'
import { clockId, readClockState, readInstallation } from '../clock-state.ts'
import { temporalDelivery } from '../delivery.ts'
import type { TemporalAddress } from '../connection.ts'
import type { TemporalClockOptions } from '../temporal-clock.ts'
import { temporalClock } from '../temporal-clock.ts'
import { workflowCode } from '../workflow-code.ts'
import type { WorkflowState } from '../workflow/clock-state.ts'
import type { ClockActivities } from '../workflow/workflows.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The address of the test run's Temporal server; undefined when there is none. */
    temporalServer: string | undefined
    /** The executable of the dev server, for tests that start their own; undefined when there is none. */
    devServer: string | undefined
  }
}

/** Settings of an engine; a deaf one receives no deadlines. */
export type FedTemporalClockOptions = Partial<TemporalClockOptions> & { readonly deaf?: boolean }

/**
 * The test run's Temporal server. Workflows run in the main thread: a thread for each engine would cost more than most
 * tests; the engines of processes have one each.
 */
const testServer = (): TemporalAddress => ({
  connection: { address: inject('temporalServer') ?? '' },
  namespace: 'default',
  worker: { debugMode: true },
})

/** The clock on Temporal with the projection that feeds it, as one engine. */
export async function fedTemporalClock(
  process: Process,
  { deaf, temporal, ...options }: FedTemporalClockOptions = {},
): Promise<ClockEngine> {
  const { desk, databaseUrl } = process
  const { worker, ...server } = testServer()
  const on = { ...server, ...temporal, worker: { ...worker, ...temporal?.worker } }
  const clock = await temporalClock({ desk, connectionString: databaseUrl, temporal: on, pollMs: 50, ...options })
  return fed(clock, process, deaf ? async () => undefined : clock.deadlineSink)
}

/** The id of a stream's clock, for a database whose engine was opened once. */
export async function clockIdIn(databaseUrl: string, stream: StreamName): Promise<string> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  try {
    return clockId(stream, (await readInstallation(pool)).id)
  } finally {
    await pool.end()
  }
}

/** The clock of a ticket, or of a stream of another category. */
export async function clockOf(
  client: Client,
  { databaseUrl }: { readonly databaseUrl: string },
  id: string,
  category = 'ticket',
): Promise<WorkflowHandle> {
  return client.workflow.getHandle(await clockIdIn(databaseUrl, streamName(category, id)))
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** The executable of the time-skipping server; undefined when there is none. */
    timeSkippingServer: string | undefined
  }
}

type ClockWorkerOptions = {
  readonly connection: NativeConnection
  readonly taskQueue: string
  readonly desk: Desk
  /** Awaited before each activity. */
  readonly before?: () => Promise<unknown>
  /** Called with each stream whose next clock is to be started, and when that is due. */
  readonly renewed?: (stream: string, dueAt: string | undefined) => void
}

/** A worker for the clocks of a desk without a database: nothing is held, and only Temporal records failures. */
export async function clockWorker({
  connection,
  taskQueue,
  desk,
  before,
  renewed,
}: ClockWorkerOptions): Promise<Worker> {
  const { fireDue } = clockActivities({
    desk,
    failures: {
      conditionOf: async () => ({ held: false, failed: false, projected: false }),
      note: async () => undefined,
      forget: async () => undefined,
    },
    finished: {
      renew: async (stream, dueAt) => renewed?.(stream, dueAt),
      end: async () => undefined,
    },
    onDeleted: async () => undefined,
    labelled: () => false,
    onError: () => undefined,
  })
  const activities: ClockActivities = {
    fireDue: async (due) => {
      await before?.()
      return fireDue(due)
    },
  }
  return Worker.create({ connection, taskQueue, activities, workflowBundle: await workflowCode(), debugMode: true })
}

/** The input with which the clock of a ticket is started in its present state. */
export const stateOf = (desk: Desk, ticketId: string): Promise<WorkflowState> =>
  readClockState(desk, streamName('ticket', ticketId), { held: false, labelled: false })

/** Vitest's hooks around the tests of a suite. */
type Hooks = Readonly<Record<'beforeAll' | 'afterAll', (run: () => Promise<void>) => void>>

/** Requests a Temporal server from before the first test of a suite until after the last one. */
export function useClient({ beforeAll, afterAll }: Hooks, address: string | undefined): () => Client {
  let client: Client | undefined
  beforeAll(async () => {
    client = new Client({ connection: await Connection.connect({ address: address ?? '' }) })
  })
  afterAll(async () => client?.connection.close())
  return () => {
    if (!client) throw new Error('the connection opens before the first test: ask for it in a test')
    return client
  }
}

const anHour = 3_600_000

/**
 * A client whose calls continue for an hour, despite any given deadline: they end sooner only when they are cancelled.
 */
export function patientClient(client: Client): Client {
  const withDeadline = client.withDeadline.bind(client)
  client.withDeadline = (_, call) => withDeadline(Date.now() + anHour, call)
  return client
}

/** The delivery on Temporal with the clock whose worker runs its workflows, as one engine. */
export async function deliveryWithClock(options: DeliveryOptions): Promise<DeliveryEngine> {
  const temporal = testServer()
  const { connectionString } = options
  const store = inMemoryStore({ catalogue: guichetEvents })
  const desk: Desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const clock = await temporalClock({ desk, connectionString, temporal })
  const delivery = await temporalDelivery({ ...options, temporal })
  return {
    ...delivery,
    start: async () => {
      await clock.start()
      await delivery.start()
    },
    stop: async () => {
      await delivery.stop()
      await clock.stop()
    },
  }
}
