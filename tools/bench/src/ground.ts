import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Actor, DomainEvent, Result, TicketCommandInput, TicketEvent, TicketState } from '@guichet/domain'
import { defaultTicketPolicy, defaultWording, instant, ticketAggregate, termsAt, constantTerms } from '@guichet/domain'
import { openPool, ownerOfEmbedded, startEmbeddedPostgres } from '@guichet/eventstore'

/** The Postgres of all measurements: the embedded one with its usual settings, fsync on. It is deleted when the bench ends. */
export type Ground = {
  /** A folder for files of the bench. */
  readonly folder: string
  /** Creates an empty database and returns its URL. */
  database(): Promise<string>
  /** Stops Postgres and starts it again, at the same address. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts an empty Postgres in a temporary folder. */
export async function prepareGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-bench-'))
  await chmod(folder, 0o755)
  let postgres = await startEmbeddedPostgres({ dataDir: folder })
  return {
    folder,
    database: async () => {
      const url = new URL(postgres.url)
      url.pathname = `/bench_${randomUUID().replaceAll('-', '')}`
      const client = new pg.Client({ connectionString: await ownerOfEmbedded(folder, postgres.url) })
      try {
        await client.connect()
        await client.query(`create database ${url.pathname.slice(1)} owner ${url.username}`)
      } finally {
        await client.end()
      }
      return url.href
    },
    restart: async () => {
      await postgres.stop()
      postgres = await startEmbeddedPostgres({ dataDir: folder })
    },
    stop: async () => {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * One way to do the work: `work(client, turn)` does one unit of it, as one of several concurrent clients. A client's
 * turns increase by one within a round, which starts at a multiple of 1,000,000.
 */
export type Contender = {
  readonly work: (client: number, turn: number) => Promise<unknown>
  /** How many units one call does; 1 by default. */
  readonly units?: number
}

export type Load = {
  readonly clients: number
  /** How long each contender works in each round. */
  readonly seconds: number
  readonly rounds: number
}

const turnsApart = 1_000_000

/**
 * Runs the contenders in turns, so that disturbances of the machine affect all of them equally: one round to warm
 * up, then the rounds that count.
 * @returns units per second of each contender, the median of its rounds.
 */
export async function compare<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  load: Load,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(contenders) as Name[]
  const rates = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= load.rounds; round++) {
    for (const name of names) {
      const { done, seconds } = await drive(contenders[name], load, round * turnsApart)
      if (round > 0) rates.get(name)?.push((done * (contenders[name].units ?? 1)) / seconds)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(rates.get(name) ?? [])])) as Record<Name, number>
}

/** Runs all clients until the time is up; each sends its next unit of work when the last one is done. */
async function drive(contender: Contender, { clients, seconds }: Load, firstTurn: number) {
  const started = performance.now()
  const until = started + seconds * 1000
  let done = 0
  const client = async (number: number): Promise<void> => {
    for (let turn = firstTurn; performance.now() < until; turn++) {
      await contender.work(number, turn)
      done++
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return { done, seconds: (performance.now() - started) / 1000 }
}

/** The steps of a ticket that every contender runs: it is opened, then both sides write in turn. */
const commandsPerTicket = 5

const customer: Actor = { kind: 'customer', id: 'customer-1' }
const agent: Actor = { kind: 'agent', id: 'agent-1', name: 'Camille' }
const body = 'Bonjour, depuis la mise à jour la page des paris reste blanche. '.repeat(3).trim()

/** One step of one ticket. */
type Step = { readonly ticket: string; readonly command: TicketCommandInput; readonly by: Actor }

/** Returns the step of a client in a turn. `run` keeps contenders and rounds in the same database separate. */
export function step(run: string, client: number, turn: number): Step {
  const ticket = `${run}-${client}-${Math.floor(turn / commandsPerTicket)}`
  const place = turn % commandsPerTicket
  if (place === 0) return { ticket, by: customer, command: opening }
  return place % 2 === 1
    ? { ticket, by: agent, command: { type: 'agentReply', body } }
    : { ticket, by: customer, command: { type: 'customerReply', body } }
}

/** The command that opens the tickets of the bench. */
export const opening: TicketCommandInput = {
  type: 'open',
  subject: 'La page des paris reste blanche',
  body,
  customer: { id: 'customer-1', name: 'Alex Martin', email: 'alex@example.org' },
}

/** The limit of the database: prepared statements on a plain table of events. */
type Limit = {
  /** Stores the events of one command in one statement. */
  append(stream: string, version: number, events: readonly DomainEvent[]): Promise<unknown>
  /** Reads a stream, as for a decision. */
  load(stream: string): Promise<number>
  close(): Promise<void>
}

const table = `create table raw_events (
  position bigserial primary key, stream text not null, version integer not null, type text not null,
  data jsonb not null, recorded_at timestamptz not null default now(), unique (stream, version))`

/** Opens a Postgres and creates the plain table in it. @throws when the table already exists or the database does not. */
export async function openLimit(url: string): Promise<Limit> {
  const pool = openPool({ connectionString: url })
  await pool.query(table)
  return {
    append: (stream, version, events) =>
      pool.query({
        name: 'append',
        text: `insert into raw_events (stream, version, type, data)
               select $1, $2 + n, type, data from unnest($3::text[], $4::jsonb[]) with ordinality as e (type, data, n)`,
        values: [stream, version, events.map(({ type }) => type), events.map((event) => JSON.stringify(event))],
      }),
    load: async (stream) => {
      const { rows } = await pool.query({
        name: 'load',
        text: 'select version, type, data from raw_events where stream = $1 order by version',
        values: [stream],
      })
      return rows.length
    },
    close: () => pool.end(),
  }
}

type PeerEvent = { readonly type: string; readonly data: Record<string, unknown> }

/** The peer event store, which does the same work with the same ticket rules. */
type Peer = {
  /** Loads, decides and appends, with the peer's own command handler and its optimistic concurrency. */
  execute(step: Step, commandId: string): Promise<unknown>
  append(stream: string, events: readonly DomainEvent[]): Promise<unknown>
  close(): Promise<void>
}

/** @throws Error in one line when the peer is not installed: it comes with the repository, not with the package. */
export async function openPeer(url: string): Promise<Peer> {
  const [{ CommandHandler }, { getPostgreSQLEventStore }] = await Promise.all([
    import('@event-driven-io/emmett'),
    import('@event-driven-io/emmett-postgresql'),
  ]).catch((cause: unknown) => {
    throw new Error('the bench compares with @event-driven-io/emmett-postgresql: run it in a clone, after npm ci', {
      cause,
    })
  })
  const pool = openPool({ connectionString: url })
  const store = getPostgreSQLEventStore(url, { connectionOptions: { pool } })
  await store.schema.migrate()
  const timeline = constantTerms({ policy: defaultTicketPolicy, wording: defaultWording })
  const aggregate = ticketAggregate.under((at) => termsAt(timeline, at))
  const handle = CommandHandler<TicketState, PeerEvent>({
    initialState: () => aggregate.initial,
    evolve: (state, event) => aggregate.evolve(state, fromPeer(event)),
  })
  return {
    execute: async ({ ticket, command, by }, commandId) => {
      const parsed = ticketAggregate.schema.parse(command)
      const issued = { ...parsed, commandId, aggregateId: ticket, at: instant(new Date()), by }
      return handle(store, `ticket-${ticket}`, (state) => accepted(aggregate.decide(issued, state)).map(toPeer))
    },
    append: (stream, events) => store.appendToStream(stream, events.map(toPeer)),
    close: async () => {
      await store.close()
      await pool.end()
    },
  }
}

function accepted(decision: Result<readonly TicketEvent[]>): readonly TicketEvent[] {
  if (!decision.ok) throw new Error(`the workload was refused: ${decision.refusal.message}`)
  return decision.value
}

const toPeer = ({ type, ...data }: DomainEvent): PeerEvent => ({ type, data })
const fromPeer = ({ type, data }: PeerEvent): TicketEvent => ({ type, ...data }) as TicketEvent

/** The middle of the numbers; the mean of the two in the middle when their count is even. NaN without any. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** The number that a share (0 to 1) of the numbers does not exceed. NaN without any. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}
