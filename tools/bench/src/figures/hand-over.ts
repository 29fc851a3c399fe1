import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConfigurationInput, Desk, EventStore, Instant } from '@guichet/domain'
import {
  createDesk,
  days,
  elapsed,
  guichetEvents,
  instant,
  later,
  routingActor,
  routingTermsAt,
  shiftId,
} from '@guichet/domain'
import { openPool, postgresStore } from '@guichet/eventstore'
import { createProjectionRunner, projections, readModels } from '@guichet/projections'
import { createRouter, fireDue, handOverConversations, reactions } from '@guichet/workflows'
import type { Bench, Figure } from '../bench.ts'
import { figure } from '../bench.ts'
import { median, opening } from '../ground.ts'

const agentsOfEach = 40
const lead = { kind: 'agent', id: 'agent-1' } as const
const now = (): Instant => instant(new Date())

/**
 * Measures a change of shift at which forty agents of one centre hand over a thousand open conversations to forty of another: seconds
 * until all are assigned to the others, and until all reactions are done.
 */
export async function handOver({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const rounds = quick ? 1 : 5
  const measured: ChangeTimes[] = []
  for (let round = 0; round < rounds; round++) {
    const desk = await openChange(await ground.database(), quick ? 200 : 1_000)
    try {
      measured.push(await desk.change())
    } finally {
      await desk.close()
    }
  }
  return [
    figure('hand-over', 's', median(measured.map(({ placed }) => placed))),
    figure('hand-over-settled', 's', median(measured.map(({ settled }) => settled))),
  ]
}

type ChangeTimes = { readonly placed: number; readonly settled: number }

/** A desk whose conversations are all assigned to the agents of one centre, with the components that process a change of shift. */
async function openChange(url: string, conversations: number) {
  const store = await postgresStore({ connectionString: url, catalogue: guichetEvents })
  const pool = openPool({ connectionString: url, maxConnections: 5 })
  const deskOf = (): Desk => createDesk({ store, now, newId: randomUUID, lookEveryMs: 0 })
  const [desk, working] = [deskOf(), deskOf()]
  await apply(desk, 'leaving')
  await desk.engine.execute('shift', shiftId, { type: 'follow' }, { by: routingActor })
  await staff(desk, conversations)
  await working.terms()

  const runner = createProjectionRunner({
    store,
    pool,
    projections: projections(desk.base).filter(({ name }) => name === 'routing'),
  })
  const { routing } = readModels(pool)
  const reacting = await reactions({
    desk: working,
    connectionString: url,
    reactions: [
      handOverConversations({
        reached: (position) => runner.reached(position, 60_000, ['routing']),
        of: routing.assignedTicketsOf,
        among: routing.assignedTicketsAmong,
      }),
    ],
  })
  const router = createRouter({ desk: working, terms: () => routingTermsAt(working.timeline, now()) })
  await runner.start()
  await router.start()
  await reacting.start()

  const settled = async (): Promise<boolean> => {
    const end = await store.head()
    const { idle, position: routed } = router.status()
    const [reaction] = await reacting.status()
    const reached = [routed, reaction?.position].every(
      (position) => position !== undefined && end !== undefined && store.comparePositions(position, end) >= 0,
    )
    return idle && reached
  }
  await until(settled)

  return {
    change: async (): Promise<ChangeTimes> => {
      const after = await store.head()
      await apply(desk, 'coming')
      const began = now()
      await fireDue(desk, `shift-${shiftId}`, began)
      await until(settled)
      const ended = now()
      const last = await placedLast(store, after, conversations)
      return { placed: elapsed(began, last) / 1_000, settled: elapsed(began, ended) / 1_000 }
    },
    close: async () => {
      await router.stop()
      await reacting.stop()
      await runner.stop()
      await pool.end()
      await store.close()
    },
  }
}

/** Applies a configuration with two centres: one is always open, the other closed for a year from now on. */
async function apply(desk: Desk, present: 'leaving' | 'coming'): Promise<void> {
  const always = { timeZone: 'Etc/UTC', hours: 'always' as const }
  const nextYear = later(now(), days(400)).slice(0, 16)
  const closed = { ...always, closures: [{ from: '2020-01-01T00:00', to: nextYear }] }
  const centre = { languages: ['fr'], priority: 1 }
  const configuration: ConfigurationInput = {
    calendars: { leaving: present === 'leaving' ? always : closed, coming: present === 'coming' ? always : closed },
    followTheSun: {
      centres: [
        { id: 'leaving', name: 'Leaving', calendar: 'leaving', ...centre },
        { id: 'coming', name: 'Coming', calendar: 'coming', ...centre },
      ],
    },
  }
  const outcome = await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: lead })
  if (!outcome.ok) throw new Error(`the configuration was refused: ${outcome.refusal.message}`)
}

/** Seeds the agents of both centres, and conversations assigned to those of the first. */
async function staff(desk: Desk, conversations: number): Promise<void> {
  const agents = ['leaving', 'coming'].flatMap((centre) =>
    Array.from({ length: agentsOfEach }, (_, number) => ({ id: `${centre}-${number}`, centre })),
  )
  await Promise.all(
    agents.map(async ({ id, centre }) => {
      await desk.execute('agent', id, { type: 'register', profile: { name: id, centre } }, { by: lead })
      await desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by: lead })
    }),
  )
  await Promise.all(
    Array.from({ length: conversations }, async (_, number) => {
      const assignee = { id: `leaving-${number % agentsOfEach}` }
      await desk.execute('ticket', `t-${number}`, opening, { by: { kind: 'customer', id: 'customer-1' } })
      await desk.execute('ticket', `t-${number}`, { type: 'assign', assignee }, { by: lead })
    }),
  )
}

/** Returns when the last conversation was assigned to the other centre. @throws Error if one was not. */
async function placedLast(store: EventStore, after: Awaited<ReturnType<EventStore['head']>>, conversations: number) {
  const placed = (await store.readAll({ after, limit: 100_000 })).filter(({ event }) => event.type === 'TicketAssigned')
  const last = placed.at(-1)
  if (!last || placed.length !== conversations) throw new Error(`${placed.length} of ${conversations} found somebody`)
  return last.recordedAt
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; await delay(20)) if (await condition()) return
  throw new Error('the conversations were not handed over')
}
