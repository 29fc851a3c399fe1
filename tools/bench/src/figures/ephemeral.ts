import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { EphemeralBus } from '@guichet/domain'
import { guichetEvents, instant } from '@guichet/domain'
import { openPool, postgresBus, postgresStore } from '@guichet/eventstore'
import type { Bench, Figure } from '../bench.ts'
import { figure } from '../bench.ts'
import { median, percentile } from '../ground.ts'

const typingsPerSecond = 250
const writers = 16

/** How typing is carried while appends are measured: not at all, by the bus, or by a notification each. */
type Carrier = { type(person: number): void; close(): Promise<void> }

/**
 * Measures what 250 messages of typing a second cost: appends per second of 16 writers without them, with them on the bus, and with a
 * notification each in a transaction of its own; and how long a message takes from one bus to another meanwhile.
 */
export async function ephemeral({ ground, effort }: Bench): Promise<readonly Figure[]> {
  const connectionString = await ground.database()
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const stopWaking = store.onAppended(() => undefined)
  const other = postgresBus({ connectionString })
  await new Promise<void>((resolve) => void other.onConnected(resolve))
  const took: number[] = []
  other.subscribe('typing', (at) => void took.push(performance.now() - Number(at)))
  const carriers: Readonly<Record<string, () => Carrier>> = {
    none: () => ({ type: () => undefined, close: async () => undefined }),
    bus: () => onBus(postgresBus({ connectionString })),
    each: () => oneByOne(connectionString),
  }
  const append = () =>
    store.append({
      stream: `ticket-${randomUUID()}`,
      expectedVersion: 'no_stream',
      commandId: randomUUID(),
      events: [note],
    })
  const rates = new Map<string, number[]>()
  for (let round = 0; round <= effort.rounds; round++) {
    for (const [name, open] of Object.entries(carriers)) {
      const rate = await appendsPerSecond(append, open(), effort.seconds)
      if (round > 0) rates.set(name, [...(rates.get(name) ?? []), rate])
    }
  }
  stopWaking()
  await Promise.all([store.close(), other.close()])
  const rateOf = (name: string): number => median(rates.get(name) ?? [])
  return [
    figure('append-without-typing', 'events/s', rateOf('none')),
    figure('append-with-typing', 'events/s', rateOf('bus')),
    figure('append-with-typing-each', 'events/s', rateOf('each')),
    figure('typing-received-p50', 'ms', percentile(took, 0.5)),
    figure('typing-received-p99', 'ms', percentile(took, 0.99), { target: 100 }),
  ]
}

const note = {
  type: 'InternalNoteAdded',
  at: instant('2026-03-02T09:00:00Z'),
  by: { kind: 'agent', id: 'agent-1' },
  messageId: 'message-1',
  body: 'La page des paris reste blanche depuis la mise à jour.',
} as const

async function appendsPerSecond(append: () => Promise<unknown>, carrier: Carrier, seconds: number): Promise<number> {
  const started = performance.now()
  const until = started + seconds * 1_000
  let done = 0
  let person = 0
  const writer = async (): Promise<void> => {
    for (; performance.now() < until; done++) await append()
  }
  const typing = async (): Promise<void> => {
    for (; performance.now() < until; await delay(4)) {
      const due = ((performance.now() - started) / 1_000) * typingsPerSecond
      for (; person < due; person++) carrier.type(person)
    }
  }
  await Promise.all([...Array.from({ length: writers }, writer), typing()])
  const rate = done / ((performance.now() - started) / 1_000)
  await carrier.close()
  return rate
}

const onBus = (bus: EphemeralBus): Carrier => ({
  type: (person) => bus.publish('typing', performance.now(), `${person}`),
  close: () => bus.close(),
})

function oneByOne(connectionString: string): Carrier {
  const pool: pg.Pool = openPool({ connectionString, maxConnections: 4 })
  const underWay = new Set<Promise<unknown>>()
  return {
    type: (person) => {
      const payload = JSON.stringify({ topic: 'typing', person })
      const sent = pool
        .query('select pg_notify($1, $2)', ['bench_typing', payload])
        .finally(() => underWay.delete(sent))
      underWay.add(sent)
    },
    close: async () => {
      await Promise.all(underWay)
      await pool.end()
    },
  }
}
