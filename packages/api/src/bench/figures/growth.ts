import type { Desk } from '@guichet/domain'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import { randomUUID } from 'node:crypto'
import type { Bench } from '../bench.ts'
import type { Figure } from '../figure.ts'
import { figure } from '../figure.ts'
import type { Ground } from '../ground.ts'
import { seededTicket, seedTickets } from '../seeding.ts'
import { median } from '../statistics.ts'

const few = 1_000
const many = 100_000
const clients = 16
const rounds = 9
const target = 1.2

/**
 * What a command on a ticket costs among 100,000 tickets, as a multiple of what it costs among 1,000. Both write to
 * 1,000 tickets, each once a round, so that their histories stay equally long; every stream is read from the store for
 * each command, so that it is the store that is measured and not what a process remembers.
 */
export async function growth({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const [small, large] = await Promise.all([prepare(ground, few), prepare(ground, quick ? many / 10 : many)])
  const ratios: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const among = { few: await pass(small), many: await pass(large) }
    if (round > 0) ratios.push(among.many / among.few)
  }
  await Promise.all([small.store.close(), large.store.close()])
  return [figure('command-among-100000', 'times', median(ratios), { target })]
}

type Stock = { readonly desk: Desk; readonly store: PostgresStore; readonly tickets: number }

async function prepare(ground: Ground, tickets: number): Promise<Stock> {
  const store = await postgresStore({ connectionString: await ground.database(), catalogue: guichetEvents })
  await seedTickets(store, tickets)
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID, cachedStreams: 0 })
  return { desk, store, tickets }
}

/** Writes a note on 1,000 tickets, evenly spread over all, 16 at a time. Returns milliseconds. */
async function pass({ desk, tickets }: Stock): Promise<number> {
  const started = performance.now()
  let next = 0
  const client = async (): Promise<void> => {
    for (let number = next++; number < few; number = next++) await note(desk, seededTicket((number * tickets) / few))
  }
  await Promise.all(Array.from({ length: clients }, client))
  return performance.now() - started
}

async function note(desk: Desk, ticket: string): Promise<void> {
  const command = { type: 'addNote', body: 'Vu avec l’équipe technique.' } as const
  const outcome = await desk.execute('ticket', ticket, command, { by: { kind: 'agent', id: 'agent-1' } })
  if (!outcome.ok) throw new Error(`the workload was refused: ${outcome.refusal.message}`)
}
