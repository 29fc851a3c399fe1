import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  createDesk,
  days,
  defaultTicketPolicy,
  defaultWording,
  guichetEvents,
  hours,
  instant,
  later,
} from '@guichet/domain'
import { openPool, postgresStore } from '@guichet/eventstore'
import type { SlaDimension, SlaFilter, TicketFilter, TicketOrder, TimeRange } from '@guichet/projections'
import { createProjectionRunner, projections, readModels, slaDimensions, slaModels } from '@guichet/projections'
import type { Bench, Figure } from '../bench.ts'
import { figure, slowest } from '../bench.ts'
import { startClockWorker } from '../clocks/clock-worker.ts'
import { promising, seedAgents, seedOpen, seedPromises } from '../seeding.ts'

const target = 50
const asOf = instant('2026-01-05T08:00:00Z')

/** A month that does not begin or end at midnight, and all time. */
const periods: readonly TimeRange[] = [{ from: later(asOf, -days(30) - hours(3)), to: asOf }, {}]

const filters: readonly SlaFilter[] = [
  {},
  { category: ['billing'] },
  { team: ['experts'], priority: ['high', 'urgent'] },
  { level: [2, 3], centre: ['paris'] },
]

type TicketList = readonly [TicketFilter, TicketOrder]
const newest: TicketOrder = { by: 'openedAt', direction: 'desc' }

type Question = { readonly by: SlaDimension; readonly filter: SlaFilter; readonly period: TimeRange }

/**
 * Measures the 95th percentile, in milliseconds, of reading a dashboard at 100,000 tickets, by each dimension, for the whole desk and for
 * parts of it; and pages of 25 targets that breach within the hour, and of tickets by their targets and by the next due time.
 */
export async function slaDashboard({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const connectionString = await ground.database()
  const store = await postgresStore({ connectionString, catalogue: guichetEvents })
  const desk = createDesk({ store, now: () => asOf, newId: randomUUID })
  const sender = { by: { kind: 'system', id: 'bench' }, at: later(asOf, -days(400)) } as const
  const applied = await desk.execute('configuration', 'desk', { type: 'apply', configuration: promising() }, sender)
  if (!applied.ok) throw new Error(`the configuration was refused: ${applied.refusal.message}`)
  await seedAgents(store, later(asOf, -days(399)))
  await seedPromises(store, quick ? 10_000 : 100_000, asOf)
  const pool = openPool({ connectionString })
  const sla = projections({ policy: defaultTicketPolicy, wording: defaultWording }).filter(({ name }) =>
    slaModels.includes(name),
  )
  const runner = createProjectionRunner({ store, pool, projections: sla })
  await runner.start()
  await runner.caughtUp()
  await pool.query('analyze')
  const { sla: models, tickets } = readModels(pool)
  const times = quick ? 5 : 30
  const questions = slaDimensions.flatMap((by) =>
    filters.flatMap((filter) => periods.map((period): Question => ({ by, filter, period }))),
  )
  const dashboard = await slowest(times, questions, (question) => models.dashboard(question, asOf))
  const soon = { state: ['PENDING', 'IMMINENT_BREACH'], dueAt: { to: later(asOf, hours(1) + 1) } } as const
  const list = await slowest(times, filters, (filter) => models.list({ ...filter, ...soon }, { limit: 25 }, asOf))
  const lists = filters.flatMap((filter): TicketList[] => [
    [{ sla: { target: { ...filter, ...soon }, now: asOf } }, { by: 'due', direction: 'asc' }],
    [{ sla: { target: { ...filter, state: ['BREACHED'], open: true }, now: asOf } }, newest],
    [
      { status: ['new', 'in_progress'], priority: filter.priority },
      { by: 'due', direction: 'asc' },
    ],
  ])
  const found = await slowest(times, lists, ([filter, order]) => tickets.list(filter, order, { limit: 25 }, 'all'))
  await runner.stop()
  await store.close()
  await pool.end()
  return [
    figure('sla-dashboard', 'ms', dashboard, { target }),
    figure('sla-soon', 'ms', list, { target }),
    figure('sla-tickets', 'ms', found, { target }),
  ]
}

const changeTarget = 30
const patienceMs = 240_000

/**
 * Measures the seconds from the command that applies a configuration until every open deadline follows it, in the read models and in the
 * queue of the embedded clock: two targets on each of 50,000 tickets, in a separate `guichet worker`, whose memory before and at its peak
 * is measured too.
 */
export async function configurationChange({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const tickets = quick ? 2_500 : 50_000
  const worker = await startClockWorker(ground)
  const store = await postgresStore({ connectionString: worker.databaseUrl, catalogue: guichetEvents })
  const pool = openPool({ connectionString: worker.databaseUrl, maxConnections: 1 })
  const desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
  const opened = instant(new Date())
  const apply = async (firstResponse: number, resolution: number): Promise<void> => {
    const command = { type: 'apply', configuration: promising(firstResponse, resolution) } as const
    const outcome = await desk.execute('configuration', 'desk', command, { by: { kind: 'system', id: 'bench' } })
    if (!outcome.ok) throw new Error(`the configuration was refused: ${outcome.refusal.message}`)
  }
  /** Waits until the clock and the read models have all tickets with a target due before an instant. */
  const moved = async (firstResponse: number, look: () => Promise<unknown>): Promise<void> => {
    const due = later(opened, hours(firstResponse + 1))
    for (const end = Date.now() + patienceMs; Date.now() < end; await delay(100)) {
      await look()
      const { rows } = await pool.query<{ due: number; shown: number }>(movedDeadlines, [due])
      if (rows[0]?.due === tickets && rows[0]?.shown === tickets) return
    }
    throw new Error('the deadlines were not moved')
  }
  try {
    await apply(40, 400)
    await seedOpen(store, tickets, opened)
    await moved(40, async () => undefined)
    const before = await worker.memory()
    let highest = before
    const started = performance.now()
    await apply(20, 200)
    await moved(20, async () => {
      highest = Math.max(highest, await worker.memory())
    })
    const seconds = (performance.now() - started) / 1000
    return [
      figure('configuration-change', 's', seconds, { target: changeTarget }),
      figure('configuration-change-memory-before', 'MB', before),
      figure('configuration-change-memory', 'MB', highest),
    ]
  } finally {
    await pool.end()
    await store.close()
    await worker.stop()
  }
}

const movedDeadlines = `
  select (select count(*)::integer from guichet_read.deadline where next_due <= $1) as due,
    (select count(*)::integer from guichet_read.sla_target where target = 'first_response' and due_at <= $1) as shown`
