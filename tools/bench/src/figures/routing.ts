import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { AgentEvent, AgentState, Desk, DomainEvent, EventStore, TicketEvent, WorkItem } from '@guichet/domain'
import {
  createDesk,
  defaultRoutingTerms,
  evolveAgent,
  evolveWorkItem,
  guichetEvents,
  instant,
  parseStream,
  priorities,
} from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { Beginning } from '@guichet/workflows'
import { createRouter } from '@guichet/workflows'
import type { Bench, Figure } from '../bench.ts'
import { figure } from '../bench.ts'
import { median, opening, openLimit } from '../ground.ts'

const tickets = 1_000
const agents = 500
const categories = ['technical_support/login', 'technical_support', 'billing/refund', 'billing']
const languages = ['fr', 'en', 'ar', 'hi']
const by = { kind: 'agent', id: 'agent-1' } as const

/** The target for the time of routing, in seconds. */
const target = 1

/**
 * Measures how long it takes to assign a thousand waiting tickets to five hundred agents: each is decided with the scores of all agents in
 * an event, claimed on the agent's stream, and assigned. The limit is the time in which the database stores the same events in as many
 * appends, by raw SQL on ten connections.
 */
export async function routing({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const rounds = quick ? 2 : 6
  const seconds: number[] = []
  const limits: number[] = []
  for (let round = 0; round < rounds; round++) {
    const { took, events } = await route(await ground.database())
    const raw = await storeRaw(await ground.database(), events)
    if (round === 0) continue
    seconds.push(took)
    limits.push(raw)
  }
  return [figure('routing', 's', median(seconds), { limit: median(limits), target })]
}

async function route(url: string): Promise<{ readonly took: number; readonly events: readonly DomainEvent[] }> {
  const store = await postgresStore({ connectionString: url, catalogue: guichetEvents })
  const desk = (): Desk => createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  await prepare(desk())
  const beginning = await begin(store)
  const router = createRouter({
    desk: desk(),
    terms: () => defaultRoutingTerms,
    begin: async () => beginning,
  })
  const started = performance.now()
  await router.start()
  while (router.status().waiting > 0 || router.status().underWay > 0) await delay(1)
  const took = (performance.now() - started) / 1_000
  await router.stop()
  const events = (await store.readAll({ after: beginning.after, limit: 100_000 })).map(({ event }) => event)
  await store.close()
  const assigned = events.filter(({ type }) => type === 'TicketAssigned').length
  if (assigned !== tickets) throw new Error(`${assigned} of ${tickets} tickets were assigned`)
  return { took, events }
}

/** Seeds various agents, and various tickets that wait for one. */
async function prepare(desk: Desk): Promise<void> {
  await Promise.all(
    Array.from({ length: agents }, async (_, number) => {
      const profile = {
        name: `Agent ${number}`,
        languages: [of(languages, number), 'en'],
        specialities: [of(categories, number >> 2)],
        rating: number % 11,
      }
      await desk.execute('agent', `agent-${number}`, { type: 'register', profile }, { by })
      await desk.execute('agent', `agent-${number}`, { type: 'setAvailability', availability: 'available' }, { by })
    }),
  )
  await Promise.all(
    Array.from({ length: tickets }, (_, number) => {
      const category = of(categories, number)
      const language = of(languages, number >> 2)
      const command = { ...opening, category, language, priority: of(priorities, number) } as typeof opening
      return desk.execute('ticket', `t-${number}`, command, { by: { kind: 'customer', id: 'customer-1' } })
    }),
  )
}

function of<T>(list: readonly T[], number: number): T {
  const one = list[number % list.length]
  if (one === undefined) throw new RangeError('an empty list')
  return one
}

/** Reads the whole history. */
async function begin(store: EventStore): Promise<Beginning> {
  const known = new Map<string, { id: string; version: number; state: AgentState }>()
  const items = new Map<string, WorkItem>()
  const history = await store.readAll({ limit: 100_000 })
  for (const { event, stream, version, ...envelope } of history) {
    const { category, id } = parseStream(stream)
    if (category === 'agent') {
      const state = evolveAgent(known.get(id)?.state ?? { status: 'absent' }, event as AgentEvent)
      known.set(id, { id, version, state })
    }
    const item =
      category === 'ticket' &&
      evolveWorkItem(items.get(id), { ...envelope, event: event as TicketEvent, stream, version })
    if (item) items.set(id, item)
  }
  return {
    after: history.at(-1)?.position,
    agents: [...known.values()],
    endedImports: [],
    tickets: [...items.values()],
  }
}

/** Measures the seconds to store the events alone, one per connection at a time. */
async function storeRaw(url: string, events: readonly DomainEvent[]): Promise<number> {
  const raw = await openLimit(url)
  const left = events.entries()
  const started = performance.now()
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      for (const [number, event] of left) await raw.append(`raw-${number}`, 0, [event])
    }),
  )
  const took = (performance.now() - started) / 1_000
  await raw.close()
  return took
}
