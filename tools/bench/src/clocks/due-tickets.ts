import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import type {
  Desk,
  EventEnvelope,
  EventStore,
  Instant,
  Position,
  TicketCommandInput,
  TicketEvent,
} from '@guichet/domain'
import {
  clockActor,
  createDesk,
  defaultTicketPolicy,
  elapsed,
  guichetEvents,
  instant,
  later,
  streamName,
} from '@guichet/domain'
import { openPool, postgresStore } from '@guichet/eventstore'
import { clockId, readInstallation, temporalAddress } from '@guichet/workflows/temporal'
import { opening, step } from '../ground.ts'
import type { ClockWorker } from './clock-worker.ts'

/** A deadline that took effect: when it was due, and when its event was recorded. */
type FiredDeadline = { readonly dueAt: Instant; readonly recordedAt: Instant }

/** Tickets of a database with deadlines at chosen instants. */
type DueTickets = {
  /**
   * Appends one ticket with a deadline at each instant: every second one waits for its customer, who is chased then; the
   * others are resolved, and closed then.
   */
  seed(dueAt: readonly Instant[]): Promise<void>
  /** Waits for a number of deadlines to take effect and returns those that it has not returned before. Throws after a minute without one. */
  fired(count: number): Promise<readonly FiredDeadline[]>
  close(): Promise<void>
}

const atOnce = 64
const lookEveryMs = 500
const patienceMs = 60_000
const [chaseAfter = 0] = defaultTicketPolicy.chaseAfter
const { closeResolvedAfter } = defaultTicketPolicy

/**
 * Opens a desk on a Postgres, which it migrates if necessary, to seed tickets with deadlines and to watch the deadlines take effect.
 * @throws the error of the database.
 */
export async function openDueTickets(connectionString: string): Promise<DueTickets> {
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, cachedStreams: 0 })
  const found: FiredDeadline[] = []
  let after: Position | undefined

  const look = async (): Promise<number> => {
    const events = await store.readAll({ after, limit: 5_000 })
    after = events.at(-1)?.position ?? after
    found.push(...events.flatMap(toFired))
    return events.length
  }
  return {
    seed: async (dueAt) => {
      const rest = dueAt.entries()
      const work = async (): Promise<void> => {
        for (const [number, due] of rest) await writeTicket(desk, number % 2 === 0, due)
      }
      await Promise.all(Array.from({ length: atOnce }, work))
    },
    fired: async (count) => {
      for (let patience = Date.now() + patienceMs; found.length < count;) {
        if ((await look()) > 0) patience = Date.now() + patienceMs
        else if (Date.now() > patience) throw new Error(`${found.length} of ${count} deadlines took effect`)
        else await delay(lookEveryMs)
      }
      return found.splice(0, count)
    },
    close: () => store.close(),
  }
}

async function writeTicket(desk: Desk, waits: boolean, dueAt: Instant): Promise<void> {
  const at = later(dueAt, -(waits ? chaseAfter : closeResolvedAfter))
  const reply: TicketCommandInput = {
    type: 'agentReply',
    body: 'Est-ce que la page s’affiche maintenant ?',
    then: waits ? 'waiting_customer' : 'resolved',
  }
  const steps = [{ command: opening, by: { kind: 'customer', id: 'customer-1' } }, { command: reply }] as const
  const outcome = await desk.executeTogether('ticket', randomUUID(), steps, {
    by: { kind: 'agent', id: 'agent-1' },
    at,
  })
  if (!outcome.ok) throw new Error(`the workload was refused: ${outcome.refusal.message}`)
}

function toFired({ event, recordedAt }: EventEnvelope): readonly FiredDeadline[] {
  const { by, dueAt } = event as TicketEvent & { readonly dueAt?: Instant }
  return by.id === clockActor.id && dueAt !== undefined ? [{ dueAt, recordedAt }] : []
}

/** Returns how late each deadline was, in milliseconds: from its due time to the time its event was recorded. */
export const lateness = (fired: readonly FiredDeadline[]): readonly number[] =>
  fired.map(({ dueAt, recordedAt }) => elapsed(dueAt, recordedAt))

/** Returns deadlines per second, from the due time of the first to the recording of the last. */
export function firingRate(fired: readonly FiredDeadline[]): number {
  const due = Math.min(...fired.map(({ dueAt }) => Date.parse(dueAt)))
  const recorded = Math.max(...fired.map(({ recordedAt }) => Date.parse(recordedAt)))
  return fired.length / ((recorded - due) / 1000)
}

/** A number of tickets with deadlines. */
type Crowd = {
  readonly tickets: number
  /** Milliseconds until the first falls due: the clocks must have scheduled all by then. */
  readonly leadMs: number
  /** Over how many milliseconds they fall due, evenly; all at the same instant by default. */
  readonly overMs?: number
}

/** The deadlines of a crowd, and the processor time of the whole machine for each, in milliseconds; NaN without `/proc`. */
type FiredCrowd = {
  readonly fired: readonly FiredDeadline[]
  /** From the first command until all clocks are started, with commands and read models. */
  readonly startCost: number
  /** From the due instant until the last deadline has taken effect. */
  readonly fireCost: number
}

const tries = 4

/**
 * Seeds a crowd of tickets with deadlines and waits until all have taken effect. If the clocks did not schedule all before the first fell
 * due, it repeats with another crowd and twice the lead time.
 * @throws Error after four attempts.
 */
export async function fireCrowd(worker: ClockWorker, tickets: DueTickets, crowd: Crowd): Promise<FiredCrowd> {
  for (let tried = 1, { leadMs } = crowd; ; tried++, leadMs *= 2) {
    const { inTime, ...fired } = await fireOnce(worker, tickets, { ...crowd, leadMs })
    if (inTime) return fired
    if (tried === tries) throw new Error(`the clocks did not know of ${crowd.tickets} tickets within ${leadMs} ms`)
  }
}

async function fireOnce(
  worker: ClockWorker,
  tickets: DueTickets,
  { tickets: count, leadMs, overMs = 0 }: Crowd,
): Promise<FiredCrowd & { readonly inTime: boolean }> {
  const begun = await busyMs()
  const first = Date.now() + leadMs
  await tickets.seed(
    Array.from({ length: count }, (_, n) => instant(new Date(first + Math.floor((n * overMs) / count)))),
  )
  const inTime = await worker.knows(count, instant(new Date(first + overMs)), first)
  const started = await busyMs()
  await delay(Math.max(0, first - Date.now()))
  const due = await busyMs()
  const fired = await tickets.fired(count)
  return { inTime, fired, startCost: (started - begun) / count, fireCost: ((await busyMs()) - due) / count }
}

/** The processor time of all processes since the machine was started, in milliseconds. The kernel counts hundredths of a second. */
async function busyMs(): Promise<number> {
  const stat = await readFile('/proc/stat', 'utf8').catch(() => '')
  const [user = NaN, nice = 0, system = 0, , , irq = 0, softirq = 0] = stat.split(/\s+/).slice(1, 8).map(Number)
  return (user + nice + system + irq + softirq) * 10
}

const clients = 100

/**
 * Sends the commands of the workload at a constant rate, independent of their duration; a client sends one at a time.
 * @returns the tickets that were opened.
 */
export async function sendSteadily(
  connectionString: string,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<readonly string[]> {
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const tickets = new Set<string>()
  const sent: Promise<void>[] = []
  const send = async (number: number): Promise<void> => {
    const { ticket, command, by } = step('steady', number % clients, Math.floor(number / clients))
    tickets.add(ticket)
    await sent[number - clients]
    const outcome = await desk.execute('ticket', ticket, command, { by })
    if (!outcome.ok) throw new Error(`the workload was refused: ${outcome.refusal.message}`)
  }
  const started = Date.now()
  for (let number = 0; number < perSecond * seconds;) {
    const due = ((Date.now() - started) * perSecond) / 1000
    while (number < Math.min(due, perSecond * seconds)) sent.push(send(number++))
    await delay(2)
  }
  await Promise.all(sent)
  const took = (Date.now() - started) / 1000
  if (took > seconds * 1.05) throw new Error(`the commands of ${seconds} s took ${took.toFixed(1)} s`)
  await store.close()
  return [...tickets]
}

const commandsAtOnce = 8
const bridgeLookEveryMs = 250

/**
 * Returns, in milliseconds, the time from the recording of the last event of each ticket to the start of the Temporal run of its clock
 * with the resulting deadlines. Tickets whose last event did not change their clock are left out.
 * @throws Error when the outbox does not become empty.
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
    for (const patience = Date.now() + patienceMs; ; await delay(bridgeLookEveryMs)) {
      const { rows } = await pool.query<{ waiting: number }>(waiting)
      if (rows[0]?.waiting === 0) break
      if (Date.now() > patience) throw new Error(`${rows[0]?.waiting} clocks were not handed over`)
    }
    const work = async (): Promise<void> => {
      for (const ticket of rest) lags.push(...(await lagOf(store, client, ticket, id)))
    }
    await Promise.all(Array.from({ length: commandsAtOnce }, work))
    return lags
  } finally {
    await pool.end()
    await store.close()
    await connection.close()
  }
}

/** No clock waits for its hand-over when the read model has caught up and the outbox is empty. */
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
